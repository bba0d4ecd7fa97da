"""Whose token Discogs is asked with: the person's own, or for a search the household's."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pydantic import SecretStr

from clients.discogs import BadToken, Discogs
from clients.outside import outside
from core import sealing
from core.errors import Conflict, Forbidden
from database import linked_accounts
from database.linked_accounts import DISCOGS, Sealed
from worker_jobs.run import Run

PAGE = "/shelf/discogs"
_NO_ACCOUNT = "No account at Discogs is linked. Link yours on the page “In and out”, Discogs."
_STEP_SECONDS = 0.25  # a cancel is seen within


class Linked(NamedTuple):
    """A person's account at Discogs; `name` is "" until its token has been tried."""

    person_id: int
    sealed: Sealed
    token: SecretStr

    @property
    def name(self) -> str:
        return self.sealed.name


def link_discogs(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Try the token that the person has just given: whose account is it? Safe to repeat.

    A token that is refused is forgotten at once. Args: {}. Result: {"name": whose account it
    is, "result_url": str}.

    Raises:
        BadToken: it is refused.
        Conflict: it is gone, or was given in another data folder.
    """
    linked = own(run)
    run.report("Asking Discogs whose token this is")
    with opened(run, linked.token) as discogs:
        try:
            name = discogs.account()
        except BadToken:
            with run.db.writing() as session:
                linked_accounts.drop(session, linked.person_id, DISCOGS, linked.sealed)
            raise
    with run.db.writing() as session:
        linked_accounts.confirm(session, linked.person_id, DISCOGS, linked.sealed, name)
    return {"name": name, "result_url": PAGE}


def own(run: Run) -> Linked:
    """Return the account of the person whose task it is.

    Raises:
        Forbidden: it is nobody's task.
        Conflict: they have linked none.
    """
    person_id = run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person can have an account at Discogs.")
    with run.db.reading() as session:
        sealed = linked_accounts.sealed(session, person_id, DISCOGS)
    if sealed is None:
        raise Conflict(_NO_ACCOUNT)
    return Linked(person_id, sealed, sealing.unseal(run.settings.data, sealed.secret))


def any_token(run: Run) -> SecretStr:
    """Return what a search may be asked with: the person's own token, else the household's.

    Raises:
        Conflict: there is neither.
    """
    person_id = run.task.person_id or 0
    with run.db.reading() as session:
        sealed = linked_accounts.sealed(session, person_id, DISCOGS)
    # One that has not been tried yet may be none at all.
    if sealed is not None and sealed.name:
        return sealing.unseal(run.settings.data, sealed.secret)
    if run.settings.discogs_token is None:
        raise Conflict(_NO_ACCOUNT)
    return run.settings.discogs_token


@contextmanager
def opened(
    run: Run, token: SecretStr, report: Callable[[], None] | None = None
) -> Iterator[Discogs]:
    """Give what asks Discogs; `report` says how far it is while it waits for its turn."""
    say = report or (lambda: run.report("Asking Discogs"))

    def pause(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            say()
            time.sleep(min(left, _STEP_SECONDS))

    settings = run.settings
    with outside(settings, settings.discogs_api_url) as http:
        yield Discogs(
            settings.discogs_api_url, settings.discogs_image_url, token, http, pause=pause
        )

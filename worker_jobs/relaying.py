"""Sends plays on to ListenBrainz or Last.fm, in batches, as long as the service takes them."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pydantic import SecretStr

from clients import lastfm, listenbrainz
from clients.lastfm import Keys, LastFm
from clients.listenbrainz import ListenBrainz
from clients.outside import outside
from core import clock, relayed, sealing
from core.errors import Conflict, Forbidden, RemoteError
from database import linked_accounts, relays
from database.linked_accounts import Sealed
from database.relays import Waiting
from worker_jobs.run import Run

PAGE = "/listening/relay"
_LONGEST_PAUSE = clock.HOUR
_MOST_DOUBLINGS = 10
_BAD = (listenbrainz.BadToken, lastfm.BadKeys)
_REFUSED = (listenbrainz.Refused, lastfm.Refused)


class _Service(NamedTuple):
    """A service with somebody's secret.

    `send` takes up to `at_once` plays, and returns how many of them the service does not want.
    """

    account: Callable[[], str]
    send: Callable[[Sequence[dict[str, Any]]], int]
    at_once: int


class _Whose(NamedTuple):
    person_id: int
    provider: str


def link_relay(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Try what the person has just given, and from then on send their plays on; safe to repeat.

    What is refused is forgotten at once. Args: {"provider": "listenbrainz" or "lastfm"}.
    Result: {"name": whose account it is, "result_url": str}.

    Raises:
        BadToken, BadKeys: it is refused.
        Conflict: it is gone, or was given in another data folder.
    """
    if run.task.person_id is None:
        raise Forbidden("Only a person can have their plays sent on.")
    whose = _Whose(run.task.person_id, args["provider"])
    called = relayed.NAMES[whose.provider]
    sealed = _sealed(run, whose)
    if sealed is None:
        raise Conflict(f"No account at {called} is linked.")
    run.report(f"Asking {called} whose account this is")
    with _opened(run, whose, sealed) as service:
        try:
            name = service.account()
        except _BAD:
            with run.db.writing() as session:
                linked_accounts.drop(session, *whose, sealed)
            raise
    with run.db.writing() as session:
        if linked_accounts.confirm(session, *whose, sealed, name):
            relays.start(session, *whose)
    return {"name": name, "result_url": PAGE}


def relay_plays(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Send what waits; one that is repeated goes on where it was.

    Trouble of the service's is no failure of the task: it says so on the person's page, and
    orders the next try. Args: {"person_id": int, "provider": str}. Result: {"sent": int,
    "refused": int}.
    """
    whose = _Whose(args["person_id"], args["provider"])
    sealed = _sealed(run, whose)
    if sealed is None or not sealed.name:
        return {"sent": 0, "refused": 0}
    try:
        with _opened(run, whose, sealed) as service:
            return _Sending(run, whose, service).all()
    except Conflict as error:
        with run.db.writing() as session:
            relays.stop(session, *whose, str(error))
        return {"sent": 0, "refused": 0}


class _Sending:
    def __init__(self, run: Run, whose: _Whose, service: _Service) -> None:
        self._run, self._whose, self._service = run, whose, service
        self._sent = self._refused = 0

    def all(self) -> dict[str, Any]:
        """Send until nothing waits, or until the service does not take more for now."""
        while batch := self._batch():
            self._run.report(f"Sending plays to {self._called}", self._sent)
            try:
                self._send(batch)
            except _BAD as error:
                with self._run.db.writing() as session:
                    relays.stop(session, *self._whose, str(error))
                break
            except RemoteError as error:
                self._put_off(batch, error)
                break
        return {"sent": self._sent, "refused": self._refused}

    @property
    def _called(self) -> str:
        return relayed.NAMES[self._whose.provider]

    def _batch(self) -> list[Waiting]:
        with self._run.db.writing(bulk=True) as session:
            found = relays.batch(session, *self._whose, self._service.at_once)
        return list(_within(found))

    def _send(self, batch: Sequence[Waiting]) -> None:
        """Send plays; where one of them is refused, and all with it, each half by itself."""
        try:
            refused = self._service.send([one.said for one in batch])
        except _REFUSED:
            if len(batch) == 1:
                self._settle(batch, 1)
                return
            half = len(batch) // 2
            self._send(batch[:half])
            self._send(batch[half:])
        else:
            self._settle(batch, refused)

    def _settle(self, batch: Sequence[Waiting], refused: int) -> None:
        with self._run.db.writing() as session:
            relays.say_sent(session, *self._whose, [one.id for one in batch], refused=refused)
        self._sent += len(batch) - refused
        self._refused += refused

    def _put_off(self, batch: Sequence[Waiting], error: RemoteError) -> None:
        doublings = min(max(one.tries for one in batch), _MOST_DOUBLINGS)
        least = int((error.retry_after or 0) * clock.SECOND)
        pause = max(least, min(clock.MINUTE << doublings, _LONGEST_PAUSE))
        ids = [one.id for one in batch]
        with self._run.db.writing() as session:
            relays.put_off(
                session, *self._whose, ids=ids, said=str(error), until=clock.now() + pause
            )


def _within(batch: Sequence[Waiting]) -> Iterator[Waiting]:
    """Give those of the first that fit into one request; one always does."""
    size = 0
    for one in batch:
        size += len(json.dumps(one.said)) + 2
        if size > listenbrainz.MOST_BYTES:
            return
        yield one


def _sealed(run: Run, whose: _Whose) -> Sealed | None:
    with run.db.reading() as session:
        return linked_accounts.sealed(session, *whose)


@contextmanager
def _opened(run: Run, whose: _Whose, sealed: Sealed) -> Iterator[_Service]:
    """Give what speaks to the service.

    Raises:
        Conflict: the secret was sealed in another data folder.
    """
    settings = run.settings
    secret = sealing.unseal(settings.data, sealed.secret)
    if whose.provider == relayed.LISTENBRAINZ:
        with outside(settings, settings.listenbrainz_url) as http:
            yield _of_listenbrainz(ListenBrainz(settings.listenbrainz_url, secret, http))
    else:
        with outside(settings, settings.lastfm_url) as http:
            yield _of_lastfm(LastFm(settings.lastfm_url, _keys(secret), http))


def _of_listenbrainz(service: ListenBrainz) -> _Service:
    def send(listens: Sequence[dict[str, Any]]) -> int:
        service.submit(listens)
        return 0

    return _Service(service.account, send, listenbrainz.AT_ONCE)


def _of_lastfm(service: LastFm) -> _Service:
    return _Service(service.account, service.scrobble, lastfm.AT_ONCE)


def _keys(secret: SecretStr) -> Keys:
    return Keys.model_validate_json(secret.get_secret_value())

"""How every address of the insights is asked, and how it answers: checked, remembered, in JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from core import clock
from core.errors import InvalidInput
from database import insights, listeners, people, play_windows
from database.listeners import Whose
from database.owner import Owner
from database.play_windows import Window
from webapp.cache import Remembered, remembered
from webapp.database import reading

USUAL_LIMIT, HIGHEST_LIMIT = 10, 100
_PERSON = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
_NOBODY = -1


@dataclass(frozen=True)
class Asked:
    """What was asked for, within one read of the database."""

    session: Session
    whose: Whose
    window: Window
    limit: int
    owner: Owner


Make = Callable[[Asked], Any]
Also = Callable[[Asked], object]


def answered(  # noqa: PLR0913 - by name
    name: str,
    make: Make,
    *,
    of: str | None = None,
    has_limit: bool = False,
    also: Also | None = None,
    told: Callable[[Any], Any] | None = None,
    headers: Callable[[Any], Mapping[str, str]] | None = None,
) -> Response:
    """Answer with what `make` says, remembered.

    `of`: the person in the address; None is the household. `also`: what else the answer is a
    function of. `told` makes what is sent of what is remembered, `headers` what goes with it.
    """
    found = _found(name, make, of, also, _limit() if has_limit else 0)
    answer = jsonify(told(found.value) if told else found.value)
    answer.headers["X-Cache"] = "HIT" if found.is_hit else "MISS"
    answer.headers.update(headers(found.value) if headers else {})
    return answer


def _found(name: str, make: Make, of: str | None, also: Also | None, limit: int) -> Remembered:
    person_id = None if of is None else _person_id(of)
    owner = Owner(current_user.id, is_admin=current_user.is_admin)
    with reading() as session:
        whose = _whose(session, person_id, owner)
        asked = Asked(session, whose, _window(whose), limit, owner)
        if not whose.person_ids and not whose.is_household:
            # Numbers that nobody has are as many as anybody likes: not one is remembered.
            return Remembered(make(asked), is_hit=False)
        key = (
            name,
            *whose,
            *asked.window,
            limit,
            listeners.version(session, whose.id),
            *insights.rules(session, whose),
            also(asked) if also else "",
        )
        return remembered(key, lambda: make(asked))


def _whose(session: Session, person_id: int | None, owner: Owner) -> Whose:
    """Return whose numbers these are; those of nobody where nobody has that number."""
    if person_id is None:
        return listeners.household(session)
    if not people.lives_here(session, person_id):
        return Whose(_NOBODY, (), "UTC")
    return listeners.seen_by(session, person_id, owner)


def _person_id(said: str) -> int:
    if not _PERSON.fullmatch(said):
        raise BadRequest("Invalid user_id parameter")
    return int(said)


def _limit() -> int:
    said = request.args.get("limit", "").strip() or str(USUAL_LIMIT)
    if not _NUMBER.fullmatch(said) or not 1 <= int(said) <= HIGHEST_LIMIT:
        raise BadRequest(f"Limit must be between 1 and {HIGHEST_LIMIT}")
    return int(said)


def _window(whose: Whose) -> Window:
    since, until, period = (
        request.args.get(name, "").strip() for name in ("since", "until", "period")
    )
    try:
        return play_windows.read(since, until, period, clock.zone(whose.zone))
    except InvalidInput as error:
        raise BadRequest(str(error)) from None


def is_as_string() -> bool:
    said = request.args.get("as_string", "").strip().casefold()
    if said not in (*_YES, *_NO):
        raise BadRequest("as_string is one of 1, true, yes, on, 0, false, no, off.")
    return said in _YES

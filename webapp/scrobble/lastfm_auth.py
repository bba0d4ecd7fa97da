"""Last.fm's ways in: a token or its MD5 for a session's key, or a person who approves."""

import hmac
import logging
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.errors import TooMany
from core.names import fold
from database import people, scrobble_grants, scrobble_sessions, tokens
from database.models import Token
from database.owner import Owner
from database.scrobble_sessions import LASTFM, Player
from webapp import login, player_key
from webapp.database import reading, settings, writing
from webapp.scrobble import doors, told, tries
from webapp.scrobble.lastfm_words import (
    BAD_SIGNATURE,
    EXPIRED,
    NO_LOGIN,
    NO_SESSION,
    NOT_APPROVED,
    PRIVATE,
    TOO_OFTEN,
    Asked,
    Refusal,
)

log = logging.getLogger(__name__)

_UNSIGNED = ("format", "callback", "api_sig")


class Asker(NamedTuple):
    """Who asks, and through which program."""

    owner: Owner
    person_id: int
    name: str
    client: str


def check_signature(asked: Asked, *, is_needed: bool) -> None:
    """Go on only with the right signature, where the key is the house's own.

    What is built into a player with another key we cannot know: its token decides.

    Raises:
        Refusal: 13.
    """
    pair = player_key.pair()
    given = asked.get("api_sig")
    if asked.get("api_key") != pair.key or not (is_needed or given):
        return
    said = sorted((name, one) for name, one in asked.fields.items() if name not in _UNSIGNED)
    wanted = tokens.md5("".join(f"{name}{one}" for name, one in said) + pair.secret)
    if not _is_same(wanted, given):
        raise Refusal(BAD_SIGNATURE, "Invalid method signature supplied.")


def _is_same(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.casefold().encode())


def asker(asked: Asked) -> Asker | None:
    """Return who asks, or None where nobody says so.

    By the session's key, by a token in the header, or by one in place of the API key: that is
    all that programs which only read can be told. In an address it counts for nothing.

    Raises:
        Refusal: 9, there is no such session; 4, no such token.
    """
    if key := asked.get("sk"):
        return _by_session(key)
    if (token := doors.given_token()) is not None:
        found = login.by_token(token)
        if found is None:
            raise _turned_away()
    else:
        found = login.by_token(asked.get("api_key")) if asked.is_post else None
    if found is None:
        return None
    owner = Owner(person_id=found.id, is_admin=found.is_admin)
    return Asker(owner, found.id, found.name, told.client()[0])


def known_asker(asked: Asked) -> Asker:
    """Return who asks.

    Raises:
        Refusal: nobody that is known.
    """
    found = asker(asked)
    if found is None:
        raise Refusal(NO_SESSION, "Send a token, or the key of a session.")
    return found


def _by_session(key: str) -> Asker:
    with reading() as session:
        found = scrobble_sessions.find(session, key, LASTFM)
    if found is None:
        raise Refusal(NO_SESSION, "Invalid session key - Please re-authenticate.")
    person, row = found
    if scrobble_sessions.is_to_be_used(row):
        login.note(lambda writer: scrobble_sessions.use(writer, row.id))
    owner = Owner(person_id=person.id, is_admin=person.is_admin)
    return Asker(owner, person.id, person.name, row.client)


def mobile_session(asked: Asked) -> tuple[str, Any]:
    """`password` is a token; `authToken`, the older way, is made of its MD5."""
    name = asked.need("username")
    given = asked.get("password") or asked.get("authToken") or asked.need("password")
    with writing() as session:
        token = _token(session, asked, name, given)
        if token is not None:
            person = people.get(session, token.person_id)
            tokens.use(session, token.id)
            player = Player(LASTFM, told.client()[0], token.id)
            key = scrobble_sessions.begin(session, person.id, player)
    if token is None:
        raise _turned_away()
    return _session(person.name, key)


def _token(session: Session, asked: Asked, name: str, given: str) -> Token | None:
    if not asked.get("password"):

        def is_it(md5: str) -> bool:
            return _is_same(tokens.md5(name + md5), given)

        return tokens.find_md5(session, name, settings().data, is_it)
    found = tokens.find(session, given)
    return found[1] if found and found[0].name_folded == fold(name) else None


def _turned_away() -> Refusal:
    log.warning("a player was not let in from %s", login.address())
    try:
        tries.note_failed()
    except TooMany as error:
        return Refusal(TOO_OFTEN, str(error))
    return Refusal(NO_LOGIN, "Invalid authentication token: give a name, and a token as password.")


def grant(asked: Asked) -> tuple[str, Any]:
    api_key = asked.need("api_key")
    with writing(bulk=True) as session:
        return "token", scrobble_grants.ask(session, api_key)


def granted_session(asked: Asked) -> tuple[str, Any]:
    given, api_key = asked.need("token"), asked.need("api_key")
    try:
        with writing() as writer:
            person = scrobble_grants.take(writer, given, api_key)
            player = Player(LASTFM, told.client()[0])
            key = scrobble_sessions.begin(writer, person.id, player)
    except scrobble_grants.NotApproved as error:
        raise Refusal(NOT_APPROVED, str(error)) from None
    except scrobble_grants.Expired as error:
        raise Refusal(EXPIRED, str(error)) from None
    return _session(person.name, key)


def _session(name: str, key: str) -> tuple[str, Any]:
    return "session", {"name": name, "key": key, "subscriber": 0}


def private() -> Refusal:
    return Refusal(
        PRIVATE, "Login required: send a token of this household, or the key of a session."
    )

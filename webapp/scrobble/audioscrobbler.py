"""Audioscrobbler 1.2, which old players speak: a handshake, then plays in lines of words.

Its answers are words too, and their status is 200 throughout: the first word is what counts.
"""

import hmac
import logging
from collections.abc import Iterator, Mapping
from typing import cast

from flask import Flask, Response, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from core import clock, play_words
from core.errors import Conflict, TooMany
from core.plays import Context
from database import scrobble_sessions, scrobbles, tokens
from database.models import Person, ScrobbleSession
from database.scrobble_sessions import AUDIOSCROBBLER, Player
from webapp import errors, login
from webapp.database import reading, settings, writing
from webapp.login import address
from webapp.scrobble import bp, doors, lastfm_writes, told, tries
from webapp.scrobble.doors import door
from webapp.scrobble.told import Told

log = logging.getLogger(__name__)

Form = Mapping[str, str]

MOST = 50  # plays in one call
_APART = 300  # seconds that two clocks may differ
_OLD = "/apis/audioscrobbler_legacy"
_NOT_HEARD = ("B", "S")  # banned, skipped


@door("", (_OLD,))
def handshake() -> Response:
    """`a` is md5(md5(token) + t): whoever listens in cannot use it at another second."""
    said, at = request.args, told.when(request.args.get("t", ""))
    if not said.get("p", "").startswith("1.2"):
        return _failed("This house speaks version 1.2 of the protocol.")
    if at is None or abs(clock.now() // clock.SECOND - at) > _APART:
        # Not BADTIME, at which players give up: a small machine's clock is put right later.
        return _failed(f"The clocks differ by more than {_APART} seconds.")
    try:
        with writing() as session:
            key = _let_in(session, said.get("u", ""), said.get("a", ""), at)
    except Conflict as error:
        return _failed(str(error))
    if key is None:
        return _turned_away()
    house = settings().public_url or request.host_url.rstrip("/")
    return _words("OK", key, f"{house}/np_1.2", f"{house}/protocol_1.2")


def _let_in(session: Session, name: str, given: str, at: int) -> str | None:
    """Return the key of a new session, or None.

    Raises:
        Conflict: this handshake was used before.
    """

    def is_it(md5: str) -> bool:
        wanted = tokens.md5(f"{md5}{at}")
        return hmac.compare_digest(wanted.encode(), given.casefold().encode())

    token = tokens.find_md5(session, name, settings().data, is_it)
    if token is None:
        return None
    tokens.use(session, token.id)
    player = Player(AUDIOSCROBBLER, request.args.get("c", "") or told.client()[0], token.id)
    return scrobble_sessions.begin(session, token.person_id, player, handshake=at)


def _turned_away() -> Response:
    log.warning("a player was not let in from %s", address())
    try:
        tries.note_failed()
    except TooMany as error:
        return _failed(str(error))
    return _words("BADAUTH")


@door("/np_1.2", ("",), ("POST",))
@door("/nowplaying", (_OLD,), ("POST",))
def playing() -> Response:
    said = told.form()
    found = _session(said)
    if found is None:
        return _words("BADSESSION")
    person, player = found
    line = _told(said)
    if line is None:
        return _failed("Name an artist and a title: a, t.")
    with writing(bulk=True) as session:
        scrobbles.play_now(
            session,
            person.id,
            line.named,
            Context(client=player.client),
            artist=told.name(said["a"]),
            duration_ms=line.duration_ms,
        )
    return _words("OK")


@door("/protocol_1.2", ("",), ("POST",))
@door("/scrobble", (_OLD,), ("POST",))
def submit() -> Response:
    """Plays that cannot be ones are left out: refused as a whole, they would come for ever."""
    said = told.form()
    found = _session(said)
    if found is None:
        return _words("BADSESSION")
    person, player = found
    if not any(name.startswith("i[") for name in said):
        return _failed("There is no play with an artist, a title and a time: a[0], t[0], i[0].")
    lines = list(_plays(said))
    context = Context(client=player.client)
    with writing() as session:
        scrobbles.keep(session, person.id, [told.heard(line, context) for line, _ in lines])
        for line, rating in lines:
            if rating == "L":
                lastfm_writes.feel(session, person.id, line, 1)
    return _words("OK")


def _session(said: Form) -> tuple[Person, ScrobbleSession] | None:
    """Return who it is, and note that the session is in use."""
    with reading() as session:
        found = scrobble_sessions.find(session, said.get("s", ""), AUDIOSCROBBLER)
    if found is not None and scrobble_sessions.is_to_be_used(row := found[1]):
        # By itself: whoever changes plays takes the lock of listening before any row.
        login.note(lambda writer: scrobble_sessions.use(writer, row.id))
    return found


def _plays(said: Form) -> Iterator[tuple[Told, str]]:
    """Yield the plays that were sent, and how each is rated."""
    for nth in range(MOST):
        line, rating = _told(said, f"[{nth}]"), said.get(f"r[{nth}]", "")
        if line is None or rating in _NOT_HEARD:
            continue
        at = told.when(said.get(f"i[{nth}]", ""))
        if at is None or not told.EARLIEST <= at <= clock.now() // clock.SECOND + told.AHEAD:
            log.warning("a play without a time that can be was left out")
            continue
        yield line._replace(started_at=at), rating


def _told(said: Form, index: str = "") -> Told | None:
    """Return what is said of a track, or None where it is not named."""
    artist, title = told.name(said.get(f"a{index}", "")), told.name(said.get(f"t{index}", ""))
    if not artist or not title:
        return None
    return Told(
        artists=play_words.credited(artist),
        title=title,
        album=told.name(said.get(f"b{index}", "")),
        seconds=said.get(f"l{index}", ""),
        number=told.name(said.get(f"n{index}", "")),
        mbid=said.get(f"m{index}", ""),
    )


def _words(*lines: str) -> Response:
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


def _failed(why: str) -> Response:
    return _words(f"FAILED {' '.join(why.split())}")


def _set_up(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    errors.tell_as(app, lambda: doors.is_below(doors.AUDIOSCROBBLER), lambda _, why: _failed(why))


bp.record_once(_set_up)

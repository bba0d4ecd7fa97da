"""ListenBrainz as its clients know it: they send what is heard, and ask what was."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import play_words
from core.errors import Forbidden
from core.plays import Context
from database import listeners, listens, now_playing, people, scrobbles
from database.listeners import Whose
from database.owner import Owner
from webapp.database import reading, writing
from webapp.login import Member
from webapp.scrobble import doors, listenbrainz_checks
from webapp.scrobble import listenbrainz_listens as words
from webapp.scrobble.doors import Refused, door

USUAL, MOST = 25, 1_000  # of what is listed
_LONGEST_SERVICE = 100
_LATEST = 10**11  # seconds since 1970: no clock is beyond
_FARTHEST = 10**9


class User(NamedTuple):
    """Whose listening is asked for; `name` as it is written here."""

    id: int
    name: str
    whose: Whose


def user(session: Session, name: str, asks: Member | None) -> User:
    """Return whose listening is asked for, to somebody who may know it.

    Raises:
        Refused: 401 without a token, unless they let everybody read; 403, they keep theirs to
            themselves; 404, there is nobody of that name.
    """
    person = people.find(session, name)
    if person is not None and listeners.get(session, person.id).is_public:
        return User(person.id, person.name, Whose(person.id, (person.id,), person.zone))
    if asks is None:
        raise Refused(401, "You need to provide an Authorization header.")
    if person is None:
        raise Refused(404, f"Cannot find user: {name}")
    try:
        whose = listeners.seen_by(session, person.id, Owner(asks.id, is_admin=asks.is_admin))
    except Forbidden as error:
        raise Refused(403, str(error)) from None
    return User(person.id, person.name, whose)


def part() -> tuple[int, int]:
    """Return how many are asked for, and how many to leave out before them.

    Raises:
        Refused: 400, these are no numbers, or below 0.
    """
    count, offset = doors.number("count", USUAL) or 0, doors.number("offset", 0) or 0
    if count < 0 or offset < 0:
        raise Refused(400, "count and offset may not be below 0.")
    return min(count, MOST), min(offset, _FARTHEST)


def ok(**more: Any) -> Response:
    return jsonify(status="ok", **more)


def sent_object() -> Mapping[str, Any]:
    """Return the JSON object of the body.

    Raises:
        Refused: 400, there is none.
    """
    sent = doors.sent_json()
    if not isinstance(sent, dict):
        raise Refused(400, "Send a JSON object.")
    return sent


@door("/validate-token")
def validate_token() -> ResponseReturnValue:
    token = doors.given_token() or request.args.get("token", "").strip()
    if not token:
        raise Refused(400, "You need to provide an Authorization token.")
    found = doors.by_token(token)
    if found is None:
        return jsonify(code=200, message="Token invalid.", valid=False)
    return jsonify(code=200, message="Token valid.", valid=True, user_name=found.name)


@door("/submit-listens", methods=["POST"])
def submit_listens() -> ResponseReturnValue:
    person = doors.person()
    sent = doors.sent_json()
    kind, found = listenbrainz_checks.listens(sent, request.content_length or 0)
    if kind == listenbrainz_checks.PLAYING_NOW:
        return _play_now(person, found[0]["track_metadata"])
    heard = [words.heard(listen) for listen in found]
    with writing() as session:
        is_live = kind != listenbrainz_checks.IMPORT
        scrobbles.keep(session, person.id, heard, is_live=is_live)
    if len(heard) == 1 and _wants_msid():
        return ok(recording_msid=play_words.msid(heard[0].named))
    return ok()


def _play_now(person: Member, metadata: Mapping[str, Any]) -> Response:
    named, info = words.named(metadata), metadata["additional_info"]
    with writing(bulk=True) as session:
        scrobbles.play_now(
            session,
            person.id,
            named,
            words.context(info),
            artist=metadata["artist_name"],
            duration_ms=words.duration_ms(info),
            info=info,
        )
    return ok(recording_msid=play_words.msid(named)) if _wants_msid() else ok()


def _wants_msid() -> bool:
    return request.args.get("return_msid", "").casefold() in ("true", "1")


@door("/user/<user_name>/listens")
def show_listens(user_name: str) -> ResponseReturnValue:
    asks, limit = doors.asker(), part()[0]
    after, before = doors.number("min_ts", None), doors.number("max_ts", None)
    if after is not None and before is not None and before <= after:
        raise Refused(400, "max_ts should be greater than min_ts.")
    after, before = _second(after), _second(before)
    with reading() as session:
        found = user(session, user_name, asks)
        listed = listens.listed(session, found.id, after=after, before=before, limit=limit)
        oldest, latest = listens.ends(session, found.id)
    payload = {
        "count": len(listed),
        "user_id": found.name,
        "latest_listen_ts": latest,
        "oldest_listen_ts": oldest,
        "listens": [words.as_listen(listen, found.name) for listen in listed],
    }
    return jsonify(payload=payload)


def _second(said: int | None) -> int | None:
    return None if said is None else max(-_LATEST, min(said, _LATEST))


@door("/user/<user_name>/listen-count")
def count_listens(user_name: str) -> ResponseReturnValue:
    asks = doors.asker()
    with reading() as session:
        count = listens.count(session, user(session, user_name, asks).id)
    return jsonify(payload={"count": count})


@door("/user/<user_name>/playing-now")
def show_playing_now(user_name: str) -> ResponseReturnValue:
    asks = doors.asker()
    with reading() as session:
        found = user(session, user_name, asks)
        playing = now_playing.current(session, [found.id])
    payload = {
        "count": len(playing),
        "user_id": found.name,
        "playing_now": True,
        "listens": [words.as_playing(one, found.name) for one in playing],
    }
    return jsonify(payload=payload)


@door("/playing-now/delete", methods=["POST"])
def stop_playing() -> ResponseReturnValue:
    person = doors.person()
    sent = doors.sent_json()
    client = sent.get("client") if isinstance(sent, dict) else None
    if not isinstance(client, str | None):
        raise Refused(400, "client has to be text.")
    with writing(bulk=True) as session:
        whose = scrobbles.who_plays(session, person.id, Context(client=client))
        playing = now_playing.of(session, whose)
        if playing and client and client != playing.client:
            raise Refused(404, "What is playing was sent by another client.")
        now_playing.stop(session, whose)
    return ok()


@door("/delete-listen", methods=["POST"])
def delete_listen() -> ResponseReturnValue:
    person, sent = doors.person(), sent_object()
    seconds, msid = sent.get("listened_at"), sent.get("recording_msid")
    if "listened_at" not in sent or "recording_msid" not in sent:
        raise Refused(400, "JSON document must contain listened_at and recording_msid.")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or abs(seconds) > _LATEST:
        raise Refused(400, "listened_at has to be an int: seconds since 1970.")
    known = listenbrainz_checks.mbid(msid, "recording_msid")
    if not known:
        raise Refused(400, "recording_msid has to be a UUID.")
    with writing() as session:
        listens.remove(session, person.id, seconds, known)
    return ok()


@door("/latest-import")
def show_latest_import() -> ResponseReturnValue:
    name = request.args.get("user_name", "")
    if not name:
        raise Refused(400, "Give a user_name.")
    asks, service = doors.asker(), request.args.get("service", "lastfm")
    with reading() as session:
        found = user(session, name, asks)
        seconds = listens.latest_import(session, found.id, service[:_LONGEST_SERVICE])
    return jsonify(musicbrainz_id=found.name, latest_import=seconds, status=None, error=None)


@door("/latest-import", methods=["POST"])
def note_latest_import() -> ResponseReturnValue:
    person, sent = doors.person(), sent_object()
    seconds, service = sent.get("ts", 0), sent.get("service", "lastfm")
    is_number = isinstance(seconds, int) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= _LATEST or not isinstance(service, str):
        raise Refused(400, "ts has to be an int: seconds since 1970.")
    with writing() as session:
        listens.note_import(session, person.id, service[:_LONGEST_SERVICE], seconds)
    return ok()

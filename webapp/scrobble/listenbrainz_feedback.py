"""What is loved and hated, as clients of ListenBrainz say and ask it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from core import clock
from database import feedback
from database.feedback import HATED, LOVED, NEITHER, About, Opinion
from webapp.database import reading, writing
from webapp.scrobble import doors
from webapp.scrobble.doors import Refused, door
from webapp.scrobble.listenbrainz import MOST, ok, part, sent_object, user
from webapp.scrobble.listenbrainz_checks import mbid

_MSID, _MBID = "recording_msid", "recording_mbid"
_YES, _NO = ("true", "t", "1", "yes"), ("false", "f", "0", "no", "")


@door("/feedback/recording-feedback", methods=["POST"])
def give_feedback() -> ResponseReturnValue:
    person, sent = doors.person(), sent_object()
    if not {_MSID, _MBID} & sent.keys() or "score" not in sent:
        raise Refused(400, f"JSON document must contain {_MSID} or {_MBID}, and score.")
    if sent.keys() - {_MSID, _MBID, "score"}:
        raise Refused(400, f"JSON document may contain only {_MSID}, {_MBID} and score.")
    score = sent["score"]
    if type(score) is not int or score not in (LOVED, NEITHER, HATED):
        raise Refused(400, "Score can have a value of 1, 0 or -1.")
    msid, known = mbid(sent.get(_MSID), _MSID), mbid(sent.get(_MBID), _MBID)
    if not msid and not known:
        raise Refused(400, f"{_MSID} and {_MBID} are empty.")
    with writing() as session:
        feedback.give(session, person.id, score, msid=msid, mbid=known)
    return ok()


@door("/feedback/user/<user_name>/get-feedback")
def show_feedback(user_name: str) -> ResponseReturnValue:
    asks, (limit, offset) = doors.asker(), part()
    score, with_names = doors.number("score", None), _is_yes("metadata")
    if score not in (None, LOVED, HATED):
        raise Refused(400, "Score can have a value of 1 or -1.")
    with reading() as session:
        found = user(session, user_name, asks)
        given = feedback.listed(session, found.id, score, limit=limit, offset=offset)
        total = feedback.count(session, found.id, score)
        about = feedback.about(session, [one.msid for one in given]) if with_names else {}
    told = [_told(one, found.name) | _named(one, about) for one in given]
    return jsonify(feedback=told, count=len(told), total_count=total, offset=offset)


@door("/feedback/user/<user_name>/get-feedback-for-recordings", methods=["GET", "POST"])
def show_feedback_for(user_name: str) -> ResponseReturnValue:
    asks = doors.asker()
    sent = sent_object() if request.method == "POST" else None
    msids, mbids = (_ids(sent, f"{name}s", name) for name in (_MSID, _MBID))
    if not msids and not mbids:
        raise Refused(400, f"Give {_MSID}s or {_MBID}s.")
    with reading() as session:
        found = user(session, user_name, asks)
        given = feedback.of(session, found.id, msids=msids, mbids=mbids)
    by_msid, by_mbid = {one.msid: one for one in given}, {one.mbid: one for one in given}
    every = [by_msid.get(id_) or Opinion(id_, "", NEITHER, 0) for id_ in msids]
    every += [by_mbid.get(id_) or Opinion("", id_, NEITHER, 0) for id_ in mbids]
    return jsonify(feedback=[_told(one, found.name) for one in dict.fromkeys(every)])


def _is_yes(name: str) -> bool:
    said = request.args.get(name, "").casefold()
    if said not in (*_YES, *_NO):
        raise Refused(400, f"Invalid {name} argument: true or false.")
    return said in _YES


def _ids(sent: Mapping[str, Any] | None, several: str, each: str) -> list[str]:
    """Return ids from a list of what was sent, or with commas from the address."""
    said: Any = request.args.get(several, "").split(",")
    if sent is not None:
        said = sent.get(several) or []
    if not isinstance(said, list) or len(said) > MOST:
        raise Refused(400, f"{several} has to be a list of at most {MOST} ids.")
    return _known(said, each)


def _known(said: Iterable[Any], each: str) -> list[str]:
    found = (mbid(one.strip() if isinstance(one, str) else one, each) for one in said)
    return list(dict.fromkeys(filter(None, found)))


def _told(one: Opinion, user_name: str) -> dict[str, Any]:
    return {
        "created": one.created_at // clock.SECOND,
        _MSID: one.msid or None,
        _MBID: one.mbid or None,
        "score": one.score,
        "user_id": user_name,
    }


def _named(one: Opinion, about: Mapping[str, About]) -> dict[str, Any]:
    found = about.get(one.msid)
    if found is None:
        return {}
    names = {"artist_name": found.artist, "track_name": found.title, "release_name": found.album}
    return {"track_metadata": names}

"""What clients of ListenBrainz send is checked as it does, in its order.

By hand and not by pydantic: a thousand listens come in one request, which fails as a whole on
the first bad one.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from core import clock
from webapp.scrobble.doors import Refused

PLAYING_NOW, IMPORT = "playing_now", "import"
LONGEST = 24 * 86_400  # seconds of a track
_KINDS = ("single", IMPORT, PLAYING_NOW)
_MOST, _LARGEST = 1_000, 10_240  # listens of a request; bytes of each, on the average
_EARLIEST, _AHEAD = 1_033_430_400, 3_600  # 2002-10-01; seconds a player's clock may be ahead
_MOST_TAGS, _LONGEST_TAG = 50, 64
_ONE_ID = ("release_mbid", "recording_mbid", "release_group_mbid", "track_mbid")
_IDS = ("artist_mbids", "work_mbids")


def listens(sent: Any, size: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the kind of a request and its listens, tidied up; `size` in bytes.

    Raises:
        Refused: 400, something is not as ListenBrainz takes it.
    """
    if not isinstance(sent, dict) or not {"payload", "listen_type"} <= sent.keys():
        raise Refused(400, "Invalid JSON document submitted.")
    kind, found = sent["listen_type"], _payload(sent["payload"], size)
    if kind not in _KINDS:
        raise Refused(400, "JSON document requires a valid listen_type key.")
    if kind != IMPORT and len(found) > 1:
        raise Refused(400, f"JSON document may contain only one listen of the type {kind}.")
    latest = clock.now() // clock.SECOND + _AHEAD
    for listen in found:
        _check(listen, kind, latest)
    return kind, found


def _payload(payload: Any, size: int) -> list[Any]:
    if not isinstance(payload, list):
        raise Refused(400, "The payload in the JSON document should be a list of listens.")
    if not payload:
        raise Refused(400, "JSON document does not contain any listens.")
    if len(payload) > _MOST:
        raise Refused(400, f"JSON document may not contain more than {_MOST} listens.")
    if size > len(payload) * _LARGEST:
        raise Refused(400, f"Listens may not be larger than {_LARGEST} bytes on the average.")
    return payload


def _check(listen: Any, kind: str, latest: int) -> None:
    if not isinstance(listen, dict):
        raise Refused(400, "A listen has to be an object.")
    if kind != PLAYING_NOW:
        listen["listened_at"] = _seconds(listen.get("listened_at"), latest)
    elif "listened_at" in listen:
        raise Refused(400, "JSON document must not contain listened_at for playing_now.")
    metadata = listen.get("track_metadata")
    if not isinstance(metadata, dict):
        raise Refused(400, "JSON document must contain an object track_metadata.")
    if len(listen) > (1 if kind == PLAYING_NOW else 2):
        raise Refused(
            400, "JSON document may contain only listened_at and track_metadata as top level keys."
        )
    _check_names(metadata)
    info = metadata.get("additional_info")
    if not isinstance(info, dict | None):
        raise Refused(400, "track_metadata.additional_info has to be an object.")
    metadata["additional_info"] = info = info or {}
    _check_lengths(info)
    _check_tags(info.get("tags", []))
    _check_ids(info)


def _seconds(said: Any, latest: int) -> int:
    if isinstance(said, str) and said.strip().isascii() and said.strip().isdecimal():
        said = int(said.strip()[:20])
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    if not isinstance(said, int) or isinstance(said, bool):
        raise Refused(400, "JSON document must contain an int value for listened_at.")
    if said < _EARLIEST:
        raise Refused(400, f"listened_at is too low: it begins at {_EARLIEST} (2002-10-01, UTC).")
    if said >= latest:
        raise Refused(400, "listened_at is too high: seconds since 1970, and not of the future.")
    return said


def _check_names(metadata: dict[str, Any]) -> None:
    for name in ("track_name", "artist_name"):
        said = metadata.get(name)
        if not isinstance(said, str):
            raise Refused(400, f"JSON document does not contain a valid track_metadata.{name}.")
        if not said.strip():
            raise Refused(400, f"Required field track_metadata.{name} is empty.")
        metadata[name] = said.strip()
    if not isinstance(metadata.get("release_name", ""), str):
        raise Refused(400, "JSON document does not contain a valid track_metadata.release_name.")


def _check_tags(tags: Any) -> None:
    if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
        raise Refused(400, f"additional_info.tags may hold {_MOST_TAGS} tags.")
    if not all(isinstance(tag, str) and len(tag) <= _LONGEST_TAG for tag in tags):
        raise Refused(400, f"A tag is text of at most {_LONGEST_TAG} characters.")


def _check_lengths(info: dict[str, Any]) -> None:
    if "duration" in info and "duration_ms" in info:
        raise Refused(400, "JSON document may contain only one of duration and duration_ms.")
    for name, unit in (("duration", 1), ("duration_ms", clock.SECOND)):
        if name in info:
            info[name] = _length(info[name], name, unit)


def _length(said: Any, name: str, unit: int) -> int:
    try:
        found = int(float(said))
    except (TypeError, ValueError, OverflowError):
        raise Refused(400, f"Value of additional_info.{name} is no number.") from None
    if not 0 < found <= LONGEST * unit:
        raise Refused(400, f"Value of additional_info.{name} has to be positive, up to 24 days.")
    return found


def _check_ids(info: dict[str, Any]) -> None:
    for name in _ONE_ID:
        if name in info:
            info[name] = mbid(info[name], name)
    for name in _IDS:
        if name in info:
            info[name] = list(_mbids(info[name], name))


def mbid(said: Any, name: str) -> str:
    """Return an id as MusicBrainz writes it, "" for an empty one.

    Raises:
        Refused: 400, it is none.
    """
    if said in ("", None):
        return ""
    try:
        return str(UUID(said))
    except (AttributeError, TypeError, ValueError):
        raise Refused(400, f"{name} has to be a UUID.") from None


def _mbids(said: Any, name: str) -> Iterator[str]:
    if not isinstance(said, list | None):
        raise Refused(400, f"{name} has to be a list of MBIDs.")
    return filter(None, (mbid(one, name) for one in said or ()))

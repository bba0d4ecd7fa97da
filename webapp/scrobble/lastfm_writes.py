"""What players tell by Last.fm's protocol: plays, what plays right now, and what is loved."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import clock, play_words
from core.plays import Context
from database import feedback, lastfm_known, scrobbles
from webapp.database import writing
from webapp.scrobble import lastfm_auth, told
from webapp.scrobble.lastfm_words import INCOMPLETE, Asked, Refusal
from webapp.scrobble.told import Told

MOST = 50  # plays in one call
_INDEXED = re.compile(r"(?:artist|track|timestamp)\[(\d{1,3})\]")
_TOO_OLD, _TOO_NEW = "3", "4"
_WHY = {
    "0": "",
    _TOO_OLD: "Timestamp too far in the past.",
    _TOO_NEW: "Timestamp too far in the future.",
}


class _Line(NamedTuple):
    """One play of a call; `artist` as it was sent. `ignored`: by which number, "0" for not."""

    artist: str
    told: Told
    ignored: str = "0"

    def said(self) -> dict[str, Any]:
        """Return what is answered of it; the order matters in XML."""
        return {
            "track": _uncorrected(self.told.title),
            "artist": _uncorrected(self.artist),
            "album": _uncorrected(self.told.album),
            "albumArtist": _uncorrected(self.told.album_artist),
        }


def _uncorrected(name: str) -> dict[str, str]:
    return {"corrected": "0", "#text": name}


def _ignored(number: str) -> dict[str, str]:
    return {"code": number, "#text": _WHY[number]}


def scrobble(asked: Asked) -> tuple[str, Any]:
    """One play, or up to 50 with an index each; one that is known already is accepted."""
    who = lastfm_auth.known_asker(asked)
    lines = [_play(asked, index) for index in _indexes(asked)]
    context = Context(client=who.client, client_version=told.client()[1] or None)
    heard = [told.heard(line.told, context) for line in lines if line.ignored == "0"]
    with writing() as session:
        scrobbles.keep(session, who.person_id, heard)
    said = [
        line.said()
        | {"timestamp": str(line.told.started_at), "ignoredMessage": _ignored(line.ignored)}
        for line in lines
    ]
    counts = {"accepted": len(heard), "ignored": len(lines) - len(heard)}
    return "scrobbles", {"@attr": counts, "scrobble": said if said[1:] else said[0]}


def _indexes(asked: Asked) -> Iterator[str]:
    """Yield what follows the names of fields: nothing, or "[0]" and so on.

    Raises:
        Refusal: 6, there are more than go into one call.
    """
    found = {int(fits[1]) for name in asked.fields if (fits := _INDEXED.fullmatch(name))}
    if any(index >= MOST for index in found):
        raise Refusal(INCOMPLETE, f"Invalid parameters: at most {MOST} scrobbles in one call.")
    yield from (f"[{index}]" for index in sorted(found)) if found else [""]


def _play(asked: Asked, index: str) -> _Line:
    line = _line(asked, index)
    started_at = told.when(asked.need(f"timestamp{index}"))
    if started_at is None:
        raise Refusal(INCOMPLETE, "Invalid parameters: timestamp is no number of seconds.")
    ignored = "0"
    if started_at < told.EARLIEST:
        ignored = _TOO_OLD
    elif started_at > clock.now() // clock.SECOND + told.AHEAD:
        ignored = _TOO_NEW
    return _Line(line.artist, line.told._replace(started_at=started_at), ignored)


def _line(asked: Asked, index: str = "") -> _Line:
    artist = told.name(asked.need(f"artist{index}"))
    found = Told(
        artists=play_words.credited(artist),
        title=told.name(asked.need(f"track{index}")),
        album=told.name(asked.get(f"album{index}")),
        album_artist=told.name(asked.get(f"albumArtist{index}")),
        seconds=asked.get(f"duration{index}"),
        number=told.name(asked.get(f"trackNumber{index}")),
        mbid=asked.get(f"mbid{index}"),
    )
    return _Line(artist, found)


def update_now_playing(asked: Asked) -> tuple[str, Any]:
    who, line = lastfm_auth.known_asker(asked), _line(asked)
    with writing(bulk=True) as session:
        scrobbles.play_now(
            session,
            who.person_id,
            line.told.named,
            Context(client=who.client),
            artist=line.artist,
            duration_ms=line.told.duration_ms,
        )
    return "nowplaying", line.said() | {"ignoredMessage": _ignored("0")}


def love(asked: Asked) -> tuple[str, Any]:
    return _feel(asked, 1)


def unlove(asked: Asked) -> tuple[str, Any]:
    return _feel(asked, 0)


def _feel(asked: Asked, score: int) -> tuple[str, Any]:
    who, line = lastfm_auth.known_asker(asked), _line(asked)
    with writing() as session:
        feel(session, who.person_id, line.told, score)
    return "", None


def feel(session: Session, person_id: int, said: Told, score: int) -> None:
    """Note that somebody loves a track (1), or does not any more (0), whatever it is called."""
    track = lastfm_known.keep_track(session, said.named) if score else None
    for msid, mbid in lastfm_known.ids(session, said.named):
        feedback.give(session, person_id, feedback.NEITHER, msid=msid, mbid=mbid)
    if track is not None:
        feedback.give(session, person_id, score, msid=track)

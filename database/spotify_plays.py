"""What Spotify says somebody just played: which of it is new, and where something is missing."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core import clock
from core.plays import Heard, Source
from database import library_settings, listeners
from database.models import LibrarySettings, Play, PlayGap, TrackName
from database.play_rows import in_many
from database.play_windows import ALWAYS, Window

ECHO = 30 * clock.SECOND  # Spotify counts no play that is shorter

_SEEN = text("""
    INSERT INTO library_settings (person_id, uses_reccobeats, syncs_daily, reads_recent,
                                  recent_at, recent_asked_at)
         VALUES (:person_id, :uses_reccobeats, :syncs_daily, :reads_recent, :at, :now)
    ON CONFLICT (person_id)
      DO UPDATE SET recent_at = :at, recent_asked_at = :now
""")
_GAP = text("""
    INSERT INTO play_gaps (person_id, after_at, before_at, created_at)
         VALUES (:person_id, :after_at, :before_at, :now)
    ON CONFLICT (person_id, after_at) DO NOTHING
""")


class Gap(NamedTuple):
    """Between these moments something may be missing."""

    after_at: int
    before_at: int


def seen_until(session: Session, person_id: int) -> int | None:
    """Return the moment of the last play that Spotify told of; None before the first."""
    found = session.get(LibrarySettings, person_id)
    return found.recent_at if found else None


def say_seen(session: Session, person_id: int, at: int | None) -> None:
    """Note that Spotify was asked just now, and which play it told of last."""
    usual = library_settings.get(session, person_id).model_dump()
    words = {"person_id": person_id, "at": at, "now": clock.now()}
    session.execute(_SEEN, usual | words)


def keep_gap(session: Session, person_id: int, gap: Gap) -> None:
    session.execute(_GAP, gap._asdict() | {"person_id": person_id, "now": clock.now()})


def gaps(
    session: Session, person_id: int, limit: int = 50, *, window: Window = ALWAYS
) -> list[Gap]:
    """Return where something may be missing, the latest first; of a window what touches it."""
    query = select(PlayGap.after_at, PlayGap.before_at).where(PlayGap.person_id == person_id)
    if window.since is not None:
        query = query.where(PlayGap.before_at >= window.since)
    if window.until is not None:
        query = query.where(PlayGap.after_at < window.until)
    rows = session.execute(query.order_by(PlayGap.after_at.desc()).limit(limit))
    return [Gap(*row) for row in rows]


def forget(session: Session, person_id: int) -> None:
    """Forget the gaps, and how far was read; plays stay."""
    session.execute(delete(PlayGap).where(PlayGap.person_id == person_id))
    found = session.get(LibrarySettings, person_id)
    if found is not None:
        found.recent_at = found.recent_asked_at = None


def without_echoes(session: Session, person_id: int, heard: Sequence[Heard]) -> list[Heard]:
    """Return the plays but for those of a track that was played within ECHO of them.

    Spotify says now the start of a play and now its end, and tells of one anew with another
    moment: of the same source, plays are never duplicates of each other.
    """
    known = _known(session, person_id, heard)
    kept: list[Heard] = []
    for one in sorted(heard, key=lambda one: one.started_at):
        moments = known.setdefault(_track(one), [])
        is_told_again = one.started_at in moments or not _track(one)
        if is_told_again or all(abs(one.started_at - at) > ECHO for at in moments):
            kept.append(one)
            moments.append(one.started_at)
    return kept


def _known(session: Session, person_id: int, heard: Sequence[Heard]) -> dict[str, list[int]]:
    if not heard:
        return {}
    first, last = min(one.started_at for one in heard), max(one.started_at for one in heard)
    query = select(TrackName.value, Play.started_at)
    query = query.join(Play, Play.track_id == TrackName.track_id).where(
        TrackName.scheme == "spotify",
        Play.person_id.in_(listeners.family(session, person_id)),
        Play.source == Source.SPOTIFY_API,
        Play.started_at.between(first - ECHO, last + ECHO),
    )
    found: dict[str, list[int]] = {}
    tracks: Collection[str] = {_track(one) for one in heard}
    for value, at in in_many(session, query, TrackName.value, tracks):
        found.setdefault(value, []).append(at)
    return found


def _track(one: Heard) -> str:
    return dict(one.ids).get("spotify", "")

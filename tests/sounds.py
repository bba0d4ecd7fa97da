"""Tracks of a library and how they sound, for tests."""

import csv
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.library import AlbumTold, ArtistTold, Features, TrackTold
from core.names import fold
from database.library_intake import LibraryIntake
from database.models import LibraryItem, Playlist, PlaylistTrack

_numbers = count(1)


def told(name: str = "", artist: str = "Can", album: str = "", **more: Any) -> TrackTold:
    """Return a track as Spotify may tell of it, with an id and a length."""
    number = next(_numbers)
    said: dict[str, Any] = {"spotify_id": f"spotify{number:015}", "duration_ms": 180_000} | more
    artists = (ArtistTold(artist),)
    on = AlbumTold(album, artists) if album else None
    return TrackTold(name or f"Track {number}", artists, on, **said)


def tracks(session: Session, *given: TrackTold) -> list[int]:
    return LibraryIntake().tracks(session, given)


def some(session: Session, number: int) -> list[int]:
    """Make so many tracks that nobody knows anything of."""
    return tracks(session, *(told() for _ in range(number)))


def playlist(session: Session, person_id: int | None, track_ids: Sequence[int], **more: Any) -> int:
    """Make a playlist that came in a file, a person's own; `more` is more of its columns."""
    said = {"name": f"Playlist {next(_numbers)}", "is_collaborative": False} | more
    now = clock.now()
    made = Playlist(
        person_id=person_id,
        name_folded=fold(said["name"]),
        num_tracks=len(track_ids),
        created_at=now,
        updated_at=now,
        **said,
    )
    session.add(made)
    session.flush()
    put_on(session, made.id, track_ids)
    return made.id


def put_on(session: Session, playlist_id: int, track_ids: Sequence[int], begin: int = 0) -> None:
    """Put tracks on a playlist from a place on."""
    session.add_all(
        PlaylistTrack(playlist_id=playlist_id, position=position, track_id=track_id)
        for position, track_id in enumerate(track_ids, begin)
    )
    session.flush()


def own(
    session: Session, person_id: int, kind: str, item_ids: Sequence[int], origin: str = "spotify"
) -> None:
    """Put items into somebody's library."""
    session.add_all(
        LibraryItem(
            person_id=person_id, kind=kind, origin=origin, position=position, item_id=item_id
        )
        for position, item_id in enumerate(item_ids)
    )
    session.flush()


def read(file: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV of features, the first of each track."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return list({row["track_id"]: row for row in reversed(rows)}.values())[::-1]


def take_in(session: Session, rows: Sequence[dict[str, str]]) -> list[tuple[int, Features]]:
    """Make the tracks of such rows; return their ids, each with how the row says it sounds."""
    ids = LibraryIntake().tracks(
        session,
        [
            TrackTold(
                row["track_name"],
                tuple(ArtistTold(name) for name in row["artists"].split(";")),
                spotify_id=row["track_id"],
                duration_ms=int(row["duration_ms"]),
            )
            for row in rows
        ],
    )
    return [(track_id, _features(row)) for track_id, row in zip(ids, rows, strict=True)]


def _features(row: dict[str, str]) -> Features:
    whole = ("mode", "time_signature")
    said: dict[str, Any] = {name: float(row[name]) for name in Features._fields[:9]}
    said |= {name: int(row[name]) for name in whole}
    return Features(**said, pitch_class=int(row["key"]) if row["key"] != "-1" else None)

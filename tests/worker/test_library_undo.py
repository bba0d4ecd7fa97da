"""An undone import leaves what all others have said, whoever brought them and in which order."""

from collections.abc import Callable, Sequence
from itertools import count, permutations
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import GoneMeanwhile
from core.settings import Settings
from database import library_forgetting, library_imports, library_items, tasks
from database.engine import Database
from database.library_forgetting import TRACKS
from database.models import (
    Analysis,
    LibraryAlbum,
    LibraryArtist,
    LibraryItem,
    LibraryStatement,
    LibraryTrack,
    Playlist,
    PlaylistTrack,
    TrackFeatures,
)
from database.owner import HOUSE, Owner
from fakes import library
from tests import factories
from tests.worker.listening import begin
from worker_jobs.library_imports import keep
from worker_jobs.library_imports.job import import_library
from worker_jobs.library_imports.undo import undo_library_import

Bring = Callable[..., str]
Undo = Callable[[str], None]
TABLES = (LibraryTrack, LibraryAlbum, LibraryArtist, Playlist, PlaylistTrack, LibraryItem,
          TrackFeatures)  # fmt: skip
SUNG = library.tracks(12)
_MOMENTS = {"created_at", "updated_at", "synced_at", "fetched_at", "import_id"}
_uploads = count(1)


@pytest.fixture
def bob(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "bob").id


@pytest.fixture
def bring(db: Database, settings: Settings) -> Bring:
    """Bring a file for somebody, and return what its import is called."""

    def bring(person_id: int, content: str | bytes, name: str = "Kraut.csv") -> str:
        upload = settings.uploads / f"{next(_uploads)}.upload"
        upload.write_bytes(content.encode() if isinstance(content, str) else content)
        run = begin(db, settings, Owner(person_id))
        import_library({"upload": upload.name, "file_name": name}, run)
        with db.writing() as session:
            tasks.ask_cancel(session, run.task.public_id, HOUSE)
        return run.task.public_id

    return bring


@pytest.fixture
def undo(db: Database, settings: Settings) -> Undo:
    def undo(public_id: str) -> None:
        undo_library_import({"import": public_id}, begin(db, settings))

    return undo


def everything(db: Database) -> list[Any]:
    """Return all that is said, but for when and by which import."""
    with db.reading() as session:
        return [
            sorted((tuple(row) for row in session.execute(select(*_columns(one)))), key=repr)
            for one in TABLES
        ]


def _columns(table: Any) -> Sequence[Any]:
    return [column for column in table.__table__.columns if column.name not in _MOMENTS]


def statements(db: Database) -> int:
    with db.reading() as session:
        return len(session.scalars(select(LibraryStatement.kind)).all())


def louder(sung: Sequence[library.Sung]) -> list[library.Sung]:
    return [one._replace(sound=(0.9, *one.sound[1:])) for one in sung]


def test_a_renewed_playlist_becomes_what_it_was(
    db: Database, bring: Bring, undo: Undo, alice: int
) -> None:
    bring(alice, library.exportify(SUNG[:6]))
    first = everything(db)
    bring_second = bring(alice, library.exportify([*SUNG[3:6], *SUNG[8:10], SUNG[3]]))
    second = everything(db)

    third = bring(alice, library.exportify(SUNG[10:]))
    undo(third)
    assert everything(db) == second
    undo(bring_second)

    assert everything(db) == first and statements(db) == 0


def test_of_a_renewed_playlist_only_the_last_version_loses_its_analysis(
    db: Database, bring: Bring, undo: Undo, alice: int
) -> None:
    bring(alice, library.exportify(SUNG[:6]))
    versions = [_analysed(db, alice)]
    last = bring(alice, library.exportify(SUNG[:4]))
    versions.append(_analysed(db, alice))

    undo(last)

    with db.reading() as session:
        assert list(session.scalars(select(Analysis.version))) == versions[:1]


def _analysed(db: Database, person_id: int) -> str:
    with db.writing() as session:
        playlist = session.scalars(select(Playlist)).one()
        version = f"version:{playlist.id}:{playlist.snapshot}"
        session.add(
            Analysis(
                person_id=person_id, kind="playlist", scope=str(playlist.id), version=version,
                title="", digest="", track_ids=[], data={}, created_at=1, updated_at=1,
            )
        )  # fmt: skip
    return version


def test_an_earlier_one_that_is_undone_does_not_come_back(
    db: Database, bring: Bring, undo: Undo, alice: int
) -> None:
    earlier = bring(alice, library.exportify(SUNG[:6]))
    later = bring(alice, library.exportify(SUNG[4:8]))

    undo(earlier)
    with db.reading() as session:
        names = set(session.scalars(select(LibraryTrack.name)))
    undo(later)

    assert names == {one.name for one in SUNG[4:8]}
    assert everything(db) == [[]] * len(TABLES) and statements(db) == 0


def test_what_somebody_likes_becomes_what_it_was(
    db: Database, bring: Bring, undo: Undo, alice: int
) -> None:
    bring(alice, library.your_library(SUNG[:5]), "YourLibrary.json")
    before = everything(db)

    undo(bring(alice, library.your_library(SUNG[3:9]), "YourLibrary.json"))

    assert everything(db) == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_of_three_who_tell_of_a_track_can_be_taken_back(
    db: Database, bring: Bring, undo: Undo, alice: int, bob: int, order: tuple[int, ...]
) -> None:
    """Two people bring the same file, and one of them another that says otherwise."""
    files = [
        (alice, library.exportify(SUNG), "A.csv"),
        (bob, library.exportify(SUNG), "B.csv"),
        (bob, library.exportify(louder(SUNG[:6])), "C.csv"),
    ]
    said = [[one.sound[0] for one in SUNG]] * 2 + [[0.9] * 6]
    brought = [bring(*file) for file in files]
    left = [0, 1, 2]

    for one in order:
        undo(brought[one])
        left.remove(one)
        expected: list[float] = []
        for later in left:
            expected[: len(said[later])] = said[later]
        assert danceabilities(db) == expected
    assert everything(db) == [[]] * len(TABLES) and statements(db) == 0


def danceabilities(db: Database) -> list[float | None]:
    query = select(TrackFeatures.danceability, LibraryTrack.name)
    query = query.join(LibraryTrack, LibraryTrack.id == TrackFeatures.track_id)
    with db.reading() as session:
        found = {name: said for said, name in session.execute(query)}
    return [found[one.name] for one in SUNG if one.name in found]


def test_who_repeats_themself_says_nothing_new(
    db: Database, bring: Bring, undo: Undo, alice: int, bob: int
) -> None:
    bring(alice, library.exportify(SUNG))
    bring(alice, library.exportify(SUNG))
    assert statements(db) == 0

    bring(bob, library.exportify(SUNG))
    apart, before = statements(db), everything(db)
    again = bring(bob, library.exportify(SUNG))
    undo(again)

    assert apart == 2 * len(SUNG) == statements(db)
    assert everything(db) == before


def test_an_undo_says_what_would_go_and_what_would_come_back(
    db: Database, bring: Bring, alice: int, bob: int
) -> None:
    files = {"a.csv": library.exportify(SUNG[:3]), "b.csv": library.exportify(SUNG[3:5])}
    bring(alice, library.zipped(files), "a.zip")
    bring(bob, library.exportify(SUNG), "Mine.csv")
    files |= {"b.csv": library.exportify(SUNG[3:9]), "c.csv": library.exportify(SUNG[9:])}
    later = bring(alice, library.zipped(files), "a.zip")

    with db.reading() as session:
        found = library_imports.get(session, later, Owner(alice))
        would = library_imports.undoing(session, found)
    assert (would.playlists, would.renewed, would.features) == (1, 1, 7)


def test_what_an_undo_would_bring_back_is_not_forgotten_meanwhile(
    db: Database, bring: Bring, undo: Undo, alice: int
) -> None:
    bare = [one._replace(sound=()) for one in SUNG]
    bring(alice, library.your_library(bare[:4]), "YourLibrary.json")
    before = everything(db)
    later = bring(alice, library.your_library(bare[6:8]), "YourLibrary.json")
    undo(bring(alice, library.playlists([("Kraut", bare[:4])]), "Playlist1.json"))

    undo(later)

    assert everything(db) == before


@pytest.mark.parametrize("content", [
    (library.your_library(SUNG), "YourLibrary.json"),
    (library.playlists([("Kraut", SUNG)]), "Playlist1.json"),
])  # fmt: skip
def test_what_goes_while_it_is_taken_in_is_taken_in_once_more(
    db: Database, bring: Bring, alice: int, content: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Somebody's library is forgotten between the tracks and the list that they are on."""
    end = keep.Taking.end

    def forget(taking: keep.Taking, over: Any) -> None:
        with db.writing() as session:
            unused = library_forgetting.unused(session, TRACKS, 0)
            library_forgetting.drop(session, TRACKS, unused)
        end(taking, over)

    with monkeypatch.context() as patch:
        patch.setattr(keep.Taking, "end", forget)
        with pytest.raises(GoneMeanwhile):
            bring(alice, *content)
    bring(alice, *content)

    with db.reading() as session:
        tracks = len(library_items.of(session, alice, "track", library_items.FILE))
        tracks += len(session.scalars(select(PlaylistTrack.track_id)).all())
    assert tracks == len(SUNG)

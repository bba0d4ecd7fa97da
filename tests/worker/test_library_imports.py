"""Libraries are brought from files, looked at, brought again, renewed, and taken back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import BadFile, Conflict, Forbidden
from core.library import ArtistTold, Features, TrackTold
from core.settings import Settings
from database import library_imports, library_items, playlists, tasks, track_features
from database.engine import Database
from database.library_intake import LibraryIntake
from database.models import (
    Analysis,
    LibraryAlbum,
    LibraryArtist,
    LibraryImport,
    LibraryItem,
    LibraryTrack,
    Playlist,
    PlaylistTrack,
    Task,
    TrackFeatures,
)
from database.owner import HOUSE, Owner
from fakes import library
from tests.worker.listening import Listening, begin
from worker_jobs.analysis import analyze
from worker_jobs.library_imports import job
from worker_jobs.library_imports.job import import_library
from worker_jobs.library_imports.undo import undo_library_import
from worker_jobs.run import Cancelled

Bring = Callable[..., dict[str, Any]]
TABLES = (LibraryTrack, LibraryAlbum, LibraryArtist, Playlist, PlaylistTrack, LibraryItem,
          TrackFeatures)  # fmt: skip
SUNG = library.tracks(40)


@pytest.fixture
def bring(db: Database, settings: Settings, alice: int) -> Bring:
    def bring(
        content: str | bytes,
        name: str = "Kraut.csv",
        *,
        dry_run: bool = False,
        run: Listening | None = None,
    ) -> dict[str, Any]:
        upload = settings.uploads / "a.upload"
        upload.parent.mkdir(exist_ok=True)
        upload.write_bytes(content.encode() if isinstance(content, str) else content)
        args = {"upload": upload.name, "file_name": name, "dry_run": dry_run}
        run = run or begin(db, settings, Owner(alice))
        result = import_library(args, run)
        with db.writing() as session:
            tasks.ask_cancel(session, run.task.public_id, HOUSE)
        # It is kept as JSON.
        return dict(json.loads(json.dumps(result)))

    return bring


@pytest.fixture
def undo(db: Database, settings: Settings, alice: int) -> Callable[[dict[str, Any]], Any]:
    def undo(brought: dict[str, Any]) -> dict[str, Any]:
        public_id = brought["result_url"].rpartition("/")[2]
        run = begin(db, settings, Owner(alice))
        return undo_library_import({"import": public_id}, run)

    return undo


def numbers(db: Database) -> list[int]:
    with db.reading() as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in TABLES]


def rows(db: Database) -> list[Any]:
    """Return all that is there, but for the moments when it was written."""
    with db.reading() as session:
        return [
            tuple(row)
            for one in TABLES
            for row in session.execute(
                select(*one.__table__.columns).order_by(*list(one.__table__.columns)[:4])
            )
        ]


def names_on(db: Database, playlist_id: int) -> list[str]:
    with db.reading() as session:
        return [
            session.get_one(LibraryTrack, entry.track_id).name
            for entry in playlists.entries(session, playlist_id)
        ]


@pytest.mark.parametrize("format_", library.FORMATS)
def test_a_table_becomes_a_playlist_and_adds_nothing_when_it_is_brought_again(
    db: Database, bring: Bring, format_: str
) -> None:
    content = library.FORMATS[format_](SUNG)

    first, before = bring(content), rows(db)
    again = bring(content)

    assert (first["added"], first["known"], first["sounding"]) == (40, 0, 40)
    assert [(one["name"], one["how"], one["tracks"]) for one in first["playlists"]] == [
        ("Kraut", "added", 40)
    ]
    assert (again["added"], again["known"], again["features"]) == (0, 40, 0)
    assert [one["how"] for one in again["playlists"]] == ["same"]
    assert rows(db) == before
    assert names_on(db, first["playlists"][0]["id"]) == [one.name for one in SUNG]


def test_the_sample_alone_is_a_playlist_with_a_full_analysis(
    db: Database, bring: Bring, run: Listening, samples: Path
) -> None:
    content = (samples / "spotify" / "spotify_by_genre.csv").read_bytes()

    brought = bring(content, "spotify_by_genre.csv")

    assert (brought["rows"], brought["tracks"], brought["added"]) == (6_000, 5_849, 5_849)
    assert brought["features"] == 5_849
    with db.reading() as session:
        playlist = session.scalars(select(Playlist)).one()
        loudest = session.scalar(select(func.max(TrackFeatures.loudness)))
    made = analyze({"kind": "playlist", "scope": str(playlist.id)}, run)
    assert (playlist.name, playlist.num_tracks) == ("spotify_by_genre", 5_849)
    assert loudest == 1.023
    assert (made["tracks"], made["with_features"], made["problems"]) == (5_849, 5_849, [])


def test_a_playlist_keeps_its_order_and_what_comes_twice(db: Database, bring: Bring) -> None:
    sung = [SUNG[2], SUNG[0], SUNG[2], SUNG[1]]

    listed, data_set = bring(library.exportify(sung), "a.csv"), bring(library.kaggle(sung), "b.csv")

    names = [names_on(db, one["playlists"][0]["id"]) for one in (listed, data_set)]
    assert names == [
        ["Song, 2", "Song, 0", "Song, 2", "Song, 1"], ["Song, 2", "Song, 0", "Song, 1"]
    ]  # fmt: skip


@pytest.mark.parametrize("batch", [2, 1_000])
def test_of_a_track_that_comes_twice_the_first_row_tells_its_sound(
    db: Database, bring: Bring, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCH", batch)
    louder = SUNG[0]._replace(sound=(0.9, *SUNG[0].sound[1:]))
    content = library.kaggle([SUNG[0], *SUNG[1:5], louder])

    bring(content)
    again = bring(content)

    with db.reading() as session:
        found = session.scalars(select(TrackFeatures.danceability).limit(1)).one()
    assert found == SUNG[0].sound[0] and again["features"] == 0


def test_one_that_is_brought_anew_takes_the_place_of_what_was_there(
    db: Database, bring: Bring
) -> None:
    first = bring(library.exportify(SUNG[:10]))
    version = version_of(db)
    later = bring(library.exportify([*SUNG[5:10], *SUNG[20:22]]))

    assert [one["how"] for one in later["playlists"]] == ["changed"]
    assert later["playlists"][0]["id"] == first["playlists"][0]["id"]
    assert names_on(db, first["playlists"][0]["id"]) == [
        one.name for one in [*SUNG[5:10], *SUNG[20:22]]
    ]
    assert (later["added"], later["known"]) == (2, 5)
    assert version_of(db) != version


def version_of(db: Database) -> str | None:
    with db.reading() as session:
        return session.scalars(select(Playlist.snapshot)).one()


def test_a_zip_of_tables_brings_a_playlist_each(bring: Bring) -> None:
    files = {"b/Can.csv": library.exportify(SUNG[:3]), "b/Neu!.csv": library.exportify(SUNG[2:9]),
             "b/note.txt": "hello", "__MACOSX/b/._Can.csv": "x"}  # fmt: skip

    brought = bring(library.zipped(files), "spotify_playlists.zip")

    told = [(one["name"], one["tracks"]) for one in brought["playlists"]]
    assert told == [("Can", 3), ("Neu!", 7)]
    assert [file["why_not"] for file in brought["files"]] == ["", "", "not part of a library"]


def test_two_playlists_of_one_name_stay_two(db: Database, bring: Bring) -> None:
    content = library.playlists([("Kraut", SUNG[:3]), ("KRAUT", SUNG[3:9])])

    first, before = bring(content, "Playlist1.json"), rows(db)
    again = bring(content, "Playlist1.json")

    assert [one["how"] for one in first["playlists"]] == ["added", "added"]
    assert [one["how"] for one in again["playlists"]] == ["same", "same"]
    assert rows(db) == before


def test_an_account_fills_a_library(db: Database, bring: Bring, alice: int) -> None:
    content = library.my_spotify_data(SUNG)

    brought, before = bring(content, "my_spotify_data.zip"), rows(db)
    again = bring(content, "my_spotify_data.zip")

    assert [brought[name] for name in ("liked", "albums", "artists")] == [40, 1, 1]
    assert brought["lists"] == ["album", "artist", "track"] and again["lists"] == []
    assert brought["aside"] == {"episodes": 2, "local": 2}
    assert rows(db) == before
    with db.reading() as session:
        items = {
            kind: len(library_items.of(session, alice, kind, library_items.FILE))
            for kind in ("track", "album", "artist", "playlist")
        }
        everything = repr(rows(db)) + repr(session.scalars(select(LibraryImport.counts)).all())
    assert items == {"track": 40, "album": 1, "artist": 1, "playlist": 2}
    assert "a.private" not in everything


def test_what_spotify_has_told_is_not_overwritten(db: Database, bring: Bring) -> None:
    one = SUNG[0]
    told = library_track(one)._replace(name="The right name", duration_ms=1)
    with db.writing() as session:
        track_id = LibraryIntake().tracks(session, [told])[0]
        track_features.put(session, "spotify", [(track_id, Features(energy=0.111))])

    bring(library.exportify(SUNG[:2]))

    with db.reading() as session:
        track = session.get_one(LibraryTrack, track_id)
        known = track_features.winners(session, [track_id])[track_id]
    assert (track.name, track.duration_ms) == ("The right name", 1)
    assert known.features.energy == 0.111 and known.features.danceability == one.sound[0]


def library_track(one: library.Sung) -> TrackTold:
    return TrackTold(one.name, (ArtistTold(one.artists[0]),), spotify_id=one.id)


@pytest.mark.parametrize(
    "content",
    [library.exportify(SUNG), library.kaggle([*SUNG, SUNG[0]]), library.my_spotify_data(SUNG)],
    ids=["a playlist", "a data set", "an account"],
)
def test_a_look_tells_what_would_come_of_it_and_leaves_no_trace(
    db: Database, bring: Bring, content: str | bytes
) -> None:
    looked = bring(content, dry_run=True)
    traces = numbers(db)
    brought = bring(content)
    again = bring(content, dry_run=True)

    assert traces == [0] * len(TABLES)
    for name in ("rows", "tracks", "added", "known", "sounding", "liked", "albums", "artists"):
        assert looked[name] == brought[name], name
    lists = [[one | {"id": None} for one in told["playlists"]] for told in (looked, brought)]
    assert lists[0] == lists[1]
    assert (again["added"], again["known"]) == (0, 40)
    assert {one["how"] for one in again["playlists"]} == {"same"}


def test_a_look_knows_by_their_names_what_has_no_ids(bring: Bring) -> None:
    content = library.kaggle([one._replace(id="") for one in SUNG])
    bring(content)

    again = bring(content, dry_run=True)

    assert (again["added"], again["known"]) == (0, 40)


def test_undone_nothing_is_left(
    db: Database, bring: Bring, undo: Callable[[dict[str, Any]], Any]
) -> None:
    for content in (library.exportify(SUNG), library.my_spotify_data(SUNG)):
        undone = undo(bring(content))

        assert numbers(db) == [0] * len(TABLES)
        assert undone["undone"] >= 40
    with db.reading() as session:
        assert all(session.scalars(select(LibraryImport.undone_at)))


def test_undoing_leaves_what_others_have_brought(
    db: Database, bring: Bring, undo: Callable[[dict[str, Any]], Any]
) -> None:
    bring(library.playlists([("Kraut", SUNG[:10])]), "Playlist1.json")
    bring(library.your_library(SUNG[10:15]), "YourLibrary.json")
    before = numbers(db)
    with db.reading() as session:
        ids = set(session.scalars(select(LibraryTrack.id)))

    undo(bring(library.exportify(SUNG), "Mine.csv"))

    assert numbers(db)[3:] == before[3:]
    with db.reading() as session:
        assert set(session.scalars(select(LibraryTrack.id))) == ids


def test_what_was_analysed_stays_known_and_analyses_of_its_playlist_go(
    db: Database, bring: Bring, undo: Callable[[dict[str, Any]], Any], alice: int
) -> None:
    brought = bring(library.exportify(SUNG))
    with db.writing() as session:
        ids = list(session.scalars(select(LibraryTrack.id).order_by(LibraryTrack.id)))
        for kind, scope, of in (
            ("playlist", str(brought["playlists"][0]["id"]), ids),
            ("period", "2021-01-01..2021-12-31", ids[:3]),
        ):
            session.add(
                Analysis(
                    person_id=alice, kind=kind, scope=scope, version=kind, title="", digest="",
                    track_ids=of, data={}, created_at=1, updated_at=1,
                )
            )  # fmt: skip

    undo(brought)

    with db.reading() as session:
        assert list(session.scalars(select(Analysis.kind))) == ["period"]
        assert sorted(session.scalars(select(LibraryTrack.id))) == ids[:3]


def test_lists_that_a_later_import_has_replaced_stay(
    db: Database, bring: Bring, undo: Callable[[dict[str, Any]], Any], alice: int
) -> None:
    first = bring(library.your_library(SUNG[:5]), "YourLibrary.json")
    bring(library.your_library(SUNG[:7]), "YourLibrary.json")

    undo(first)

    with db.reading() as session:
        liked = library_items.of(session, alice, "track", library_items.FILE)
        albums = library_items.of(session, alice, "album", library_items.FILE)
    # What was the same in the later one came with the first.
    assert (len(liked), len(albums)) == (7, 0)


def test_an_undo_goes_on_where_it_was(
    db: Database, bring: Bring, settings: Settings, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_imports, "UNDO_BATCH", 10)
    public_id = bring(library.exportify(SUNG))["result_url"].rpartition("/")[2]
    run = begin(db, settings, Owner(alice))
    run.cancel_at = 3

    with pytest.raises(Cancelled):
        undo_library_import({"import": public_id}, run)
    between = numbers(db)
    undone = undo_library_import({"import": public_id}, begin(db, settings, Owner(alice)))

    assert between[3] == 0 and between[6] == 30
    assert undone["undone"] == 41 and numbers(db) == [0] * len(TABLES)


def test_an_import_that_is_undone_does_not_begin_again(
    bring: Bring, db: Database, settings: Settings, alice: int
) -> None:
    run = begin(db, settings, Owner(alice))
    brought = bring(library.exportify(SUNG), run=run)
    undo_library_import(
        {"import": brought["result_url"].rpartition("/")[2]}, begin(db, settings, Owner(alice))
    )

    with pytest.raises(Conflict, match="undone"):
        bring(library.exportify(SUNG), run=run)


def test_one_that_was_interrupted_begins_again_and_counts_all(
    db: Database, bring: Bring, settings: Settings, alice: int
) -> None:
    files = {f"{name}.csv": library.exportify(SUNG[at : at + 20])
             for name, at in (("a", 0), ("b", 20))}  # fmt: skip
    run = begin(db, settings, Owner(alice))
    run.cancel_at = 2

    with pytest.raises(Cancelled):
        bring(library.zipped(files), run=run)
    between = numbers(db)
    run.cancel_at = None
    brought = bring(library.zipped(files), run=run)

    assert (between[0], between[3]) == (20, 1)
    assert (brought["added"], brought["features"]) == (40, 40)
    assert [one["how"] for one in brought["playlists"]] == ["same", "added"]


def test_a_file_that_ends_in_the_middle_takes_no_ones_place(db: Database, bring: Bring) -> None:
    whole = library.playlists([("Kraut", SUNG)])
    bring(whole, "Playlist1.json")
    liked = library.your_library(SUNG)
    bring(liked, "YourLibrary.json")
    before = numbers(db)

    cut = bring(whole[: len(whole) // 2], "Playlist1.json")
    bring(liked[: len(liked) // 2], "YourLibrary.json")

    assert [one["how"] for one in cut["playlists"]] == ["same"]
    assert "cannot be read to its end" in cut["problems"][0]
    assert numbers(db) == before


def test_a_playlist_that_came_alone_is_analysed_next(db: Database, bring: Bring) -> None:
    bring(library.exportify(SUNG))
    bring(library.exportify(SUNG))
    bring(library.my_spotify_data(SUNG))

    with db.reading() as session:
        asked = session.scalars(select(Task.args).where(Task.action == "analyze")).all()
        playlist_id = session.scalar(select(func.min(Playlist.id)))
    assert asked == [{"kind": "playlist", "scope": str(playlist_id)}]


def test_progress_is_told_and_the_result_leads_to_its_page(
    bring: Bring, db: Database, settings: Settings, alice: int
) -> None:
    run = begin(db, settings, Owner(alice))

    brought = bring(library.kaggle(library.tracks(2_500)), run=run)

    steps = [(done, of) for words, done, of in run.said if words == "Taking in a library"]
    assert len(steps) == 3 and steps == sorted(steps)
    assert brought["result_url"] == f"/library/import/{run.task.public_id}"


def test_only_a_person_has_a_library_and_a_bad_file_is_removed(
    db: Database, bring: Bring, settings: Settings
) -> None:
    with pytest.raises(Forbidden):
        bring(library.exportify(SUNG), run=begin(db, settings))
    with pytest.raises(BadFile, match="not a library"):
        bring("a,b\n")

    assert not (settings.uploads / "a.upload").exists()
    assert numbers(db) == [0] * len(TABLES)

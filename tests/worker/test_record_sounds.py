"""A shelf is tried: albums found, features asked for, values kept, a summary at the end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core import folders
from core.errors import Forbidden
from core.library import Features
from core.settings import Settings, load
from database import library_settings, record_sound_pages, record_sounds, track_features
from database.engine import Database
from database.library_settings import USUAL
from database.models import LibraryAlbum, LibraryTrack, Person, RecordSound
from database.owner import HOUSE
from fakes.reccobeats import FakeReccoBeats
from tests import factories, sounds
from tests.worker.listening import Listening, begin
from worker_jobs.record_sounds import sound_records
from worker_jobs.run import Cancelled


@pytest.fixture
def beats() -> Iterator[FakeReccoBeats]:
    with FakeReccoBeats() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, beats: FakeReccoBeats, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    made = load().model_copy(update={"reccobeats_url": beats.url})
    folders.make(made)
    return made


def agree(run: Listening) -> None:
    with run.db.writing() as session:
        wanted = USUAL.model_copy(update={"uses_reccobeats": True})
        library_settings.put(session, run.task.person_id or 0, wanted)


def shelf(run: Listening, *titles: str) -> list[int]:
    """Put records of these titles on the person's shelf."""
    with run.db.writing() as session:
        owner = session.get_one(Person, run.task.person_id)
        return [factories.record(session, owner, title, ["Can"]) for title in titles]


def album(run: Listening, name: str, energies: Mapping[str, float | None]) -> int:
    """Take an album in, its tracks by their ids at Spotify; a file says how they sound."""
    with run.db.writing() as session:
        told = [sounds.told(artist="Can", album=name, spotify_id=id_) for id_ in energies]
        pairs = zip(sounds.tracks(session, *told), energies.values(), strict=True)
        said = [(id_, Features(energy=value)) for id_, value in pairs if value is not None]
        track_features.put(session, "csv", said)
        newest = select(LibraryAlbum.id).order_by(LibraryAlbum.id.desc()).limit(1)
        return session.scalars(newest).one()


def work(run: Listening, **args: Any) -> dict[str, Any]:
    result = sound_records(args, run)
    assert result["total"] == result["loaded"] + result["unchanged"] + result["not_found"]
    assert result["seconds"] >= 0
    return result


def figures(result: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return the total, and how many were loaded, unchanged and not found."""
    return result["total"], result["loaded"], result["unchanged"], result["not_found"]


def of(run: Listening, record_id: int) -> record_sound_pages.Listed:
    with run.db.reading() as session:
        found = record_sound_pages.of(session, record_id)
    assert found
    return found


def test_a_shelf_is_tried_and_then_rests(run: Listening) -> None:
    known, silent, unknown = shelf(run, "Known", "Silent", "Unknown")
    album_id = album(run, "Known", {"a": 0.2, "b": 0.4})
    album(run, "Silent", {"c": None})

    assert figures(work(run)) == (3, 1, 0, 2)

    assert (of(run, known).album_id, of(run, known).tracks) == (album_id, 2)
    assert of(run, known).features.energy == pytest.approx(0.3)
    assert of(run, known).features.duration_ms == 180_000
    assert [of(run, one).state for one in (silent, unknown)] == ["silent", "not_found"]
    assert of(run, unknown).features == of(run, silent).features == Features()
    assert figures(work(run)) == (3, 0, 3, 0)
    assert work(run)["result_url"] == "/shelf/sound"


def test_only_what_is_new_changed_or_old_is_tried(run: Listening) -> None:
    new, changed, old, rests = shelf(run, "New", "Changed", "Old", "Rests")
    work(run)
    with run.db.writing() as session:
        row = update(RecordSound)
        session.execute(row.where(RecordSound.record_id == changed).values(sought="another"))
        session.execute(row.where(RecordSound.record_id == old).values(tried_at=1))
        session.delete(session.get_one(RecordSound, new))
    for title in ("New", "Changed", "Old", "Rests"):
        album(run, title, {f"{title}{nth}": 0.5 for nth in range(2)})

    assert figures(work(run)) == (4, 3, 1, 0)
    assert of(run, rests).state == "not_found"
    assert figures(work(run, again=True)) == (4, 4, 0, 0)
    assert figures(work(run, record_ids=[rests])) == (1, 0, 1, 0)


def test_the_edition_of_which_somebody_knows_something_is_taken(run: Listening) -> None:
    (record_id,) = shelf(run, "Future Days")
    album(run, "Future Days", {"a": None})
    remaster = album(run, "Future Days (Remastered)", {"b": 0.5})

    work(run)

    assert of(run, record_id).album_id == remaster


def test_a_track_unlike_the_others_is_left_out(run: Listening) -> None:
    (record_id,) = shelf(run, "Future Days")
    album(run, "Future Days", {f"t{nth}": 0.5 for nth in range(9)} | {"odd": 0.9})
    with run.db.writing() as session:
        (odd,) = session.scalars(select(LibraryTrack.id).where(LibraryTrack.spotify_id == "odd"))
        others = session.scalars(select(LibraryTrack.id).where(LibraryTrack.id != odd)).all()
        rows = [(one, Features(energy=0.5, tempo=100.0)) for one in others]
        track_features.put(session, "csv", [*rows, (odd, Features(energy=0.9, tempo=200.0))])

    work(run)

    found = of(run, record_id)
    assert (found.tracks, found.left_out) == (9, 1)
    assert (found.features.energy, found.features.tempo) == (0.5, 100.0)


def test_who_may_know_is_asked_about_its_tracks_alone(
    run: Listening, beats: FakeReccoBeats
) -> None:
    agree(run)
    (record_id,) = shelf(run, "Future Days")
    album(run, "Future Days", {"a": None, "b": None})
    album(run, "Another", {"c": None})
    beats.knows("a", energy=0.25)
    beats.knows("b", energy=0.75)

    assert figures(work(run)) == (1, 1, 0, 0)

    assert [sorted(asked) for asked in beats.asked] == [["a", "b"]]
    assert of(run, record_id).features.energy == 0.5


def test_what_nobody_could_be_asked_about_is_tried_with_the_next_task(
    run: Listening, beats: FakeReccoBeats
) -> None:
    agree(run)
    silent, whole, nowhere = shelf(run, "Silent", "Whole", "Nowhere")
    album(run, "Silent", {"a": None})
    album(run, "Whole", {"b": 0.5})
    beats.answers(429, {"Retry-After": "3600"})

    result = work(run)

    assert figures(result) == (3, 1, 0, 2)
    assert len(result["problems"]) == 1 and "ReccoBeats" in result["problems"][0]
    assert of(run, silent).tried_at is None
    assert of(run, whole).tried_at and of(run, nowhere).tried_at
    with run.db.reading() as session:
        due = record_sounds.due(session, run.task.person_id or 0)
    assert [one.sought.id for one in due.wanted] == [silent]


def test_one_that_is_stopped_goes_on_with_the_next(run: Listening) -> None:
    shelf(run, "One", "Two")
    run.cancel_at = 2

    with pytest.raises(Cancelled):
        work(run)

    run.cancel_at = None
    assert figures(work(run)) == (2, 0, 0, 2)


def test_of_an_empty_shelf_there_is_little_to_tell(run: Listening) -> None:
    assert figures(work(run)) == (0, 0, 0, 0)


def test_it_is_somebody_s(db: Database, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        sound_records({}, begin(db, settings, HOUSE))

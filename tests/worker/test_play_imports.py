"""Histories of plays are brought, looked at, brought again, and taken back to the last number."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.errors import BadFile, Conflict, Forbidden
from core.plays import Mark, Source, Standing
from core.settings import Settings
from database import feedback, play_imports, tasks
from database.engine import Database
from database.models import Play, PlayImport, Track
from database.owner import HOUSE, Owner
from fakes import plays
from tests import factories
from tests.plays import sums, tallies
from tests.worker.listening import Listening, begin
from worker_jobs.play_imports.job import import_plays
from worker_jobs.play_imports.undo import undo_play_import
from worker_jobs.run import Cancelled

Bring = Callable[..., dict[str, Any]]


@pytest.fixture
def alice(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "alice", zone="Europe/Berlin").id


@pytest.fixture
def bring(db: Database, settings: Settings, alice: int) -> Bring:
    def bring(
        content: str | bytes, *, dry_run: bool = False, run: Listening | None = None
    ) -> dict[str, Any]:
        upload = settings.uploads / "a.upload"
        upload.parent.mkdir(exist_ok=True)
        upload.write_bytes(content.encode() if isinstance(content, str) else content)
        args = {"upload": upload.name, "file_name": "history.json", "dry_run": dry_run}
        run = run or begun(db, settings, alice)
        result = import_plays(args, run)
        with db.writing() as session:
            tasks.ask_cancel(session, run.task.public_id, HOUSE)
        return result

    return bring


def begun(db: Database, settings: Settings, person_id: int) -> Listening:
    return begin(db, settings, Owner(person_id))


def undone(db: Database, settings: Settings, person_id: int, brought: dict[str, Any]) -> Any:
    public_id = brought["result_url"].rpartition("/")[2]
    return undo_play_import({"import": public_id}, begun(db, settings, person_id))


def numbers(db: Database) -> tuple[Any, Any]:
    with db.reading() as session:
        return sums(session), tallies(session)


def count(db: Database, **wanted: Any) -> int:
    with db.reading() as session:
        query = select(func.count()).select_from(Play).filter_by(**wanted)
        return session.scalar(query) or 0


def podcast(one: plays.Played) -> dict[str, Any]:
    nothing = {
        f"master_metadata_{name}": None
        for name in ("track_name", "album_artist_name", "album_album_name")
    }
    return plays.extended_row(
        one,
        **nothing,
        episode_name="An episode",
        episode_show_name="A show",
        spotify_track_uri=None,
    )


def mixed(history: list[plays.Played]) -> str:
    """Return a history with two short plays, two of a podcast, a repeat and a broken row."""
    rows = [plays.extended_row(one) for one in history]
    for row in rows[:2]:
        row |= {"ms_played": 9_000}
    rows[2:4] = [podcast(one) for one in history[2:4]]
    return json.dumps([*rows, rows[-1], {"ts": "never", "ms_played": 1}])


@pytest.mark.parametrize("format_", plays.FORMATS)
def test_a_history_that_is_brought_again_adds_nothing(
    db: Database, bring: Bring, format_: str
) -> None:
    content = plays.FORMATS[format_](plays.history(40))

    first, before = bring(content), numbers(db)
    again = bring(content)

    assert (first["read"], first["added"], first["known"]) == (40, 40, 0)
    assert (again["read"], again["added"], again["known"]) == (40, 0, 40)
    assert numbers(db) == before


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("Streaming_History_Audio_spotify_import_test.json", 39),
        ("koito_export_test.json", 13),
        ("maloja_import_test.json", 38),
        ("listenbrainz_shoko1_123456789.zip", 19),
        ("listenbrainz_shoko1_1749780844.zip", 5),
        ("recenttracks-shoko2-1749776100.json", 10),
    ],
)
def test_real_exports_are_taken_in_once(bring: Bring, samples: Path, name: str, added: int) -> None:
    content = (samples / "listening" / name).read_bytes()

    assert bring(content)["added"] == added
    assert bring(content)["added"] == 0


def test_a_look_tells_what_would_come_of_it_and_leaves_no_trace(db: Database, bring: Bring) -> None:
    content = mixed(plays.history(50))
    nothing = numbers(db)

    looked = bring(content, dry_run=True)
    traces = [numbers(db), count(db)]
    with db.reading() as session:
        traces += [session.scalar(select(func.count()).select_from(Track))]
    brought = bring(content)

    assert traces == [nothing, 0, 0]
    assert looked["parts"] and looked["dry_run"]
    counts = {
        "read": 51, "added": 50, "known": 1, "unreadable": 1,
        "counted": 46, "short": 2, "not_music": 2, "duplicate": 0, "not_me": 0, "deleted": 0,
    }  # fmt: skip
    assert {name: looked[name] for name in counts} == counts
    assert {name: brought[name] for name in counts} == counts


def test_a_look_has_samples_of_each_kind(bring: Bring) -> None:
    history = plays.history(50)

    parts = {part["fate"]: part for part in bring(mixed(history), dry_run=True)["parts"]}

    assert {fate: part["count"] for fate, part in parts.items()} == {
        "counted": 46,
        "short": 2,
        "not_music": 2,
        "known": 1,
    }
    assert len(parts["counted"]["first"]) == 10
    assert parts["not_music"]["first"][0]["by"] == "A show"
    assert parts["short"]["first"][0]["title"] == history[0].title


def test_a_look_knows_what_another_source_has_told(db: Database, bring: Bring) -> None:
    history = plays.history(60)
    bring(plays.lastfm_table(history[:30]))

    looked = bring(plays.extended(history), dry_run=True)
    brought = bring(plays.extended(history))

    # The best source counts: what stood for these plays so far steps back.
    assert looked["counted"] == brought["counted"] == 60
    assert count(db, standing=int(Standing.DUPLICATE)) == 30
    again = bring(plays.maloja(history), dry_run=True)
    assert (again["duplicate"], again["counted"]) == (60, 0)


@pytest.mark.parametrize("format_", sorted(plays.FORMATS.keys() - {"account", "lastfm_r"}))
def test_what_knows_the_minute_of_its_end_is_one_with_what_another_source_tells(
    db: Database, bring: Bring, format_: str
) -> None:
    history = plays.history(60)
    bring(plays.account(history))

    bring(plays.FORMATS[format_](history))

    assert count(db) == 120
    assert count(db, standing=int(Standing.COUNTED)) == 60


def test_an_undo_brings_back_every_number(
    db: Database, settings: Settings, alice: int, bring: Bring
) -> None:
    history = plays.history(200)
    bring(plays.lastfm_table(history[:120]))
    before = numbers(db)
    brought = bring(mixed(history[60:]))

    done = undone(db, settings, alice, brought)

    assert done["undone"] == brought["added"] and done["kept"] == 0
    assert numbers(db) == before
    assert count(db) == 120
    assert undone(db, settings, alice, brought) == done


def test_what_another_source_tells_too_still_counts_after_an_undo(
    db: Database, settings: Settings, alice: int, bring: Bring
) -> None:
    history = plays.history(50)
    first = bring(plays.extended(history))
    bring(plays.lastfm_table(history[:20]))

    undone(db, settings, alice, first)

    assert count(db, standing=int(Standing.COUNTED), source=int(Source.LASTFM)) == 20
    assert count(db) == 20


def test_what_was_corrected_since_stays_when_its_import_is_undone(
    db: Database, settings: Settings, alice: int, bring: Bring
) -> None:
    content = plays.lastfm_table(plays.history(30))
    brought = bring(content)
    with db.writing() as session:
        one = session.scalars(select(Play.id).order_by(Play.id).limit(1)).one()
        session.execute(update(Play).where(Play.id == one).values(mark=int(Mark.NOT_ME)))

    done = undone(db, settings, alice, brought)

    assert (done["undone"], done["kept"]) == (29, 1)
    assert bring(content)["added"] == 29


def test_an_import_that_was_interrupted_goes_on_and_counts_all_of_it(
    db: Database, settings: Settings, alice: int, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_jobs.play_imports.job.BATCH", 20)
    content, run = plays.lastfm_table(plays.history(100)), begun(db, settings, alice)
    run.cancel_at = 3
    with pytest.raises(Cancelled):
        bring(content, run=run)
    half = count(db)

    run.cancel_at = None
    result = bring(content, run=run)

    assert half == 40
    assert (result["added"], result["known"]) == (100, 0)
    with db.reading() as session:
        assert session.scalars(select(PlayImport)).one().counts == {
            name: result[name] for name in session.scalars(select(PlayImport)).one().counts or {}
        }


def test_it_says_how_far_it_is(
    db: Database, settings: Settings, alice: int, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_jobs.play_imports.job.BATCH", 1_000)
    run = begun(db, settings, alice)

    bring(plays.extended(plays.history(3_000)), run=run)

    said = [(done, of) for words, done, of in run.said if words == "Taking in plays"]
    assert len(said) == 3
    assert all(done <= of for done, of in said if done is not None and of is not None)
    assert said == sorted(said)


def test_what_is_no_history_is_told_and_its_file_goes(settings: Settings, bring: Bring) -> None:
    with pytest.raises(BadFile, match="not a history"):
        bring("Title,Year\nJaws,1975\n")

    assert list(settings.uploads.iterdir()) == []


def test_a_file_that_is_gone_is_told(db: Database, settings: Settings, alice: int) -> None:
    with pytest.raises(BadFile, match="not there any more"):
        import_plays({"upload": "gone", "file_name": "x"}, begun(db, settings, alice))


def test_a_history_is_a_persons(db: Database, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        import_plays({"upload": "a", "file_name": "x"}, begin(db, settings))


def test_an_import_that_is_not_over_is_not_undone(
    db: Database, settings: Settings, alice: int
) -> None:
    run = begun(db, settings, alice)
    with db.writing() as session:
        play_imports.begin(session, alice, run.task.public_id, "x")

    with pytest.raises(Conflict, match="not over"):
        undone(db, settings, alice, {"result_url": run.task.public_id})


def test_a_zip_tells_what_each_of_its_files_was(bring: Bring) -> None:
    result = bring(plays.my_spotify_data(plays.history(100)))

    assert [(file["format"], file["rows"]) for file in result["files"] if file["format"]] == [
        ("Spotify, extended history", 50),
        ("Spotify, extended history", 50),
    ]
    assert "personal, and never opened" in [file["why_not"] for file in result["files"]]
    assert result["problems"] == []


def test_what_is_loved_comes_along_and_is_never_overruled(
    db: Database, alice: int, bring: Bring
) -> None:
    ids = [f"08e8f55b-f1a4-46b8-b2d1-fab4c592165{digit}" for digit in "ab"]
    rows = "\n".join(
        json.dumps({"recording_mbid": mbid, "score": 1, "created": 1_700_000_000}) for mbid in ids
    )
    with db.writing() as session:
        feedback.give(session, alice, feedback.HATED, mbid=ids[0], at=5)

    zipped = {"feedback.jsonl": rows, "listens/2025/6.jsonl": plays.listenbrainz(plays.history(3))}
    results = [bring(plays.zipped(zipped)) for _ in range(2)]

    assert [result["loved"] for result in results] == [2, 2]
    with db.reading() as session:
        said = feedback.listed(session, alice, None, limit=10)
    assert [(one.mbid, one.score, one.created_at) for one in said] == [
        (ids[1], 1, 1_700_000_000_000),
        (ids[0], -1, 5),
    ]

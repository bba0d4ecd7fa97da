"""A history that is taken along and brought into an empty Needledrop has the same numbers."""

import json
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock, kinds
from core.kinds import Kind
from core.plays import Context, Heard, Named, Source, row_key
from core.settings import Settings
from database import (
    artist_genres,
    feedback,
    listeners,
    play_additions,
    play_corrections,
    play_edits,
    play_export_files,
    play_genres,
    play_tops,
    schema,
)
from database.engine import Database
from database.models import (
    Artist,
    ArtistGenre,
    Listener,
    Play,
    PlayContext,
    PlayEdit,
    PlayTally,
    Track,
)
from database.owner import Owner
from database.play_choices import Choice
from database.play_intake import Intake
from database.play_sums import Kind as Sum
from database.play_windows import ALWAYS, Window
from tests import factories, plays
from tests.conftest import remove_progress
from tests.worker.listening import begin
from worker_jobs.play_imports.job import import_plays

NOON = 1_764_158_400_000
LAST_YEAR = Window(NOON - 300 * clock.DAY, NOON - 10 * clock.DAY - 12_345)
ADMIN = Owner(1, is_admin=True)
TRACKS = [
    Named("Vitamin C", ("Can",), "Ege Bamyasi"),
    Named("Vitamin C", ("Can",), "Anthology", "Various"),
    Named("vitamin c", ("CAN",)),
    Named("Protection (feat. Tracey Thorn)", ("Massive Attack",), "Protection"),
    Named("Teardrop", ("Massive Attack", "Elizabeth Fraser"), "Mezzanine"),
    Named("Hurt", ("Nine Inch Nails",), "The Downward Spiral"),
    Named("Hurt", ("Johnny Cash",), "American IV"),
    Named("Hurt", ("J. Cash",), "American 4"),
    Named("Ænima", ("TOOL",), "Ænima", "Tool"),
    Named("Field recording", ()),
    Named("An episode", (), "", "", "podcast", "A show"),
    Named("Together", ("A & B",), "Both", credit="A & B"),
]
CLIENT = Context(client="navidrome", platform="linux", is_shuffled=True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Database]:
    """An empty Needledrop, in which one person lives."""
    running = tmp_path / "elsewhere"
    running.mkdir()
    made = Database(f"sqlite:///{running / 'needledrop.sqlite3'}", running)
    schema.ensure(made)
    with made.writing() as session:
        factories.person(session, "somebody else", zone="Europe/Berlin")
    yield made
    made.close()
    remove_progress(made)


@pytest.fixture
def alice(db: Database) -> int:
    """Somebody with a long and tangled history; bob hears some of the same."""
    with db.writing() as session:
        alice = factories.person(session, "alice", zone="Europe/Berlin").id
        bob = factories.person(session, "bob", zone="UTC").id
    dice = random.Random(7)
    for person_id, count in ((bob, 40), (alice, 400)):
        with db.writing() as session:
            Intake(person_id).take(session, [played(dice, nth) for nth in range(count)])
    with db.writing() as session:
        correct(session, alice)
    return alice


def played(dice: random.Random, nth: int) -> Heard:
    named = dice.choice(TRACKS)
    source = dice.choice([Source.SPOTIFY_EXTENDED, Source.LASTFM, Source.SCROBBLE])
    # So dense that sources tell of the same plays.
    at = NOON - dice.randrange(0, 200) * 3 * clock.DAY + dice.randrange(-20, 20) * clock.SECOND
    return Heard(
        named,
        at,
        source,
        row_key(source, nth, at),
        dice.choice([None, 5_000, 31_000, 200_000]),
        at + 200_000 if dice.random() < 0.3 else None,
        dice.choice([None, 180_000, 240_000]),
        CLIENT if dice.random() < 0.5 else None,
        (("spotify", f"id{TRACKS.index(named)}"),) if dice.random() < 0.3 else (),
        raw={"tags": ["x"]} if dice.random() < 0.2 else None,
    )


def correct(session: Session, alice: int) -> None:
    """Correct plays in every way that there is, and names as well."""
    own = Owner(alice)
    play_corrections.not_me(session, alice, Choice(artist="TOOL"), own, None)
    ids = list(session.scalars(select(Play.id).where(Play.person_id == alice).limit(9)))
    play_corrections.delete(session, alice, ids, own)
    listeners.lock(session)
    edit = play_edits.begin(session, alice, "add", "Added")
    track_id = session.scalars(select(Track.id).where(Track.title == "Teardrop")).one()
    new = [play_additions.New(track_id, NOON + nth * clock.HOUR, nth) for nth in range(3)]
    play_additions.put_in(session, edit, alice, Source.MANUAL, new)
    names = dict(session.execute(select(Artist.name, Artist.id)).all())
    play_edits.merge(session, "artists", names["J. Cash"], names["Johnny Cash"], ADMIN)
    artist_genres.put(session, names["Can"], "Krautrock, Rock", ADMIN)
    feedback.give(session, alice, 1, msid=track_msid(session, track_id), at=NOON)
    feedback.give(session, alice, -1, mbid="3b3d130a-87a8-4a47-b9fb-920f2530d134", at=NOON)


def track_msid(session: Session, track_id: int) -> str:
    return session.get_one(Track, track_id).msid


def exported(db: Database, person_id: int) -> bytes:
    return b"".join(play_export_files.as_zip(db, person_id))


def brought(
    db: Database, settings: Settings, content: bytes, person_id: int = 1, name: str = "a.zip"
) -> dict[str, Any]:
    upload = settings.uploads / "an.upload"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(content)
    args = {"upload": upload.name, "file_name": name, "dry_run": False}
    return import_plays(args, begin(db, settings, Owner(person_id)))


def numbers(db: Database, person_id: int) -> dict[str, Any]:
    """Return all that pages tell of somebody, by names."""
    told: dict[str, Any] = {}
    with db.reading() as session:
        whose = listeners.Whose(person_id, (person_id,), "Europe/Berlin")
        for window in (ALWAYS, LAST_YEAR):
            for kind in (Sum.ARTIST, Sum.PRIMARY, Sum.ALBUM, Sum.TRACK):
                for by in ("plays", "ms"):
                    found = play_tops.tops(session, whose, kind, window, limit=100, by=by)
                    told[f"{kind} {by} {window}"] = Counter(one[1:] for one in found)
            told[f"totals {window}"] = play_tops.totals(session, whose, window)
            told[f"hours {window}"] = play_tops.hours(session, whose, window)
            told[f"days {window}"] = play_tops.days(session, whose, window)
            found_genres = play_genres.tops(session, whose, window, 10)
            told[f"genres {window}"] = [one[1:] for one in found_genres]
        told["tallies"] = tallies(session, person_id)
        told["plays"] = kept(session, person_id)
        told["feedback"] = sorted(feedback.listed(session, person_id, None, limit=10))
        told["rule"] = listeners.get(session, person_id).rule
    return told


def tallies(session: Session, person_id: int) -> Any:
    by = (
        PlayTally.month,
        PlayTally.source,
        PlayContext.digest,
        PlayTally.standing,
        PlayTally.is_estimated,
    )
    query = select(*by, func.sum(PlayTally.plays), func.sum(PlayTally.ms))
    query = query.outerjoin(PlayContext, PlayContext.id == PlayTally.context_id)
    query = query.where(PlayTally.person_id == person_id).group_by(*by)
    return sorted(tuple(map(str, row)) for row in session.execute(query))


def kept(session: Session, person_id: int) -> Any:
    """Return every play in full, without the numbers that only its own house has."""
    rows = session.execute(
        select(Play, Track.msid)
        .join(Track, Track.id == Play.track_id)
        .where(Play.person_id == person_id)
    )
    return {
        play.row_key: (
            msid, play.started_at, play.ended_at, play.ms_played, play.ms, play.source,
            play.standing, play.day, play.hour_of_week, play.mark, play.raw,
            play.marked_by is None, play.made_by is None,
        )
        for play, msid in rows
    }  # fmt: skip


def test_all_numbers_are_the_same_elsewhere(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    told = brought(elsewhere, settings, exported(db, alice))

    wanted, found = numbers(db, alice), numbers(elsewhere, 1)
    assert {name for name in wanted if wanted[name] != found[name]} == set()
    assert (told["unreadable"], told["aside"], told["problems"]) == (0, {}, [])
    assert told["added"] == len(wanted["plays"])
    with elsewhere.reading() as session:
        assert plays.recounted(session) == (plays.sums(session), plays.tallies(session))
        assert plays.settled(session) == plays.kept(session)


def test_a_correction_is_taken_back_there_as_here(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    brought(elsewhere, settings, exported(db, alice))

    for house, person_id in ((db, alice), (elsewhere, 1)):
        for kind in ("add", "delete", "not-me"):
            with house.writing() as session:
                edit = session.scalars(
                    select(PlayEdit).where(PlayEdit.kind == kind, PlayEdit.person_id == person_id)
                ).one()
                play_edits.undo(session, edit, Owner(person_id))

    wanted, found = numbers(db, alice), numbers(elsewhere, 1)
    assert {name for name in wanted if wanted[name] != found[name]} == set()


def test_brought_twice_or_into_the_house_it_is_from_it_adds_nothing(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    content = exported(db, alice)
    before = numbers(db, alice)
    brought(elsewhere, settings, content)
    there = numbers(elsewhere, 1)

    assert brought(db, settings, content, alice)["added"] == 0
    assert brought(elsewhere, settings, content)["added"] == 0

    assert numbers(db, alice) == before
    assert numbers(elsewhere, 1) == there
    with elsewhere.reading() as session:
        assert session.scalar(select(func.count()).select_from(PlayEdit)) == 3


def test_what_it_is_exported_as_again_is_the_same(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    first = exported(db, alice)
    brought(elsewhere, settings, first)

    again = exported(elsewhere, 1)

    assert Counter(nameless(again)) == Counter(nameless(first))


def nameless(content: bytes) -> Iterator[str]:
    """Yield the lines of an export without the numbers that things have in their house."""
    local = ("number", "track", "context", "marked_by", "made_by", "name", "counts_as")
    with zipfile.ZipFile(BytesIO(content)) as zipped:
        for name in zipped.namelist():
            for line in zipped.read(name).splitlines():
                row = json.loads(line)
                kept = {key: value for key, value in row.items() if key not in local}
                yield json.dumps(kept, sort_keys=True)


def test_nothing_of_somebody_elses_goes_along(db: Database, alice: int) -> None:
    with db.writing() as session:
        bob = alice + 1
        named = Named("Secret", ("Hidden",), "Unseen")
        secret = Heard(named, NOON, Source.LASTFM, 1, context=Context(client="bobs"))
        Intake(bob).take(session, [secret])
        feedback.give(session, bob, 1, mbid="11111111-87a8-4a47-b9fb-920f2530d134")

    told = "\n".join(nameless(exported(db, alice))).lower()

    assert not [word for word in ("secret", "hidden", "unseen", "bobs", "11111111") if word in told]


def test_names_that_are_known_there_stay_as_they_are(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    with elsewhere.writing() as session:
        Intake(1).take(session, [Heard(Named("Hurt", ("J. Cash",)), 0, Source.KOITO, 5)])
        session.execute(update(Listener).values(rule="all", is_shared=False))
        cash = session.scalars(select(Artist.id)).one()

    brought(elsewhere, settings, exported(db, alice))

    with elsewhere.reading() as session:
        assert session.get_one(Artist, cash).counts_as is None
        own = listeners.get(session, 1)
        assert (own.rule, own.is_shared) == ("all", False)
        assert session.scalar(select(func.count()).select_from(ArtistGenre)) == 2
        assert plays.recounted(session) == (plays.sums(session), plays.tallies(session))


def test_a_broken_line_costs_that_line(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    with zipfile.ZipFile(BytesIO(exported(db, alice))) as zipped:
        lines = zipped.read("listening.jsonl").splitlines()
    plays_of_it = [line for line in lines if b'"is":"play"' in line]
    hostile = [
        b"{",
        b'{"is":"play"}',
        b'{"is":"play","at":1e400,"track":1,"source":"LASTFM","row_key":1}',
        b'{"is":"play","at":1,"track":999999,"source":"LASTFM","row_key":1}',
        b'{"is":"mark","row_key":99999999999999999999}',
        b'{"is":"track","number":1,"title":"\\u0000","artists":["\\ud800"]}',
        b'{"is":"artist","name":[]}',
        b'{"is":"listener","version":2}',
        b'{"is":["x"]}',
        b'["is"]',
        b"7",
    ]
    edit = {"is": "edit", "number": 1, "public_id": "a", "said": "", "plays": 1, "created_at": 1}
    hostile.append(json.dumps(edit | {"kind": "merge-artists"}).encode())
    hostile.append(json.dumps(edit | {"kind": "delete", "created_at": 2**62}).encode())
    content = b"\n".join([*lines, *hostile])

    told = brought(elsewhere, settings, content, name="a.jsonl")

    assert told["added"] == len(plays_of_it)
    assert told["unreadable"] == len(hostile)
    assert told["files"][0]["rows"] == len(plays_of_it)


def test_lengths_and_ends_that_cannot_be_spoil_no_sum(
    elsewhere: Database, settings: Settings
) -> None:
    track = {"is": "track", "number": 1, "title": "a", "artists": ["b"], "duration_ms": 2**62}
    play = {"is": "play", "at": 1_700_000_000_000, "track": 1, "source": "LASTFM"}
    rows = [
        {"needledrop": "listening", "version": 1, "is": "listener", "rule": "all"},
        track,
        play | {"row_key": 1, "duration_ms": 2**62},
        play | {"row_key": 2, "duration_ms": -5},
        play | {"row_key": 3, "ended_at": 2**62},
        play | {"row_key": 4, "ended_at": 1},
    ]

    told = brought(elsewhere, settings, "\n".join(map(json.dumps, rows)).encode(), name="a.jsonl")

    assert (told["added"], told["unreadable"]) == (2, 3)
    with elsewhere.reading() as session:
        assert session.scalar(select(func.max(Play.ms))) == 0
        assert session.scalar(select(func.min(Play.ms))) == 0


def test_it_is_known_by_its_content(db: Database, alice: int, tmp_path: Path) -> None:
    file = tmp_path / "unnamed"
    file.write_bytes(exported(db, alice))

    assert kinds.of(file) is Kind.PLAYS


def test_malojas_form_has_what_counts_a_second_each(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    text = "".join(play_export_files.as_maloja(db, alice))

    told = json.loads(text)
    assert list(told) == ["maloja", "scrobbles"] and list(told["maloja"]) == ["export_time"]
    times = [one["time"] for one in told["scrobbles"]]
    assert times == sorted(set(times))
    with db.reading() as session:
        whose = listeners.Whose(alice, (alice,), "Europe/Berlin")
        assert len(times) == play_tops.totals(session, whose, ALWAYS).plays
        artists = play_tops.tops(session, whose, Sum.ARTIST, ALWAYS, limit=100)
    counted = Counter(name for one in told["scrobbles"] for name in one["track"]["artists"] if name)
    assert counted == {one.name: one.plays for one in artists}
    for one in told["scrobbles"]:
        assert list(one) == ["time", "track", "duration", "origin"]
        assert list(one["track"]) == ["artists", "title", "album", "length"]
        assert one["track"]["album"] is None or list(one["track"]["album"]) == [
            "artists",
            "albumtitle",
        ]
        assert isinstance(one["duration"], int | None) and isinstance(
            one["track"]["length"], int | None
        )
        assert one["origin"] in ("client:navidrome", "import:needledrop")
    with_artist = [one for one in told["scrobbles"] if one["track"]["artists"] != [""]]
    assert brought(elsewhere, settings, text.encode(), name="m.json")["added"] == len(with_artist)


def test_nobody_without_plays_gets_more_than_the_first_line(db: Database) -> None:
    with db.writing() as session:
        person = factories.person(session, "carol")

    assert len(list(nameless(exported(db, person.id)))) == 1
    told = json.loads("".join(play_export_files.as_maloja(db, person.id)))
    assert told["scrobbles"] == []

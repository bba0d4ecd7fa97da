"""The mosaic job alone, against fake services: what it makes, keeps, asks for and leaves out."""

import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import Connection, event, func, select, update

from core.errors import BadFile, InvalidInput, NeedledropError, RemoteError
from core.settings import Settings
from database import mosaic_files, mosaics
from database.engine import Database
from database.film_identity import merge
from database.models import (
    Film,
    FilmMark,
    FilmSource,
    Mosaic,
    MosaicFilm,
    PictureAddress,
    Task,
    Viewing,
)
from database.owner import HOUSE, Owner
from fakes.diary import Viewing as Watched
from fakes.export import export
from fakes.films import films, find
from fakes.letterboxd import FakeLetterboxd
from fakes.tmdb import FakeTmdb
from tests import factories
from tests.worker.listening import Listening, begin
from worker_jobs import clean_up, reconciling
from worker_jobs.imports.job import import_films
from worker_jobs.mosaic import layout
from worker_jobs.mosaic.job import create_mosaic
from worker_jobs.mosaic.jpeg import TooLarge
from worker_jobs.run import Cancelled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


Make = Callable[..., tuple[dict[str, Any], Listening]]


@pytest.fixture
def make(db: Database, settings: Settings) -> Make:
    """Run the job as a task of `owner` and finish it; return its result and the Run."""

    def run(owner: Owner = HOUSE, settings_: Settings | None = None, **args: Any) -> Any:
        listening = begin(db, settings_ or settings, owner)
        result = create_mosaic(asked(**args), listening)
        listening.finish()
        return result, listening

    return run


def asked(**args: Any) -> dict[str, Any]:
    return {
        "source": "feed",
        "letterboxd_username": "dave",
        "upload": None,
        "file_name": None,
        "period": "month",
        "layout": "sheet",
        "scale": 1,
        "zone": "UTC",
    } | args


def today() -> date:
    return datetime.now(UTC).date()


def month(*titles: str) -> list[Watched]:
    """Return viewings of these films, all today, the first one newest."""
    return [Watched(find(title), today(), half_stars=7) for title in titles]


def shown(db: Database, result: dict[str, Any]) -> tuple[Mosaic, list[mosaics.FilmShown]]:
    with db.reading() as session:
        mosaic = mosaics.get(session, result["mosaic"], HOUSE)
        return mosaic, mosaics.films(session, mosaic.id)


def test_posters_stand_in_the_sequence_that_was_asked_for(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Alien", "Notorious", "Jaws"))

    result, _ = make(sequence="year")

    mosaic, films = shown(db, result)
    assert [film.title for film in films] == ["Notorious", "Jaws", "Alien"]
    assert "oldest film first: Notorious (1946" in mosaic.alt
    assert mosaic.recipe["sequence"] == "year"


def test_a_feed_becomes_a_picture(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws", "Alien"))

    result, run = make()

    mosaic, films = shown(db, result)
    assert {film.title for film in films} == {"Jaws", "Alien"}
    assert all(film.has_poster and film.half_stars == 7 for film in films)
    assert result["result_url"] == "/user/dave"
    assert mosaic.title == f"dave – {today():%B %Y}"
    with Image.open(settings.pictures / str(mosaic.file)) as picture:
        assert picture.size == (mosaic.width, mosaic.height)
        picture.load()
    with Image.open(settings.pictures / mosaics.preview_of(str(mosaic.file))) as small:
        assert small.size == (mosaic.preview_width, mosaic.preview_height)
    phases = list(dict.fromkeys(msg for msg, _, _ in run.said))
    assert phases[:2] == ["Collecting data", "Asking Letterboxd"]
    assert ("Fetching posters", 2, 2) in run.said
    assert mosaic.is_shared


def test_two_films_of_one_title_both_appear(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", [Watched(find("Suspiria", year), today()) for year in (1977, 2018)])

    _, films = shown(db, make()[0])

    assert sorted(film.year or 0 for film in films) == [1977, 2018]


def test_an_unknown_name_is_told_by_name(make: Make) -> None:
    with pytest.raises(RemoteError, match="nobody has no Letterboxd feed") as caught:
        make(letterboxd_username="nobody")

    assert caught.value.retry_after is None


def test_a_period_without_films_is_told_by_name(letterboxd: FakeLetterboxd, make: Make) -> None:
    letterboxd.member("dave", [Watched(find("Jaws"), date(2020, 2, 29))])

    with pytest.raises(InvalidInput, match="dave has no films for this period"):
        make()


def test_the_feed_is_asked_for_once_an_hour_and_then_with_its_tag(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    make()
    make()
    feeds = [asked for asked in letterboxd.requests if asked.path.startswith("/dave")]
    assert len(feeds) == 1

    with db.writing() as session:
        session.execute(update(FilmSource).values(fetched_at=1))
    make()

    feeds = [asked for asked in letterboxd.requests if asked.path.startswith("/dave")]
    assert len(feeds) == 2
    assert feeds[1].headers.get("if-none-match")


def test_posters_are_fetched_once(letterboxd: FakeLetterboxd, make: Make) -> None:
    letterboxd.member("dave", month("Jaws", "Alien"))
    make()
    before = len(letterboxd.requests)

    make()

    assert len(letterboxd.requests) == before


@pytest.mark.parametrize(
    ("fault", "remembered"),
    [
        (lambda fake: fake.answers(404, path_prefix="/resized/"), [None]),
        (
            lambda fake: fake.answers(
                200, {"Content-Type": "image/jpeg"}, b"\xff\xd8\xff no", path_prefix="/resized/"
            ),
            [None],
        ),
        (lambda fake: fake.html(path_prefix="/resized/"), []),
        (lambda fake: fake.answers(403, path_prefix="/resized/"), []),
        (lambda fake: fake.redirects_to("http://192.0.2.7/x.jpg", path_prefix="/resized/"), []),
        (lambda fake: fake.redirects_to("http://[", path_prefix="/resized/"), []),
    ],
    ids=["gone", "garbage", "a hotspot's page", "barred", "elsewhere", "nowhere"],
)
def test_a_poster_that_is_none_becomes_a_card(
    db: Database,
    letterboxd: FakeLetterboxd,
    make: Make,
    fault: Callable[[Any], None],
    remembered: list[None],
) -> None:
    letterboxd.member("dave", month("Jaws"))
    fault(letterboxd)

    mosaic, films = shown(db, make()[0])

    assert mosaic.file
    assert [film.has_poster for film in films] == [False]
    with db.reading() as session:
        assert session.scalars(select(PictureAddress.sha256)).all() == remembered


def test_a_poster_server_that_is_away_is_not_asked_for_ever(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", seed=3)
    letterboxd.answers(403, path_prefix="/resized/")

    _, films = shown(db, make(period="last30")[0])

    assert len(films) == 30
    assert not any(film.has_poster for film in films)
    asked_for = [one for one in letterboxd.requests if one.path.startswith("/resized/")]
    # Five refusals in a row, and what the other three connections had begun.
    assert len(asked_for) <= 8


@pytest.mark.parametrize("period", ["last30", "all"])
def test_a_film_of_no_known_day_says_nothing_of_the_period(
    db: Database, settings: Settings, make: Make, period: str
) -> None:
    marked = "Date,Name,Year,Letterboxd URI\n2026-01-01,{},{},https://boxd.it/{}\n"
    watched = marked.format("Jaws", 1975, "a") + "2026-01-01,Pi,1998,https://boxd.it/b\n"
    diary = "Date,Name,Year,Letterboxd URI,Watched Date\n"
    diary += "2025-03-02,Jaws,1975,https://boxd.it/c,2025-03-01\n"
    with zipfile.ZipFile(settings.uploads / "a.upload", "w") as out:
        out.writestr("watched.csv", watched)
        out.writestr("diary.csv", diary)

    result, _ = make(source="export", upload="a.upload", file_name="x.zip", period=period)

    mosaic, films = shown(db, result)
    if period == "all":
        assert [film.title for film in films] == ["Jaws", "Pi"]
        assert mosaic.title == "Your films – 2025"
    else:
        assert [film.title for film in films] == ["Jaws"]
        assert f"– March 2025 – {today():%B %Y}" in mosaic.title


def test_that_a_feed_begins_too_late_is_said(letterboxd: FakeLetterboxd, make: Make) -> None:
    all_of_them = month(*[film.title for film in films()[:49]])
    letterboxd.member("dave", [*all_of_them, all_of_them[0]])

    first, again = (make(scale=scale)[0] for scale in (1, 2))

    assert first["films"] < 50
    assert "newest 50 entries only" in first["note"]
    assert again["note"] == first["note"]


def test_that_it_reaches_further_back_is_not(letterboxd: FakeLetterboxd, make: Make) -> None:
    letterboxd.member("dave", [*month("Jaws"), Watched(find("Alien"), date(2020, 2, 29))])

    first, again = (make(scale=scale)[0] for scale in (1, 2))

    assert (first["note"], again["note"]) == ("", "")


def test_more_than_a_picture_can_hold_is_said_before_anybody_is_asked(
    settings: Settings, letterboxd: FakeLetterboxd, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    letterboxd.member("dave", month("Jaws", "Alien"))
    monkeypatch.setattr(layout, "MOST_PIXELS", 100_000)
    with FakeTmdb() as tmdb:
        told = {"tmdb_token": SecretStr("token"), "tmdb_url": tmdb.url}

        with pytest.raises(TooLarge):
            make(settings_=settings.model_copy(update=told))

        assert tmdb.requests == []
    assert [asked.route for asked in letterboxd.requests] == ["/dave/rss/"]


def test_a_poster_from_elsewhere_is_not_fetched(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    make()
    with FakeLetterboxd() as other:
        with db.writing() as session:
            session.execute(update(Viewing).values(poster_address=f"{other.url}/secret.jpg"))
        make_again = make()

        assert not other.requests, other.url
    assert [film.has_poster for film in shown(db, make_again[0])[1]] == [False]


def test_with_a_token_tmdb_tells_the_director(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    with FakeTmdb() as tmdb:
        known = settings.model_copy(
            update={
                "tmdb_token": SecretStr("token"),
                "tmdb_url": tmdb.url,
                "tmdb_image_url": tmdb.url,
            }
        )

        result, _ = make(settings_=known)

    assert [film.director for film in shown(db, result)[1]] == ["Steven Spielberg"]


def test_tmdb_refusing_the_token_is_no_error(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    with FakeTmdb() as tmdb:
        wrong = {"tmdb_token": SecretStr("wrong"), "tmdb_url": tmdb.url}

        result, _ = make(settings_=settings.model_copy(update=wrong))

    assert [film.director for film in shown(db, result)[1]] == [None]


def test_cancelled_half_way_nothing_is_left(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd
) -> None:
    letterboxd.member("dave", seed=2)
    for cancel_at in (2, 3, 10, 20):
        run = begin(db, settings)
        run.cancel_at = cancel_at

        with pytest.raises(Cancelled):
            create_mosaic(asked(period="last30"), run)

    assert list(settings.pictures.iterdir()) == []
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Mosaic)) == 0


def test_the_same_for_somebody_else_is_the_same_picture(
    db: Database, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws", "Alien"))

    owners = (HOUSE, Owner(guest_hash="g"))
    first, second = (shown(db, make(owner)[0])[0] for owner in owners)

    assert first.sha256 == second.sha256
    assert first.file != second.file


def put(settings: Settings, content: bytes) -> str:
    (settings.uploads / "a.upload").write_bytes(content)
    return "a.upload"


def test_a_guests_export_leaves_nothing_but_the_mosaic(
    db: Database, settings: Settings, make: Make
) -> None:
    upload = put(settings, export("maya", month("Jaws", "Alien")))

    result, _ = make(
        Owner(guest_hash="g"), source="export", upload=upload, file_name="x.zip", period="all"
    )

    mosaic, films = shown(db, result)
    assert len(films) == 2
    assert (mosaic.guest_hash, mosaic.is_shared, mosaic.name) == ("g", False, "maya")
    with db.reading() as session:
        for model in (Viewing, FilmMark, FilmSource, Film):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_a_members_export_joins_their_collection(
    db: Database, settings: Settings, make: Make
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice")
    upload = put(settings, export("alice_a", month("Jaws", "Alien")))

    result, _ = make(
        Owner(alice.id), source="export", upload=upload, file_name="x.zip", period="all"
    )

    mosaic, _ = shown(db, result)
    assert mosaic.recipe["source"] == "films"
    again, _ = make(Owner(alice.id), **{**mosaic.recipe, "scale": 1})
    assert shown(db, again)[0].name == "alice"
    assert len(shown(db, again)[1]) == 2


def test_an_export_that_is_none_is_told_and_nothing_kept(
    db: Database, settings: Settings, make: Make
) -> None:
    upload = put(settings, b"not a zip, not a table")

    with pytest.raises(BadFile):
        make(source="export", upload=upload, file_name="x.zip", period="all")

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Film)) == 0


@pytest.mark.slow
def test_a_real_export_gives_its_mosaic_of_everything_without_network(
    db: Database, settings: Settings, make: Make, samples: Path
) -> None:
    source = samples / "letterboxd" / "patrickmjones-export"
    zipped = settings.uploads / "real.upload"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as out:
        for file in source.rglob("*.csv"):
            out.write(file, str(file.relative_to(source)))

    result, _ = make(source="export", upload=zipped.name, file_name="real.zip", period="all")

    mosaic, films = shown(db, result)
    assert len(films) > 2000
    with db.reading() as session:
        kept = session.scalar(select(func.count()).select_from(MosaicFilm))
    assert kept == len(films)
    assert (settings.pictures / str(mosaic.file)).stat().st_size == mosaic.size


def test_an_import_counts_what_it_does(db: Database, settings: Settings) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice")
    put(settings, export("alice_a", month("Jaws", "Alien")))
    args = {"upload": "a.upload", "file_name": "x.zip", "dry_run": True}

    trial = import_films(args, begin(db, settings, Owner(alice.id)))
    first = import_films(args | {"dry_run": False}, begin(db, settings, Owner(alice.id)))
    second = import_films(args | {"dry_run": False}, begin(db, settings, Owner(alice.id)))

    assert [one["added"] for one in (trial, first, second)] == [2, 2, 0]
    assert [one["same"] for one in (trial, first, second)] == [0, 0, 2]


def test_files_and_rows_are_made_to_agree(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    kept, lost = (shown(db, make(scale=scale)[0])[0] for scale in (1, 2))
    (settings.pictures / str(lost.file)).unlink()
    shutil.copy(settings.pictures / str(kept.file), settings.pictures / "orphan.1.jpg")
    (settings.pictures / "torn.1.jpg.part").write_bytes(b"x")

    reconciling.reconcile(db, settings)

    left = {path.name for path in settings.pictures.iterdir()}
    assert left == set(mosaics.files_of(str(kept.file)))
    with db.reading() as session:
        assert mosaic_files.files(session) == {kept.file}


def test_what_a_living_attempt_writes_is_let_alone(db: Database, settings: Settings) -> None:
    run = begin(db, settings)
    with db.writing() as session:
        session.execute(
            update(Task).values(status="PROGRESSING", attempt=1, worker_id=1, claimed_at=1)
        )
    mine = settings.pictures / f"{run.task.public_id}.1.jpg.part"
    old = settings.pictures / f"{run.task.public_id}.0.jpg"
    mine.write_bytes(b"x")
    old.write_bytes(b"x")

    reconciling.reconcile(db, settings)

    assert mine.exists()
    assert not old.exists()


def test_what_is_begun_while_it_looks_is_let_alone(db: Database, settings: Settings) -> None:
    run = begin(db, settings)
    mine = settings.pictures / f"{run.task.public_id}.1.jpg.part"
    asked = []

    def asks(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if "FROM tasks" in statement:
            asked.append(statement)

    def has_looked(_connection: Connection) -> None:
        if asked:
            mine.write_bytes(b"x")

    event.listen(db.engine, "before_cursor_execute", asks)
    event.listen(db.engine, "commit", has_looked)
    reconciling.reconcile(db, settings)

    assert mine.exists()


def test_the_clean_up_drops_what_has_had_its_time(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd, make: Make
) -> None:
    letterboxd.member("dave", month("Jaws"))
    with db.writing() as session:
        alice = factories.person(session, "alice")
    make(Owner(guest_hash="g"))
    kept = shown(db, make(Owner(alice.id))[0])[0]
    long_ago = int((datetime.now(UTC) - timedelta(days=40)).timestamp() * 1000)
    with db.writing() as session:
        session.execute(update(Mosaic).values(created_at=long_ago))
        session.execute(
            update(Task).values(
                status="COMPLETE", finished_at=long_ago, run_at=long_ago, sort_key=long_ago
            )
        )

    clean_up.clean_up({}, begin(db, settings))

    with db.reading() as session:
        assert session.scalars(select(Mosaic.id)).all() == [kept.id]
        assert session.scalar(select(func.count()).select_from(Task)) == 1
    assert len(list(settings.pictures.iterdir())) == 3


@pytest.mark.parametrize(
    ("room_for", "left"), [(4, [0, 1, 2, 3]), (3, [0, 2, 3]), (2, [0, 3]), (1, [3]), (0, [])]
)
def test_over_the_limit_the_oldest_goes_first_and_the_newest_of_a_name_last(
    db: Database,
    settings: Settings,
    letterboxd: FakeLetterboxd,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    room_for: int,
    left: list[int],
) -> None:
    for name in ("erin", "dave"):
        letterboxd.member(name, month("Jaws"))
    with db.writing() as session:
        alice = factories.person(session, "alice")
    asked_for = [("erin", "title"), ("dave", "title"), ("dave", "year"), ("dave", "rating")]
    made = [
        shown(db, make(Owner(alice.id), letterboxd_username=name, sequence=sequence)[0])[0]
        for name, sequence in asked_for
    ]
    # Pictures, previews and tiles: all take room.
    weights = {path.name: path.stat().st_size for path in settings.pictures.iterdir()}
    most = max(sum(weights[file] for file in mosaics.files_of(str(one.file))) for one in made)
    monkeypatch.setattr(clean_up, "PICTURES_MOST", most * room_for)

    gone = clean_up.clean_up({}, begin(db, settings))

    assert gone["pictures"] == 4 - len(left)
    with db.reading() as session:
        files = session.scalars(select(Mosaic.file).order_by(Mosaic.id)).all()
    assert [at for at, file in enumerate(files) if file] == left
    assert len(list(settings.pictures.iterdir())) == 3 * len(left)


def test_a_guests_export_without_films_in_the_period_is_told_in_good_grammar(
    settings: Settings, make: Make
) -> None:
    content = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
    content += "2020-02-29,Jaws,1975,https://boxd.it/e1,4,,,2020-02-29\n"
    upload = put(settings, content.encode())

    with pytest.raises(InvalidInput, match=r"^This export has no films for this period\.$"):
        make(Owner(guest_hash="g"), source="export", upload=upload, file_name="diary.csv")


def test_a_film_that_became_another_meanwhile_stays_in_the_picture(
    db: Database, settings: Settings, letterboxd: FakeLetterboxd
) -> None:
    letterboxd.member("dave", month("Jaws", "Alien"))
    run = begin(db, settings)
    result = create_mosaic(asked(), run)
    with db.writing() as session:
        jaws = session.scalars(select(Film.id).where(Film.title == "Jaws")).one()
        alien = session.scalars(select(Film.id).where(Film.title == "Alien")).one()
        merge(session, jaws, alien)

    run.finish()

    assert {film.title for film in shown(db, result)[1]} == {"Jaws", "Alien"}


def test_an_expected_failure_is_one_sentence(make: Make) -> None:
    with pytest.raises(NeedledropError, match="bring it again"):
        make(source="export", upload="gone.upload", file_name="x.zip", period="all")

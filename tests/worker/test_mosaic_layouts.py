"""Walls and pictures made of posters as a task makes them: sources, targets, sketches, places."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from core.errors import InvalidInput, NoRoom, NotFound
from core.settings import Settings
from database import film_posters, mosaics, viewings
from database.engine import Database
from database.models import Film, FilmMark, Mosaic, Picture, Viewing
from database.owner import HOUSE, Owner
from fakes.diary import Viewing as Watched
from fakes.export import export
from fakes.films import films, find
from fakes.letterboxd import FakeLetterboxd
from tests import factories
from tests.worker.listening import Listening, begin
from worker_jobs.imports.job import import_films
from worker_jobs.mosaic.job import create_mosaic
from worker_jobs.mosaic.pictures import BadPicture
from worker_jobs.run import Cancelled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Make = Callable[..., tuple[dict[str, Any], Listening]]
TITLES = [film.title for film in films()[:30]]


@pytest.fixture
def make(db: Database, settings: Settings, letterboxd: FakeLetterboxd) -> Make:
    day = datetime.now(UTC).date()
    letterboxd.member(
        "dave",
        [
            Watched(film, day, half_stars=1 + number % 10)
            for number, film in enumerate(films()[:30])
        ],
    )

    def run(owner: Owner = HOUSE, **args: Any) -> Any:
        listening = begin(db, settings, owner)
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
        "layout": "wall",
        "zone": "UTC",
    } | args


def shown(db: Database, result: dict[str, Any]) -> tuple[Mosaic, list[mosaics.FilmShown]]:
    with db.reading() as session:
        mosaic = mosaics.get(session, result["mosaic"], HOUSE)
        return mosaic, mosaics.films(session, mosaic.id)


def places(db: Database, mosaic: Mosaic) -> dict[str, Any]:
    with db.reading() as session:
        return mosaics.places(session, mosaic.id) or {}


def picture(settings: Settings, mosaic: Mosaic) -> Image.Image:
    with Image.open(settings.pictures / str(mosaic.file)) as image:
        image.load()
        return image


def send(settings: Settings, name: str, image: Image.Image, **options: Any) -> str:
    settings.uploads.mkdir(exist_ok=True)
    image.save(settings.uploads / name, **options)
    return name


def test_a_wall_is_made_kept_and_told(db: Database, settings: Settings, make: Make) -> None:
    result, _ = make(size="hd", ground="mean", gap="wide", heading=True)

    mosaic, films_ = shown(db, result)
    image = picture(settings, mosaic)
    assert image.size == (1920, 1080) == (mosaic.width, mosaic.height)
    assert mosaic.alt.startswith("Wall of 30 film posters, dave,")
    assert len(films_) == 30 and all(film.has_poster for film in films_)
    assert places(db, mosaic)["rows"] >= 1
    assert image.info["dpi"] == (300, 300) and image.info["icc_profile"]
    assert image.getexif()[0x010E].encode("latin-1").decode() == mosaic.alt
    assert set(image.getexif()) == {0x010E, 0x0131}


@pytest.mark.parametrize("sequence", ["spectrum", "-spectrum", "islands", "-islands"])
@pytest.mark.parametrize("layout", ["sheet", "wall"])
def test_by_colour_every_film_is_there_and_the_colours_are_kept(
    db: Database, make: Make, layout: str, sequence: str
) -> None:
    result, _ = make(layout=layout, sequence=sequence)

    mosaic, films_ = shown(db, result)
    assert sorted(film.title for film in films_) == sorted(TITLES)
    assert [film.title for film in films_] != TITLES
    assert "by colour" in mosaic.alt
    with db.reading() as session:
        looked = select(func.count()).where(Picture.parts.is_not(None))
        assert session.scalar(looked) == len(TITLES)


@pytest.mark.parametrize("name", ["spectrum", "islands"])
def test_turned_round_each_row_is_mirrored(db: Database, make: Make, name: str) -> None:
    """Above an unfilled row, too, nothing moves from one end of the wall to the other."""
    rows = []
    for sequence in (name, f"-{name}"):
        result, _ = make(layout="wall", sequence=sequence, columns=7)
        titles = [film.title for film in shown(db, result)[1]]
        rows.append([titles[start : start + 7] for start in range(0, len(TITLES), 7)])

    assert len(TITLES) % 7
    assert rows[1] == [row[::-1] for row in rows[0]]


def test_colours_are_looked_at_once(settings: Settings, make: Make) -> None:
    make(sequence="spectrum")
    for file in settings.posters.rglob("*"):
        if file.is_file():
            file.write_bytes(b"no picture any more")

    _, run = make(sequence="spectrum", columns=5)

    assert not [done for msg, done, of in run.said if msg == "Looking at the colours" and of]


def test_a_picture_is_made_after_one_that_was_sent(
    db: Database, settings: Settings, make: Make
) -> None:
    target = send(settings, "0.upload", Image.linear_gradient("L").convert("RGB"), format="PNG")

    result, run = make(layout="photo", target_upload=target, columns=12, tint=0.3)

    mosaic, films_ = shown(db, result)
    assert mosaic.alt.startswith("Picture made of 30 film posters")
    assert len(films_) == 30
    where = places(db, mosaic)
    assert len(where["cells"]) == where["columns"] * where["rows"] == 12 * where["rows"]
    assert ("Building the picture", where["rows"], where["rows"]) in run.said
    # It can be made again though the file that was sent is gone.
    kept = mosaic.recipe["target_sha256"]
    assert film_posters.own_path(settings.own_posters, kept).is_file()
    (settings.uploads / target).unlink()
    assert not mosaic.is_shared
    again, _ = make(layout="photo", target_sha256=kept, columns=12, tint=0.3, size="square")
    assert (shown(db, again)[0].width, shown(db, again)[0].height) == (2048, 2048)


def test_a_sketch_is_there_before_the_picture_and_goes_after_it(
    db: Database, settings: Settings, make: Make
) -> None:
    target = send(settings, "0.upload", Image.linear_gradient("L").convert("RGB"), format="PNG")
    seen: list[tuple[int, int]] = []

    class Looking(Listening):
        def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
            if msg == "Building the picture" and not seen:
                name = mosaics.sketch_of(self.task.public_id, self.task.attempt)
                with Image.open(settings.pictures / name) as sketch:
                    seen.append(sketch.size)
            super().report(msg, done, of)

    make()  # the posters are here
    task = begin(db, settings, HOUSE).task
    wanted = asked(layout="photo", target_upload=target, columns=10)
    create_mosaic(wanted, Looking(db, settings, task))

    assert seen and max(seen[0]) <= 1440
    assert not list(settings.pictures.glob("*.sketch*"))


@pytest.mark.parametrize(
    ("phase", "args"),
    [
        ("Looking at the colours", {"sequence": "spectrum"}),
        ("Sorting by colour", {"sequence": "islands"}),
        ("Building the picture", {"layout": "wall", "columns": 9}),
        ("Building the picture", {"layout": "wall", "size": "hd"}),
        ("Cutting it into tiles", {"layout": "wall", "columns": 9}),
        ("Choosing posters", {"layout": "photo"}),
        ("Choosing posters", {"layout": "photo", "once": True}),
        ("Building the picture", {"layout": "photo"}),
        ("Preparing posters", {"layout": "photo", "tint": 0.2}),
        ("Building the picture", {"layout": "photo", "tint": 0.2}),
        ("Cutting it into tiles", {"layout": "photo"}),
    ],
)
@pytest.mark.parametrize("ends", [Cancelled, NoRoom])
def test_whatever_ends_it_in_whichever_phase_leaves_nothing(
    db: Database, settings: Settings, make: Make, phase: str, args: dict[str, Any], ends: type
) -> None:
    target = send(settings, "0.upload", Image.linear_gradient("L").convert("RGB"), format="PNG")

    class Unwanted(Listening):
        def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
            super().report(msg, done, of)
            if msg == phase:
                raise ends

    make()  # the posters are here
    before = {path.name for path in settings.pictures.iterdir()}
    unwanted = Unwanted(db, settings, begin(db, settings, HOUSE).task)
    with pytest.raises(ends):
        create_mosaic(asked(**args, target_upload=target), unwanted)

    assert {path.name for path in settings.pictures.iterdir()} == before
    assert not settings.scratch.exists() or not list(settings.scratch.iterdir())


def test_each_poster_once(db: Database, settings: Settings, make: Make) -> None:
    target = send(settings, "0.upload", Image.linear_gradient("L").convert("RGB"), format="PNG")

    result, _ = make(layout="photo", target_upload=target, once=True)

    mosaic, _ = shown(db, result)
    cells = places(db, mosaic)["cells"]
    assert len(set(cells)) == len(cells) <= 30
    with pytest.raises(InvalidInput, match="cells need as many posters, there are 30"):
        make(layout="photo", target_upload=target, once=True, columns=40)


# What a stranger may send to be made of posters: a file each, and how its saying no begins.
def _bytes(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _bytes(Image.new("RGB", (300, 100), (9, 90, 200)), format="JPEG", exif=exif)


HOSTILE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "ink": (lambda: _bytes(Image.new("CMYK", (90, 90), (9, 99, 9, 0)), format="JPEG"), None),
    "16 bits": (lambda: _bytes(Image.new("I;16", (90, 90), 40_000), format="PNG"), None),
    "a palette": (lambda: _bytes(Image.new("P", (90, 90), 3), format="PNG", transparency=3), None),
    "a moving picture": (
        lambda: _bytes(
            Image.new("RGB", (60, 60), "red"),
            format="WEBP",
            save_all=True,
            append_images=[Image.new("RGB", (60, 60), "blue")],
        ),
        None,
    ),
    "turned": (_turned, None),
    "a line": (
        lambda: _bytes(Image.new("RGB", (1, 10_000), "green"), format="PNG"),
        "as long as wide",
    ),
    "a line across": (
        lambda: _bytes(Image.new("RGB", (10_000, 1), "green"), format="PNG"),
        "as long as wide",
    ),
    "one pixel": (lambda: _bytes(Image.new("L", (1, 1), 99), format="PNG"), None),
    "a bomb": (
        lambda: _bytes(Image.new("1", (9_400, 9_400)), format="PNG", optimize=True),
        "megapixels",
    ),
    "a web page": (lambda: b"<html>not a picture</html>" * 40, "broken, or it is no JPEG"),
    "nothing": (lambda: b"", "broken, or it is no JPEG"),
    "half a picture": (
        lambda: _bytes(Image.effect_noise((400, 400), 90).convert("RGB"), format="JPEG")[:9_000],
        "broken, or it is no JPEG",
    ),
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_what_a_stranger_sends_is_shown_or_refused(
    db: Database, settings: Settings, make: Make, kind: str
) -> None:
    content, no = HOSTILE[kind]
    settings.uploads.mkdir(exist_ok=True)
    (settings.uploads / "0.upload").write_bytes(content())
    asked_for = {"layout": "photo", "target_upload": "0.upload", "columns": 5}
    if no is not None:
        with pytest.raises((BadPicture, InvalidInput), match=no):
            make(**asked_for)
        assert not list(settings.pictures.glob("*.jpg"))
        return

    mosaic, _ = shown(db, make(**asked_for)[0])

    picture(settings, mosaic)
    if kind == "turned":
        assert mosaic.height > 2 * mosaic.width
    if kind == "a banner":
        assert mosaic.height > 15 * mosaic.width


@pytest.fixture
def alice(db: Database, settings: Settings) -> Owner:
    """A person with a collection: three films, one seen twice, two rated."""
    with db.writing() as session:
        person = factories.person(session, "alice")
    day = date(2026, 3, 1)
    watched = [
        Watched(find("Jaws"), day, half_stars=9),
        Watched(find("Alien"), day + timedelta(1), half_stars=4),
        Watched(find("Notorious"), day + timedelta(2)),
        Watched(find("Jaws"), day + timedelta(3), half_stars=10, rewatch=True),
    ]
    settings.uploads.mkdir(exist_ok=True)
    (settings.uploads / "0.upload").write_bytes(export("alice", watched))
    listening = begin(db, settings, Owner(person.id))
    import_films({"upload": "0.upload", "file_name": "e.zip", "dry_run": False}, listening)
    listening.finish()
    return Owner(person.id)


def titles(db: Database, make: Make, owner: Owner, **args: Any) -> list[str]:
    result, _ = make(owner, source="films", letterboxd_username=None, period="all", **args)
    with db.reading() as session:
        mosaic = mosaics.get(session, result["mosaic"], owner)
        return [film.title for film in mosaics.films(session, mosaic.id)]


def test_of_a_collection_only_some(db: Database, make: Make, alice: Owner) -> None:
    assert titles(db, make, alice) == ["Jaws", "Notorious", "Alien"]
    assert titles(db, make, alice, only="rewatches") == ["Jaws"]
    assert titles(db, make, alice, only="rated:8") == ["Jaws"]
    assert titles(db, make, alice, only="rated:3") == ["Jaws", "Alien"]
    with pytest.raises(InvalidInput, match="alice has no films that are liked, for this period"):
        titles(db, make, alice, only="liked")
    with db.writing() as session:
        jaws = select(Film.id).where(Film.title == "Jaws")
        session.execute(update(Viewing).where(Viewing.film_id.in_(jaws)).values(is_liked=True))
    assert titles(db, make, alice, only="liked") == ["Jaws"]


def test_what_is_no_list_has_no_order_of_a_list(db: Database, make: Make, alice: Owner) -> None:
    assert titles(db, make, alice, sequence="listed") == ["Jaws", "Notorious", "Alien"]
    assert titles(db, make, alice, sequence="-listed") == ["Alien", "Notorious", "Jaws"]


def test_a_rating_of_the_film_counts_where_the_viewing_has_none(
    db: Database, make: Make, alice: Owner
) -> None:
    with db.writing() as session:
        film = session.scalar(select(Film.id).where(Film.title == "Notorious"))
        session.execute(update(FilmMark).where(FilmMark.film_id == film).values(half_stars=8))

    assert titles(db, make, alice, only="rated:8") == ["Jaws", "Notorious"]


def test_a_list_keeps_its_order_and_has_what_was_not_seen_yet(
    db: Database, make: Make, alice: Owner
) -> None:
    with db.writing() as session:
        owned = viewings.lists(session, alice.person_id or 0)
        list_id = factories.film_list(
            session, alice.person_id or 0, ["Notorious", "Alien", "Vertigo", "Jaws"]
        )
        assert owned == []

    assert titles(db, make, alice, only=f"list:{list_id}") == [
        "Notorious", "Alien", "Vertigo", "Jaws",
    ]  # fmt: skip
    assert titles(db, make, alice, only=f"list:{list_id}", sequence="-listed")[0] == "Jaws"
    assert titles(db, make, alice, only=f"list:{list_id}", sequence="title")[0] == "Alien"


def test_nobody_makes_a_mosaic_of_anothers_list(db: Database, make: Make, alice: Owner) -> None:
    with db.writing() as session:
        bob = factories.person(session, "bob")
        list_id = factories.film_list(session, alice.person_id or 0, ["Jaws"])

    with pytest.raises(NotFound):
        titles(db, make, Owner(bob.id), only=f"list:{list_id}")


def test_a_poster_of_ones_own_films_can_be_the_target(
    db: Database, make: Make, alice: Owner
) -> None:
    make()  # the feed brings posters
    with db.reading() as session:
        jaws = session.scalar(select(Film.id).where(Film.title == "Jaws", Film.uri.is_not(None)))
        address = session.scalar(select(Viewing.poster_address).where(Viewing.guid.is_not(None)))
    with db.writing() as session:
        session.execute(update(Film).where(Film.id == jaws).values(poster_address=address))

    found = titles(db, make, alice, layout="photo", target=jaws, columns=4)

    assert set(found) == {"Jaws", "Notorious", "Alien"}


def test_a_film_without_a_poster_or_of_somebody_else_is_no_target(
    db: Database, make: Make, alice: Owner
) -> None:
    with db.writing() as session:
        bob = factories.person(session, "bob")
        jaws = session.scalar(select(Film.id).where(Film.title == "Jaws"))

    with pytest.raises(InvalidInput, match="no poster"):
        titles(db, make, alice, layout="photo", target=jaws)
    with pytest.raises(NotFound):
        make(Owner(bob.id), layout="photo", target=jaws)

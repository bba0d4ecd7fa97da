"""What somebody who means harm may send: refused in a sentence, nothing kept, the work goes on.

One worker for all of it, with 300 MB and no more.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from PIL import Image
from pydantic import SecretStr
from werkzeug.datastructures import FileStorage

from core.settings import Settings
from database import mosaic_asked, mosaics
from database.models import Task
from database.owner import HOUSE
from fakes.diary import Viewing
from fakes.films import Film, films
from fakes.letterboxd import FakeLetterboxd
from tests.conftest import remove_progress
from tests.faults import hostile
from tests.faults.hostile import DIARY, MB, diary, row, zipped
from tests.faults.siege import GOOD, Siege, is_told
from tests.web.conftest import house
from webapp import create_app

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[FakeLetterboxd]:
    """Another service on this machine, which nobody set up."""
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture(scope="module")
def whole_siege(
    letterboxd: FakeLetterboxd, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("siege")
    settings = Settings(
        data=folder / "data", secret_key=SecretStr("the key of a test, long enough to be one")
    )
    app = create_app(settings)
    app.config["TESTING"] = True
    made = Siege(app, settings, folder / "worker.log", letterboxd.url)
    yield made
    made.end()
    house(app).db.close()
    remove_progress(house(app).db)


@pytest.fixture
def siege(whole_siege: Siege, letterboxd: FakeLetterboxd) -> Iterator[Siege]:
    letterboxd.behaves()
    today = datetime.now(UTC).date()
    letterboxd.member(GOOD, [Viewing(film, today) for film in films()[100:110]])
    yield whole_siege
    letterboxd.behaves()


class Bad(NamedTuple):
    """A file that is refused, and words of the reason that is given."""

    make: Callable[[], bytes]
    sentence: str
    name: str = "export.zip"


REFUSED = {
    "zeros": Bad(lambda: hostile.bomb(bytes(MB), 3000), "unpacks to more than 20 MB"),
    "rows": Bad(
        lambda: hostile.bomb(row("Jaws").encode() * 25_000, 3000), "unpacks to more than 20 MB"
    ),
    "shrunk too well": Bad(lambda: hostile.bomb(bytes(MB), 19), "far more than an export does"),
    "zeros that deny it": Bad(lambda: hostile.bomb(bytes(MB), 3000, said=1000), "damaged"),
    "nested": Bad(
        lambda: zipped({"export.zip": zipped({"diary.csv": diary("Nested")})}),
        "holds no Letterboxd data",
    ),
    "crowd": Bad(lambda: hostile.crowd(100_000), "more than 2,000 files"),
    "crowd that denies it": Bad(lambda: hostile.crowd(20_000, said=2), "more than 2,000 files"),
    "climbing": Bad(lambda: zipped({"../../evil.csv": diary("Evil")}), "holds no Letterboxd data"),
    "truncated": Bad(lambda: zipped({"diary.csv": diary("Half")})[:-40], "damaged"),
    "says too little": Bad(
        lambda: hostile.saying(10, zipped({"diary.csv": diary("Little")})), "damaged"
    ),
    "says too much": Bad(
        lambda: hostile.saying((1 << 32) - 2, zipped({"diary.csv": diary("Much")})),
        "unpacks to more than 20 MB",
    ),
    "no table": Bad(lambda: b"\0\xff" * 10_000, "neither a Letterboxd export", "diary.csv"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_refused_leaves_nothing(siege: Siege, case: str) -> None:
    bad = REFUSED[case]
    content = bad.make()
    before = siege.kept()

    imported = siege.ended(siege.bring(content, bad.name))
    drawn = siege.ended(siege.order_of(content, bad.name))

    is_told(imported, bad.sentence)
    is_told(drawn, bad.sentence)
    assert siege.kept() == before
    siege.goes_on()


def test_more_rows_than_an_export_may_have_are_refused_as_such(siege: Siege) -> None:
    before = siege.kept()

    done = siege.ended(siege.bring(hostile.long_lists(60), "export.zip"))

    is_told(done, "This export has more than 200,000 rows")
    assert siege.kept() == before
    siege.goes_on()


class Odd(NamedTuple):
    """A file that is taken, the film that comes of it, and words of what is said about it."""

    content: bytes
    title: str | None
    sentence: str | None
    name: str = "diary.csv"


TEN_KB = 10_000
ODD = {
    "NULs": Odd(diary("N\0ul").replace(b"1975", b"19\x0075"), "Nul", "it held NUL characters"),
    "Latin-1": Odd(diary("Amélie 1").decode().encode("latin-1"), "Amélie 1", "Western European"),
    "UTF-16": Odd(diary("Amélie 2").decode().encode("utf-16"), "Amélie 2", None),
    "a mark": Odd(diary("Amélie 3").decode().encode("utf-8-sig"), "Amélie 3", None),
    "10 MB in a field": Odd(
        diary("Short") + row("x" * 10_000_000).encode(), "Short", "more than 4,000,000 characters"
    ),
    "10 MB in an open quote": Odd(
        diary("Open") + b'2025-03-02,"' + b"x\n" * 5_000_000, "Open", "columns where"
    ),
    "10 kB titles": Odd(
        diary("Brief") + row("y" * TEN_KB).encode() * 50, "Brief", "30 more rows were left out"
    ),
    "3 MB of columns": Odd(
        diary("Narrow") + b"," * 3_000_000, "Narrow", "3000001 columns where 8 belong"
    ),
    "a zip in the zip": Odd(
        zipped({"diary.csv": zipped({"diary.csv": diary("Inner")}), "watched.csv": diary("Outer")}),
        "Outer",
        "its columns are not those",
        "export.zip",
    ),
    "a member that climbs": Odd(
        zipped({"../../evil.csv": b"evil", "diary.csv": diary("Flat")}), "Flat", None, "export.zip"
    ),
    "formulas": Odd(diary("=cmd|' /C calc'!A0"), "=cmd|' /C calc'!A0", None),
    "nothing": Odd(DIARY.encode(), None, None),
}


@pytest.mark.parametrize("case", ODD)
def test_a_file_that_is_merely_odd_gives_what_it_can(siege: Siege, case: str) -> None:
    odd = ODD[case]
    (before, files), films = siege.kept(), siege.titles()

    done = siege.ended(siege.bring(odd.content, odd.name))

    assert (done.status, done.error_msg, done.attempt) == ("COMPLETE", None, 1)
    assert siege.titles() - films == ({odd.title} if odd.title else set())
    problems = " ".join(siege.result(done)["problems"])
    assert odd.sentence in problems if odd.sentence else not problems
    assert len(problems) < 5_000
    after, files_after = siege.kept()
    assert files_after == files
    assert after["mosaics"] == before["mosaics"]
    assert not list(siege.data.rglob("evil.csv")) + list(siege.data.parent.rglob("evil.csv"))
    siege.goes_on()


NAMES = {
    "climbing": "../../../etc/passwd",
    "climbing from a profile": "letterboxd.com/..%2f..%2fetc",
    "NUL": "dave\0",
    "10 kB": "d" * TEN_KB,
    "line": "dave\r\nHost: evil",
    "address": "file:///etc/passwd",
    "elsewhere": "dave@127.0.0.1:1/",
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_that_is_none_is_refused_at_the_door(siege: Siege, case: str) -> None:
    before, tasks = siege.kept(), siege.tasks()

    answer = siege.ask("/mosaics", letterboxd_username=NAMES[case], period="month")

    assert answer.status_code == 422
    assert answer.json["error"] == "Give a Letterboxd name: letters, digits and _, at most 40."
    assert (siege.kept(), siege.tasks()) == (before, tasks)


@pytest.mark.parametrize("case", NAMES)
def test_a_name_that_came_past_the_door_is_not_asked_for(
    siege: Siege, letterboxd: FakeLetterboxd, case: str
) -> None:
    before, asked = siege.kept(but=["film_sources"]), len(letterboxd.requests)
    order = mosaic_asked.FeedOrder(letterboxd_username=GOOD)
    args = {**order.model_dump(), "source": "feed", "zone": "UTC", "upload": None}
    args["letterboxd_username"] = NAMES[case]

    task_id = siege.house.enqueue("create_mosaic", **args)

    is_told(siege.ended(task_id), "Give a Letterboxd name")
    assert len(letterboxd.requests) == asked
    assert siege.kept(but=["film_sources"]) == before
    siege.goes_on()


_XML = {"Content-Type": "application/rss+xml;charset=UTF-8"}
_PAGE = b"<!DOCTYPE html><html><body><h1>Log in</h1></body></html>"


class Fed(NamedTuple):
    """What comes instead of a feed, and words of the reason that is given."""

    sentence: str
    body: bytes = b""
    headers: Mapping[str, str] = _XML


FEEDS = {
    "laughs": Fed("has a document type of its own", hostile.laughs()),
    "hidden laughs": Fed("has a document type of its own", hostile.laughs("<!-- <rss -->")),
    "a file of ours": Fed("has a document type of its own", hostile.SECRETS),
    "a page": Fed("sent a page instead of a feed", _PAGE, {"Content-Type": "text/html"}),
    "half a feed": Fed("broke off half way", hostile.feed("Half")[:-40]),
    "a deep feed": Fed(
        "broke off half way", b"<rss>" + b"<channel>" * 100_000 + b"</channel>" * 100_000
    ),
    "a bomb": Fed(
        "sent more than we can take",
        hostile.gzip_bomb(2_000),
        {**_XML, "Content-Encoding": "gzip"},
    ),
    "a flood": Fed("sent more than we can take"),
}


@pytest.mark.parametrize("case", FEEDS)
def test_a_feed_that_is_none_leaves_nothing(
    siege: Siege, letterboxd: FakeLetterboxd, case: str
) -> None:
    fed, name = FEEDS[case], f"feed_{list(FEEDS).index(case)}"
    letterboxd.member(name)
    if fed.body:
        letterboxd.answers(200, fed.headers, fed.body, path_prefix=f"/{name}/")
    else:
        letterboxd.floods(path_prefix=f"/{name}/")
    # The name itself stays: when it was asked for last is kept there.
    before = siege.kept(but=["film_sources"])

    done = siege.ended(siege.order(name))

    is_told(done, fed.sentence)
    assert siege.kept(but=["film_sources"]) == before
    siege.goes_on()


def test_a_feed_with_endless_titles_becomes_a_picture(
    siege: Siege, letterboxd: FakeLetterboxd
) -> None:
    long = "z" * TEN_KB
    body = hostile.feed(long, poster=f"{letterboxd.url}/{long}", link=f"/film/{long}/")
    letterboxd.answers(200, _XML, body, path_prefix="/long/")

    done = ordered(siege, letterboxd, "long", [])

    assert list(siege.has_poster(done).values()) == [False]
    siege.goes_on()


Spoil = Callable[[FakeLetterboxd, str], None]
_PNG, _JPEG = {"Content-Type": "image/png"}, {"Content-Type": "image/jpeg"}


def as_picture(make: Callable[[], bytes], headers: Mapping[str, str] = _PNG) -> Spoil:
    return lambda fake, path: fake.answers(200, headers, make(), path_prefix=path)


POSTERS: dict[str, Spoil] = {
    "88 megapixels": as_picture(lambda: hostile.png(9_400, 9_400)),
    "a page": lambda fake, path: fake.html(path_prefix=path),
    "a page that says it is a picture": as_picture(lambda: _PAGE, _JPEG),
    "half a JPEG": as_picture(lambda: hostile.jpeg()[:-20_000], _JPEG),
    "a flood": lambda fake, path: fake.floods(path_prefix=path),
    "a bomb": as_picture(lambda: hostile.gzip_bomb(2_000), {**_JPEG, "Content-Encoding": "gzip"}),
    "circles": lambda fake, path: fake.redirects_to(path, path_prefix=path),
}


def path_of(film: Film) -> str:
    return f"/resized/film-poster/{'/'.join(str(film.id)[:5])}/{film.id}-"


def ordered(siege: Siege, letterboxd: FakeLetterboxd, name: str, shown: Sequence[Film]) -> Task:
    """Have a mosaic made of the feed of `name`, who saw these films today; see that it is whole."""
    today = datetime.now(UTC).date()
    letterboxd.member(name, [Viewing(film, today) for film in shown])
    done = siege.ended(siege.order(name))
    assert (done.status, done.error_msg, done.attempt) == ("COMPLETE", None, 1)
    with Image.open(siege.picture(done)) as picture:
        picture.load()
    return done


# Each case has films of its own: a poster that was fetched is not asked for again.
@pytest.mark.parametrize("case", POSTERS)
def test_a_poster_that_is_none_costs_its_own_film_its_poster_and_no_more(
    siege: Siege, letterboxd: FakeLetterboxd, case: str
) -> None:
    number = list(POSTERS).index(case)
    bad, good = films()[2 * number : 2 * number + 2]
    POSTERS[case](letterboxd, path_of(bad))
    pictures = siege.kept()[0]["pictures"]

    done = ordered(siege, letterboxd, f"poster_{number}", [bad, good])

    assert siege.has_poster(done) == {bad.title: False, good.title: True}
    assert siege.kept()[0]["pictures"] == pictures + 1
    siege.goes_on()


ASTRAY = [
    "http://127.0.0.1:{port}{picture}",
    "http://localhost:{port}{picture}",
    "//127.0.0.1:{port}{picture}",
    "http://[::ffff:127.0.0.1]:{port}{picture}",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("to", ASTRAY)
def test_a_poster_that_redirects_elsewhere_is_not_fetched(
    siege: Siege, letterboxd: FakeLetterboxd, elsewhere: FakeLetterboxd, to: str
) -> None:
    """Where it leads to, a real poster would be waiting."""
    number = ASTRAY.index(to)
    bad, good = films()[40 + 2 * number :][:2]
    letterboxd.redirects_to(astray(to, elsewhere, bad), path_prefix=path_of(bad))

    done = ordered(siege, letterboxd, f"redirected_{number}", [bad, good])

    assert siege.has_poster(done) == {bad.title: False, good.title: True}
    assert elsewhere.requests == []
    siege.goes_on()


@pytest.mark.parametrize("to", ASTRAY)
def test_a_poster_whose_address_is_elsewhere_is_not_fetched(
    siege: Siege, letterboxd: FakeLetterboxd, elsewhere: FakeLetterboxd, to: str
) -> None:
    number = ASTRAY.index(to)
    body = hostile.feed(f"Astray {number}", poster=astray(to, elsewhere, films()[0]))
    letterboxd.answers(200, _XML, body, path_prefix=f"/astray_{number}/")

    done = ordered(siege, letterboxd, f"astray_{number}", [])

    assert siege.has_poster(done) == {f"Astray {number}": False}
    assert elsewhere.requests == []
    siege.goes_on()


def astray(to: str, elsewhere: FakeLetterboxd, film: Film) -> str:
    picture = f"{path_of(film)}{film.slug}-0-600-0-900-crop.jpg"
    return to.format(port=elsewhere.url.rpartition(":")[2], picture=picture)


_RED, _RED_WITH_ALPHA = b"\xff\0\0", b"\xff\0\0\xff"
LARGE = {
    "16 megapixels": (4_000, 4_000, _RED),
    "16 megapixels with alpha": (4_000, 4_000, _RED_WITH_ALPHA),
    "6 megapixels with alpha": (2_500, 2_400, _RED_WITH_ALPHA),
}


@pytest.mark.parametrize("case", LARGE)
def test_pictures_as_large_as_are_let_in_fit_into_the_memory(
    siege: Siege, letterboxd: FakeLetterboxd, case: str
) -> None:
    """Several connections check a picture each at the same time; two threads draw them."""
    number = list(LARGE).index(case)
    shown = films()[200 + 6 * number :][:6]
    large = hostile.png(*LARGE[case])
    for film in shown:
        letterboxd.answers(200, _PNG, large, path_prefix=path_of(film))

    done = ordered(siege, letterboxd, f"large_{number}", shown)

    # All or none: no picture is lost to the memory that its neighbours take.
    has_posters = set(siege.has_poster(done).values())
    assert len(has_posters) == 1
    # What is said to show its poster does show it.
    assert (siege.red_share(done) > 0.25) is has_posters.pop()
    siege.goes_on()


_NO_PICTURE = "it is no JPEG, PNG or WebP"
NO_POSTERS = {
    "88 megapixels": Bad(
        lambda: hostile.png(9_400, 9_400), "more than 16 megapixels", "poster.png"
    ),
    "a GIF": Bad(lambda: hostile.moving("GIF"), _NO_PICTURE, "poster.gif"),
    "half a JPEG": Bad(lambda: hostile.jpeg()[:-20_000], "broken", "poster.jpg"),
    "a page": Bad(lambda: _PAGE, _NO_PICTURE, "poster.jpg"),
    "a zip": Bad(lambda: zipped({"poster.jpg": hostile.jpeg()}), _NO_PICTURE, "../../poster.jpg"),
    "nothing": Bad(lambda: b"", _NO_PICTURE, "poster.jpg"),
    "7 megapixels of WebP": Bad(
        lambda: hostile.picture("WEBP", (2_600, 2_700)), "more than 6 megapixels", "poster.webp"
    ),
}


@pytest.mark.parametrize("case", NO_POSTERS)
def test_a_poster_that_is_brought_and_is_none_leaves_nothing(siege: Siege, case: str) -> None:
    bad, film_id = NO_POSTERS[case], siege.film()
    before = siege.kept()

    done = siege.ended(siege.hang(film_id, bad.make(), bad.name))

    is_told(done, bad.sentence)
    assert siege.own_poster(film_id) is None
    assert siege.kept() == before
    siege.goes_on()


def test_a_poster_of_20_mb_is_refused_at_the_door(siege: Siege) -> None:
    film_id, before, tasks = siege.film(), siege.kept(), siege.tasks()
    poster = FileStorage(io.BytesIO(hostile.jpeg() + bytes(20 * MB)), "poster.jpg")

    answer = siege.ask(f"/films/{film_id}/poster", poster=poster)

    assert (answer.status_code, list(answer.json["problems"])) == (422, ["poster"])
    assert siege.tasks() == tasks
    assert siege.kept()[1] == before[1]


ODD_POSTERS: dict[str, Callable[[], bytes]] = {
    "CMYK": lambda: hostile.picture("JPEG", (800, 1_200), "CMYK"),
    "16 bit": lambda: hostile.picture("PNG", (800, 1_200), "I;16"),
    "turned": lambda: hostile.picture("JPEG", (1_200, 800), exif=b"Exif\0\0" + hostile.TURNED),
    "1 x 10,000": lambda: hostile.picture("PNG", (1, 10_000)),
    "moving": lambda: hostile.moving("WEBP"),
    "16 megapixels": lambda: hostile.png(4_000, 4_000, _RED_WITH_ALPHA),
    "40 megapixels": lambda: hostile.picture("JPEG", (5_000, 7_900)),
    "24 megapixels, progressive": lambda: hostile.picture("JPEG", (4_000, 5_900), progressive=True),
}


@pytest.mark.parametrize("case", ODD_POSTERS)
def test_a_poster_that_is_merely_odd_becomes_one(siege: Siege, case: str) -> None:
    film_id = siege.film()

    done = siege.ended(siege.hang(film_id, ODD_POSTERS[case](), "poster"))

    assert (done.status, done.error_msg, done.attempt) == ("COMPLETE", None, 1)
    poster = siege.own_poster(film_id)
    assert poster
    with Image.open(poster) as shown:
        assert (shown.format, shown.mode) == ("JPEG", "RGB")
        assert shown.width <= 1_000 and shown.height <= 1_500
        assert case != "turned" or shown.width < shown.height
    siege.goes_on()


@pytest.mark.parametrize("case", NO_POSTERS)
def test_a_target_that_is_no_picture_leaves_nothing(siege: Siege, case: str) -> None:
    bad = NO_POSTERS[case]
    siege.goes_on()  # the posters are here
    before = siege.kept()

    done = siege.ended(siege.rebuild(bad.make(), bad.name))

    is_told(done, bad.sentence)
    assert siege.kept() == before
    siege.goes_on()


@pytest.mark.parametrize("case", sorted(set(ODD_POSTERS) - {"1 x 10,000"}))
def test_a_target_that_is_merely_odd_is_rebuilt(siege: Siege, case: str) -> None:
    _is_rebuilt(siege, ODD_POSTERS[case](), columns=30, tint="0.25")


@pytest.mark.parametrize(("columns", "tint"), [(200, "0"), (90, "0.4")])
def test_a_picture_of_very_many_posters_fits_into_the_memory(
    siege: Siege, columns: int, tint: str
) -> None:
    _is_rebuilt(siege, ODD_POSTERS["16 megapixels"](), columns=columns, tint=tint)


def _is_rebuilt(siege: Siege, target: bytes, *, columns: int, tint: str) -> None:
    done = siege.ended(siege.rebuild(target, "me", tint=tint, columns=str(columns)))

    assert (done.status, done.error_msg) == ("COMPLETE", None)
    with siege.house.db.reading() as session:
        made = mosaics.get(session, siege.result(done)["mosaic"], HOUSE)
    assert made.width == columns * 96 and siege.picture(done).stat().st_size == made.size
    siege.goes_on()


def test_a_target_that_is_a_line_is_refused(siege: Siege) -> None:
    done = siege.ended(siege.rebuild(ODD_POSTERS["1 x 10,000"](), "me"))

    is_told(done, "as long as wide")
    siege.goes_on()

"""A feed becomes a diary; whatever is none, or is not whole, becomes a sentence."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clients.http import AGAIN, Http
from clients.letterboxd import Entry, Feed, Letterboxd, NoSuchFeed, read
from core.errors import InvalidInput, RemoteError
from fakes.diary import Viewing
from fakes.films import find
from fakes.letterboxd import FakeLetterboxd

DAY = date(2026, 10, 3)


@pytest.fixture
def fake() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as made:
        yield made


@pytest.fixture
def letterboxd(fake: FakeLetterboxd) -> Iterator[Letterboxd]:
    http = Http([fake.url], user_agent="t", pauses=())
    yield Letterboxd(fake.url, http)
    http.close()


def feed_of(letterboxd: Letterboxd, name: str = "ada", **known: str | None) -> Feed:
    feed = letterboxd.feed(name, **known)
    assert feed is not None
    return feed


def test_every_viewing_comes_and_nothing_else(fake: FakeLetterboxd, letterboxd: Letterboxd) -> None:
    viewings = fake.member("ada", seed=3, today=DAY)

    entries = feed_of(letterboxd).entries

    assert [
        (one.title, one.year, one.watched_on, one.half_stars, one.liked, one.tmdb_id, one.slug)
        for one in entries
    ] == [
        (one.film.title, one.film.year, one.watched_on, one.half_stars, one.liked, one.film.id,
         one.film.slug)
        for one in viewings
    ]  # fmt: skip
    assert len({one.guid for one in entries}) == len(entries) == 50


def test_an_entry_says_all_that_the_feed_knows(
    fake: FakeLetterboxd, letterboxd: Letterboxd
) -> None:
    film = find("Dune", 2021)
    review = "Sand &amp; <i>spice</i>.<br/>Long.</p><p>Go."
    fake.member("ada", [Viewing(film, DAY, 9, rewatch=True, liked=True, review=review)])

    [entry] = feed_of(letterboxd).entries

    assert entry.guid.startswith("letterboxd-review-")
    assert entry.poster_url is not None
    assert entry.poster_url.startswith(f"{fake.url}/resized/film-poster/")
    assert entry.poster_url.endswith("&k=1")
    assert entry == Entry(
        guid=entry.guid,
        slug=film.slug,
        watched_on=DAY,
        title="Dune",
        year=2021,
        half_stars=9,
        rewatch=True,
        liked=True,
        tmdb_kind="movie",
        tmdb_id=film.id,
        poster_url=entry.poster_url,
        review="Sand & spice.\nLong.\n\nGo.",
    )


def test_a_series_is_one(fake: FakeLetterboxd, letterboxd: Letterboxd) -> None:
    fake.member("ada", [Viewing(find("Fleabag"), DAY)])

    [entry] = feed_of(letterboxd).entries

    assert (entry.tmdb_kind, entry.half_stars, entry.review) == ("tv", None, None)


def test_a_review_with_spoilers_is_not_shown(fake: FakeLetterboxd, letterboxd: Letterboxd) -> None:
    film = find("Psycho", 1960)
    fake.member("ada", [Viewing(film, DAY, review="It was him.", spoilers=True)])

    assert feed_of(letterboxd).entries[0].review is None


def test_a_second_viewing_is_another_entry_of_the_film(
    fake: FakeLetterboxd, letterboxd: Letterboxd
) -> None:
    film = find("Playtime")
    fake.member("ada", [Viewing(film, DAY), Viewing(film, DAY)])

    again, first = feed_of(letterboxd).entries

    assert (again.slug, again.rewatch, first.rewatch) == (first.slug, True, False)
    assert again.guid != first.guid


@pytest.mark.parametrize("by", ["etag", "last_modified"])
def test_a_feed_that_is_what_it_was_is_none(
    fake: FakeLetterboxd, letterboxd: Letterboxd, by: str
) -> None:
    fake.member("ada", today=DAY)
    known = {by: getattr(feed_of(letterboxd), by)}

    assert letterboxd.feed("ada", **known) is None
    fake.member("ada", seed=2, today=date(2026, 10, 4))
    assert letterboxd.feed("ada", **known) is not None


def test_a_member_without_viewings_has_an_empty_feed(
    fake: FakeLetterboxd, letterboxd: Letterboxd
) -> None:
    fake.member("ada", [])

    assert feed_of(letterboxd).entries == []


def test_an_unknown_name_is_told_by_name(letterboxd: Letterboxd) -> None:
    with pytest.raises(NoSuchFeed, match=r"^bob has no Letterboxd feed\.$") as raised:
        letterboxd.feed("bob")

    assert (raised.value.status, raised.value.retry_after) == (404, None)


def test_the_page_that_says_so_may_come_with_200(
    fake: FakeLetterboxd, letterboxd: Letterboxd
) -> None:
    page = b"<!DOCTYPE html><html><head><title>Letterboxd - Not Found</title></head></html>"
    fake.answers(200, {"Content-Type": "text/html"}, page)

    with pytest.raises(NoSuchFeed):
        letterboxd.feed("bob")


@pytest.mark.parametrize("name", ["", "a b", "ada/../bob", "ada?x", "ädä", "ada\n", "x" * 10_000])
def test_what_is_no_name_is_not_asked_for(
    fake: FakeLetterboxd, letterboxd: Letterboxd, name: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        letterboxd.feed(name)

    assert list(raised.value.problems) == ["letterboxd_username"]
    assert fake.requests == []


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [(403, {}, None), (429, {"Retry-After": "900"}, 900), (429, {}, AGAIN)],
)
def test_a_closed_door_points_to_the_export(
    fake: FakeLetterboxd,
    letterboxd: Letterboxd,
    status: int,
    headers: dict[str, str],
    again: float | None,
) -> None:
    fake.answers(status, headers)

    with pytest.raises(RemoteError, match="export") as raised:
        letterboxd.feed("ada")

    assert raised.value.retry_after == again


FAULTS: dict[str, Any] = {
    "drops": lambda fake: fake.drops(),
    "truncates": lambda fake: fake.truncates(),
    "html": lambda fake: fake.html(),
    "trouble": lambda fake: fake.answers(502),
    "noise": lambda fake: fake.answers(200, {}, b"\xff\xfe\x00 no feed"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_may_pass_is_tried_again(
    fake: FakeLetterboxd, letterboxd: Letterboxd, fault: str
) -> None:
    fake.member("ada", today=DAY)
    FAULTS[fault](fake)

    with pytest.raises(RemoteError) as raised:
        letterboxd.feed("ada")

    assert raised.value.retry_after == AGAIN
    assert "Letterboxd" in str(raised.value)


LAUGHS = b"""<?xml version="1.0"?>%s<!DOCTYPE rss [
<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
]><rss><channel><item>&c;</item></channel></rss>"""
SECRETS = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel>&x;</channel></rss>"""


# Levels enough for the parser's own limit, whose error would look like a passing one.
LEVELS = b"".join(b'<!ENTITY x%d "%s">' % (n, b"&x%d;" % (n - 1) * 10) for n in range(1, 10))
ATTRIBUTE = b'<!DOCTYPE rss [<!ENTITY x0 "haha">%s]><rss a="&x9;"></rss>' % LEVELS


@pytest.mark.parametrize(
    "body",
    [LAUGHS % b"", LAUGHS % b"<!-- <rss -->", SECRETS, ATTRIBUTE, b"<!-- <rss -->" + ATTRIBUTE],
    ids=["bomb", "hidden", "file", "attribute", "hidden attribute"],
)
def test_a_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteError, match="document type") as raised:
        read("ada", body)

    assert raised.value.retry_after is None


PI = "<letterboxd:filmTitle>Pi</letterboxd:filmTitle>"


def one_item(fields: str, title: str = PI) -> list[Entry]:
    item = f"<item>{title}{fields}</item>"
    spaces = 'xmlns:letterboxd="https://letterboxd.com" xmlns:tmdb="https://themoviedb.org"'
    return read("ada", f"<rss {spaces}><channel>{item}</channel></rss>".encode())


WATCHED = "<letterboxd:watchedDate>2026-10-03</letterboxd:watchedDate>"


@pytest.mark.parametrize(
    ("rating", "half_stars"),
    [("0.5", 1), ("3.5", 7), ("5.0", 10), ("4", 8), ("0", None), ("5.5", None), ("3.3", None),
     ("nan", None), ("inf", None), ("many", None), ("", None)],
)  # fmt: skip
def test_a_rating_is_half_stars_or_none(rating: str, half_stars: int | None) -> None:
    [entry] = one_item(f"{WATCHED}<letterboxd:memberRating>{rating}</letterboxd:memberRating>")

    assert entry.half_stars == half_stars


@pytest.mark.parametrize("watched", ["", "2026-13-01", "yesterday"])
def test_without_a_day_it_is_no_viewing(watched: str) -> None:
    fields = f"<letterboxd:watchedDate>{watched}</letterboxd:watchedDate>"

    assert one_item(fields) == []


def test_what_is_missing_is_none() -> None:
    [entry] = one_item(WATCHED)

    assert entry == Entry("", None, DAY, "Pi", None, None, False, False, None, None, None, None)  # noqa: FBT003 - all that there is


def test_numbers_that_are_none_are_none() -> None:
    fields = "<letterboxd:filmYear>²</letterboxd:filmYear><tmdb:movieId>9e9</tmdb:movieId>"

    [entry] = one_item(WATCHED + fields)

    assert (entry.year, entry.tmdb_kind, entry.tmdb_id) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("<link>https://letterboxd.com/ada/film/%s/</link>" % ("x" * 201), {"slug": None}),
        ("<link>https://letterboxd.com/ada/film/%s/</link>" % ("x" * 200), {"slug": "x" * 200}),
        ("<guid>%s</guid>" % ("x" * 2_001), {"guid": ""}),
        ('<description>&lt;img src="/%s"/&gt;</description>' % ("x" * 2_000), {"poster_url": None}),
    ],
)
def test_what_is_longer_than_anything_real_is_left_out(field: str, kept: dict[str, Any]) -> None:
    [entry] = one_item(WATCHED + field)

    assert {name: getattr(entry, name) for name in kept} == kept


def test_a_long_title_is_cut() -> None:
    title = "<letterboxd:filmTitle>%s</letterboxd:filmTitle>"

    [entry] = one_item(WATCHED, title % ("P" * 100_000))

    assert entry.title == "P" * 500
    # Each of these is eighteen letters in the index.
    assert one_item(WATCHED, title % ("\ufdfa" * 500)) == []


def test_a_member_may_be_called_not_found() -> None:
    feed = b"<rss><channel><title>Letterboxd - Not Found</title></channel></rss>"

    assert read("ada", feed) == []


@pytest.mark.parametrize("tag", ['"' + "x" * 300 + '"', '"\xfc"', '"a\tb"', " "])
def test_an_odd_tag_is_not_sent_back(
    fake: FakeLetterboxd, letterboxd: Letterboxd, tag: str
) -> None:
    fake.answers(200, {"ETag": tag}, b"<rss><channel></channel></rss>")

    assert feed_of(letterboxd).etag is None


def test_a_real_feed_is_read(samples: Path) -> None:
    entries = read("brianlovin", (samples / "letterboxd" / "diary.rss").read_bytes())

    assert [(one.title, one.half_stars, one.rewatch, one.slug) for one in entries] == [
        ("One Battle After Another", 8, False, "one-battle-after-another"),
        ("Heart Eyes", 5, True, "heart-eyes-2025"),
    ]
    assert all(one.poster_url and one.guid for one in entries)

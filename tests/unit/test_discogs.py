"""Discogs: what it tells, in whose name it is asked, how fast, and what it may not do to us."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from clients.discogs import BadToken, Discogs, NoSuchRelease
from clients.discogs_values import Track
from clients.http import AGAIN, BadStatus, Http
from core.errors import RemoteError
from core.releases import Wanted
from fakes.discogs import FakeDiscogs
from fakes.records import Record, records

JSON = {"Content-Type": "application/json"}
VINYL = {"name": "Vinyl", "descriptions": None}
CAN = next(record for record in records() if record.title == "Ege Bamyasi")


@pytest.fixture
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs() as made:
        yield made


@pytest.fixture
def http(fake: FakeDiscogs) -> Iterator[Http]:
    made = Http([fake.url], user_agent="Needledrop/test", pauses=())
    yield made
    made.close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def discogs(fake: FakeDiscogs, http: Http, waits: list[float]) -> Discogs:
    return Discogs(fake.url, fake.url, SecretStr("token"), http, pause=waits.append)


def basics(**said: Any) -> dict[str, Any]:
    return {"id": 5, "title": "Visions"} | said


def held(**said: Any) -> dict[str, Any]:
    usual = {"date_added": "2015-11-30T10:54:13-08:00", "basic_information": basics()}
    return usual | said


def page_of(*rows: Any) -> bytes:
    about = {"page": 1, "pages": 1, "per_page": 100, "items": len(rows)}
    return json.dumps({"pagination": about, "releases": rows}).encode()


def test_the_token_goes_in_a_header_and_in_no_address(fake: FakeDiscogs, discogs: Discogs) -> None:
    assert discogs.account() == "vinyl_ada"

    assert fake.requests[0].headers["authorization"] == "Discogs token=token"
    assert fake.requests[0].headers["user-agent"] == "Needledrop/test"
    assert "token" not in fake.requests[0].path


def test_a_refused_token_is_told_without_it(fake: FakeDiscogs, http: Http) -> None:
    discogs = Discogs(fake.url, fake.url, SecretStr("wrong-one"), http)

    with pytest.raises(BadToken) as raised:
        discogs.account()

    assert raised.value.retry_after is None
    assert "wrong-one" not in str(raised.value) + repr(vars(discogs))


def test_folders_and_fields_are_told_by_number(discogs: Discogs) -> None:
    assert discogs.folders("vinyl_ada") == {0: "All", 1: "Uncategorized", 2: "Living room"}
    assert discogs.fields("vinyl_ada")[1] == "Media Condition"


def test_a_copy_is_told_with_all_that_its_owner_says(fake: FakeDiscogs, discogs: Discogs) -> None:
    row = held(
        folder_id=2,
        rating=4,
        notes=[{"field_id": 1, "value": "Mint (M)"}, {"field_id": 3, "value": ""}],
        basic_information=basics(
            year=0,
            artists=[{"name": "Grimes (4)"}, {"name": "Majical Cloudz"}, {"name": "Grimes (4)"}],
            labels=[{"name": "4AD", "catno": "none"}, {"name": "Arbutus (2)", "catno": "CAD 3208"}],
            formats=[VINYL | {"qty": "2", "text": "Red", "descriptions": ["LP", "Numbered"]}],
            genres=["Electronic", "Pop"],
            cover_image=f"{fake.url}/covers/5.jpg",
        ),
    )  # fmt: skip
    fake.answers(200, JSON, page_of(row))

    copy = discogs.collection("vinyl_ada", 1).held[0]

    assert (copy.added_at, copy.folder_id, copy.rating) == ("2015-11-30 10:54:13", 2, 4)
    assert copy.notes == {1: "Mint (M)"}
    assert (copy.colour, copy.edition) == ("red", "numbered")
    release = copy.release
    assert (release.title, release.year, release.genre) == ("Visions", None, "Electronic")
    assert release.artists == ("Grimes", "Majical Cloudz")
    assert release.labels == ("4AD", "Arbutus")
    assert (release.catalogue_number, release.format) == ("CAD 3208", "2xLP")
    assert release.cover_address == f"{fake.url}/covers/5.jpg"


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {},
        held(date_added="yesterday"),
        held(date_added="2015-13-40T10:54:13-08:00"),
        held(date_added="0001-01-01T10:54:13-08:00"),
        held(date_added=None),
        held(date_added=1448877253),
        held(rating=11),
        held(basic_information=basics(id=10**13)),
        held(basic_information=None),
    ],
)
def test_a_copy_that_does_not_fit_costs_only_itself(
    fake: FakeDiscogs, discogs: Discogs, odd: Any
) -> None:
    fake.answers(200, JSON, page_of(odd, held()))

    page = discogs.collection("vinyl_ada", 1)

    assert (len(page.held), page.odd, page.copies) == (1, 1, 2)


def test_a_copy_without_a_rating_or_a_folder_is_one_all_the_same(
    fake: FakeDiscogs, discogs: Discogs
) -> None:
    fake.answers(200, JSON, page_of(held(rating=None, folder_id=None)))

    (copy,) = discogs.collection("vinyl_ada", 1).held

    assert (copy.rating, copy.folder_id) == (0, 0)


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ({"title": "\0"}, {"title": "Untitled"}),
        ({"artists": None, "labels": [None, 3]}, {"artists": (), "labels": ()}),
        ({"title": "V\0" + "x" * 9_000}, {"title": "V" + "x" * 399}),
        ({"year": "1975-04-00"}, {"year": 1975}),
        ({"year": 99_999}, {"year": None}),
        ({"formats": [VINYL | {"qty": "many"}]}, {"format": "Vinyl"}),
        ({"cover_image": "https://evil.example/x.jpg"}, {"cover_address": None}),
        ({"cover_image": "http://169.254.169.254/x"}, {"cover_address": None}),
        ({"genres": [None]}, {"genre": None}),
    ],
)  # fmt: skip
def test_what_no_page_can_show_is_left_out(
    fake: FakeDiscogs, discogs: Discogs, odd: dict[str, Any], kept: dict[str, Any]
) -> None:
    fake.answers(200, JSON, page_of(held(basic_information=basics(**odd))))

    release = discogs.collection("vinyl_ada", 1).held[0].release

    assert {name: getattr(release, name) for name in kept} == kept


def test_a_collection_is_asked_for_in_the_order_in_which_it_grew(
    fake: FakeDiscogs, discogs: Discogs
) -> None:
    discogs.collection("vinyl_ada", 3)

    assert fake.requests[0].query == {
        "page": "3", "per_page": "100", "sort": "added", "sort_order": "asc",
    }  # fmt: skip


def test_a_release_tells_its_songs_and_where_its_cover_is(
    fake: FakeDiscogs, discogs: Discogs
) -> None:
    told = discogs.release(CAN.id)

    assert told.tracks[0] == Track("A1", "Pinch", 225)
    assert [track.title for track in told.tracks] == list(CAN.songs)
    assert told.release.cover_address == f"{fake.url}/covers/{CAN.id}.jpg"
    assert (told.release.country, told.release.format) == ("Germany", "LP")
    assert str(told.release.barcode).startswith("4000")


def test_headings_are_no_songs_and_parts_are(fake: FakeDiscogs, discogs: Discogs) -> None:
    parts = [{"position": "B1a", "title": "One", "duration": "", "type_": "track"}]
    rows = [
        {"position": "", "title": "Side B", "type_": "heading"},
        {"position": "B1", "title": "Suite", "type_": "index", "sub_tracks": parts},
        {"position": "B2" * 30, "title": "Long", "duration": "1:02:03", "type_": "track"},
        {"position": "B3", "title": "\0", "type_": "track"},
        {"odd": 1},
    ]
    body = basics(tracklist=rows, images=[{"type": "secondary", "uri": "https://evil.example"}])
    fake.answers(200, JSON, json.dumps(body).encode())

    told = discogs.release(5)

    assert told.tracks == (Track("B1a", "One", None), Track("B2" * 10, "Long", 3723))
    assert told.release.cover_address is None


def test_an_unknown_release_is_told(discogs: Discogs) -> None:
    with pytest.raises(NoSuchRelease) as raised:
        discogs.release(1)

    assert raised.value.retry_after is None


def wanted_of(record: Record, **said: Any) -> Wanted:
    return Wanted(artist=record.artists[0], title=record.title, year=record.year, **said)


def test_a_search_finds_by_title_artist_and_year(fake: FakeDiscogs, discogs: Discogs) -> None:
    found = discogs.search(wanted_of(CAN, medium="Vinyl"))

    release = next(one for one in found if one.discogs_id == CAN.id)
    assert (release.title, release.artists, release.year) == ("Ege Bamyasi", ("Can",), 1972)
    assert (release.labels, release.genre) == (("United Artists",), "Rock")
    assert fake.requests[0].query["format"] == "Vinyl"
    assert fake.requests[0].query["type"] == "release"
    assert len(fake.requests) == 1


def test_a_wrong_year_keeps_nothing_from_being_found(fake: FakeDiscogs, discogs: Discogs) -> None:
    found = discogs.search(Wanted(artist="Can", title="Ege Bamyasi", year=1999))

    assert [one.discogs_id for one in found] == [CAN.id]
    assert len(fake.requests) == 2


def test_a_barcode_finds_its_release(discogs: Discogs) -> None:
    barcode = discogs.release(CAN.id).release.barcode or ""

    assert [one.discogs_id for one in discogs.search(Wanted(barcode=barcode))] == [CAN.id]


def test_several_artists_in_one_title_are_parted_where_that_is_certain(
    fake: FakeDiscogs, discogs: Discogs
) -> None:
    titles = ["Grimes (4), d'Eon - Darkbloom", "Prince* & The Revolution - 1999", "A & B - C - D"]
    rows = [{"id": number, "title": title} for number, title in enumerate(titles, 1)]
    fake.answers(200, JSON, json.dumps({"results": rows}).encode())

    found = discogs.search(Wanted(words="any"))

    assert [(one.artists, one.title) for one in found] == [
        (("Grimes", "d'Eon"), "Darkbloom"),
        (("Prince", "The Revolution"), "1999"),
        (("A & B",), "C - D"),
    ]


def test_what_nobody_knows_is_not_found(discogs: Discogs) -> None:
    assert discogs.search(Wanted(words="no record is called that")) == []


def test_it_is_asked_as_often_as_it_allows(
    fake: FakeDiscogs, discogs: Discogs, waits: list[float]
) -> None:
    fake.a_minute = fake.left = 60

    for _ in range(3):
        discogs.account()

    assert [round(seconds) for seconds in waits] == [1, 2]


def test_where_little_is_left_it_rests(
    fake: FakeDiscogs, discogs: Discogs, waits: list[float]
) -> None:
    fake.left = 2

    discogs.account()
    discogs.account()

    assert [round(seconds) for seconds in waits] == [15]


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "many", "9" * 99])
def test_nonsense_about_its_limits_changes_nothing(
    fake: FakeDiscogs, discogs: Discogs, waits: list[float], nonsense: str
) -> None:
    said = {"X-Discogs-Ratelimit": nonsense, "X-Discogs-Ratelimit-Remaining": "x" + nonsense}
    fake.answers(200, JSON | said, b'{"username": "vinyl_ada"}')

    discogs.account()
    discogs.account()

    assert [round(seconds) for seconds in waits] == [1]


HOSTILE: dict[str, tuple[Callable[[FakeDiscogs], None], float | None]] = {
    "a page": (lambda fake: fake.html(), AGAIN),
    "half of it": (lambda fake: fake.truncates(), AGAIN),
    "broken off": (lambda fake: fake.drops(), AGAIN),
    "trouble": (lambda fake: fake.answers(500), AGAIN),
    "too often": (lambda fake: fake.answers(429), AGAIN),
    "too often, for so long": (lambda fake: fake.answers(429, {"Retry-After": "7"}), 7),
    "a flood": (lambda fake: fake.floods(), None),
    "another shape": (lambda fake: fake.answers(200, JSON, b'{"releases": 7}'), None),
    "a list": (lambda fake: fake.answers(200, JSON, b"[]"), None),
    "no entry": (lambda fake: fake.answers(403), None),
    "elsewhere": (lambda fake: fake.redirects_to("http://127.0.0.1:9/"), None),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_whatever_goes_wrong_is_one_sentence(
    fake: FakeDiscogs, discogs: Discogs, fault: str
) -> None:
    misbehave, again = HOSTILE[fault]
    misbehave(fake)

    for ask in (
        discogs.account,
        lambda: discogs.folders("vinyl_ada"),
        lambda: discogs.collection("vinyl_ada", 1),
        lambda: discogs.search(Wanted(words="x")),
        lambda: discogs.release(CAN.id),
    ):
        with pytest.raises(RemoteError) as raised:
            ask()
        assert raised.value.retry_after == again
        assert str(raised.value).count(".") == 1 or isinstance(raised.value, BadStatus)

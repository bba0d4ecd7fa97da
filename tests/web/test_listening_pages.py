"""The pages of listening: what they show of whom and when, what they lead to, what they send."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.plays import Context, Heard, Named, Source, row_key
from database import now_playing, spotify_plays
from database.engine import Database
from database.models import Album, Artist, Listener, Person, Track
from database.play_intake import Intake
from tests import factories
from tests.web.conftest import Visitor, house, member

CAN = Named("Vitamin C", ("Can",), "Ege Bamyasi", "Can")
SPOON = Named("Spoon <b>", ("Can", "Damo & Co"), "Ege Bamyasi", "Can")
NEU = Named("=Hallogallo", ("Neu!",), "Neu!", "Neu!")
EVERY = (
    "/listening/",
    "/listening/artists",
    "/listening/albums",
    "/listening/tracks",
    "/listening/plays",
    "/listening/years",
    "/listening/2024",
    "/listening/discovery",
    "/listening/how",
    "/listening/search?q=can",
    "/listening/household",
    "/listening/shelf",
    "/listening/shelf?which=missing",
    "/listening/shelf?which=records",
)


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def bring(
    db: Database,
    person_id: int,
    plays: Sequence[tuple[Named, str]],
    source: Source = Source.SCROBBLE,
    **said: Any,
) -> None:
    """Bring plays that began at an ISO time, of three minutes each."""
    heard = []
    for named, when in plays:
        start = clock.moment(datetime.fromisoformat(when).replace(tzinfo=UTC))
        key = row_key(source, start, named.title)
        heard.append(Heard(named, start, source, key, duration_ms=180_000, **said))
    with db.writing() as session:
        Intake(person_id).take(session, heard)


@pytest.fixture
def history(db: Database, bob: Visitor) -> None:
    bring(db, bob.id, [(CAN, f"2024-01-{day:02}T20:15") for day in range(1, 6)])
    bring(db, bob.id, [(SPOON, "2024-01-03T20:18"), (NEU, "2023-06-01T08:00")])


def ids(db: Database, model: Any, name: str) -> int:
    named = model.name if model is Artist else model.title
    with db.reading() as session:
        return int(session.scalars(select(model.id).where(named == name)).one())


def told_by(visitor: Visitor, address: str) -> Any:
    """Return what an address tells in JSON."""
    return visitor.get(address, headers={"Accept": "application/json"}).json


def facts(page: str) -> dict[str, str]:
    """Return what the figures of a page say, by their names, without "why?"."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {
        name: " ".join(re.sub(r"<a class=.sub.*?</a>|<[^>]+>", " ", said).split())
        for name, said in found
    }


@pytest.mark.parametrize("address", EVERY)
def test_without_plays_a_page_says_what_to_do(bob: Visitor, address: str) -> None:
    """Must show 5.5.3: an empty database is no error."""
    shown = bob.get(address)

    assert shown.status_code == 200
    assert "None" not in shown.text
    if "search" not in address:
        assert 'href="/listening/import"' in shown.text


@pytest.mark.usefixtures("history")
def test_the_household_is_called_that_of_one_as_well(bob: Visitor) -> None:
    assert "The household ·" in " ".join(bob.get("/listening/?whose=us&period=all").text.split())
    assert "You ·" in " ".join(bob.get("/listening/?period=all").text.split())


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("address", EVERY)
def test_a_page_is_a_table_too(bob: Visitor, address: str) -> None:
    mark = "&" if "?" in address else "?"
    told = told_by(bob, f"{address}{mark}format=json")
    assert told and told["whose"] in ("me", "us")

    for name in set(told) - {"whose", "since", "until", "next"}:
        sent = bob.get(f"{address}{mark}format=csv&table={name}")
        assert sent.content_type == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(sent.text)))
        assert len(rows) == len(told[name]) + 1
        if told[name]:
            assert set(rows[0]) == set(told[name][0])


@pytest.mark.usefixtures("history")
def test_whoever_asks_for_json_gets_it(bob: Visitor) -> None:
    told = told_by(bob, "/listening/artists")

    assert [(one["place"], one["artist"], one["plays"]) for one in told["artists"]] == [
        (1, "Can", 6),
        (2, "Damo & Co", 1),
        (3, "Neu!", 1),
    ]


@pytest.mark.usefixtures("history")
def test_a_cell_is_never_a_formula(bob: Visitor) -> None:
    assert "'=Hallogallo" in bob.get("/listening/tracks?format=csv").text


@pytest.mark.usefixtures("history")
def test_a_table_that_is_none_is_told(bob: Visitor) -> None:
    for wrong in ("format=xml", "format=csv&table=none", "format=json&since=never"):
        assert bob.get(f"/listening/artists?{wrong}").status_code == 422


@pytest.mark.usefixtures("history")
def test_the_home_shows_the_window_that_is_asked_for(bob: Visitor) -> None:
    page = facts(bob.get("/listening/?since=2024-01-02&until=2024-01-05").text)

    assert page["Plays"] == "4 +300 %"
    assert page["Time, partly estimated"] == "12 min +300 %"
    assert (page["Artists"], page["Albums"], page["Tracks"]) == ("2", "1", "2")
    assert page["Longest row of days"].startswith("5 1 Jan 2024")
    assert page["Sittings"].startswith("3 ")


@pytest.mark.usefixtures("history")
def test_the_home_is_of_all_time_where_this_month_has_nothing(bob: Visitor) -> None:
    page = bob.get("/listening/").text

    assert "All time" in page and facts(page)["Plays"] == "7"
    assert "Nothing played in this time" in bob.get("/listening/?period=day").text


def test_the_home_compares_with_as_much_of_the_time_before(db: Database, bob: Visitor) -> None:
    bring(db, bob.id, [(CAN, "2024-01-10T12:00"), (CAN, "2024-01-11T12:00")])
    bring(db, bob.id, [(CAN, f"2024-02-1{day}T12:00") for day in range(3)])

    page = bob.get("/listening/?since=2024-02-01&until=2024-03-01").text
    assert facts(page)["Plays"] == "3 +50 %"
    assert "against January 2024" in page


def test_the_running_month_is_compared_up_to_the_same_time(db: Database, bob: Visitor) -> None:
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = (first - timedelta(days=1)).replace(day=1)
    bring(db, bob.id, [(CAN, before.replace(tzinfo=None).isoformat())])
    bring(db, bob.id, [(CAN, first.replace(tzinfo=None).isoformat())])

    assert "up to the same time" in bob.get("/listening/?period=month").text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("since=x", "since"),
        ("since=2024-02-01&until=2024-01-01", "until"),
        ("period=age", "period"),
    ],
)
def test_times_that_are_none_come_back_with_a_sentence(bob: Visitor, said: str, field: str) -> None:
    page = bob.get(f"/listening/?{said}")

    assert page.status_code == 422
    assert 'class="problem"' in page.text
    told = bob.get(f"/listening/?{said}", headers={"Accept": "application/json"})
    assert told.status_code == 422 and field in (told.json or {})["problems"]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    "said",
    [
        "since=0001-01-02&until=9998-01-01",
        "until=9999-12-31",
        "since=9999-12-30&until=9999-12-31",
        "since=-62135500000",
        "since=2024-01-01T10:00&until=2024-01-03T21:00",
    ],
)
def test_no_time_is_too_long_or_too_far(bob: Visitor, said: str) -> None:
    for address in ("/listening/", "/listening/artists", "/listening/how"):
        assert bob.get(f"{address}?{said}").status_code == 200


@pytest.mark.usefixtures("history")
def test_tops_by_plays_by_time_and_of_first_artists(db: Database, bob: Visitor) -> None:
    long = Named("Long one", ("Neu!",))
    bring(db, bob.id, [(long, "2024-02-01T12:00")], Source.SPOTIFY_EXTENDED, ms_played=9_000_000)

    def names(address: str) -> list[str]:
        told = told_by(bob, address)
        return [one["artist"] for one in told["artists"]]

    assert names("/listening/artists") == ["Can", "Neu!", "Damo & Co"]
    assert names("/listening/artists?by=ms")[0] == "Neu!"
    assert names("/listening/artists?credit=first") == ["Can", "Neu!"]


def test_tops_are_paged(db: Database, bob: Visitor) -> None:
    many = [(Named(f"Track {n:03}", (f"Artist {n:03}",)), "2024-01-01T12:00") for n in range(103)]
    bring(db, bob.id, many)

    first = bob.get("/listening/artists?whose=me").text
    further = re.search(r'rel="next" href="([^"]+)"', first)
    assert further and "Artist 099" in first and "Artist 100" not in first
    last = bob.get(further[1].replace("&amp;", "&")).text
    assert "Artist 102" in last and 'rel="next"' not in last
    assert '<td class="end">103</td>' in last


@pytest.mark.usefixtures("history")
def test_an_artists_page_tells_all_of_it(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        factories.record(session, session.get_one(Person, bob.id), "Tago Mago", ["Can"])
    page = bob.get(f"/listening/artists/{ids(db, Artist, 'Can')}").text

    told = facts(page)
    assert (told["Plays"], told["Place among all"]) == ("6", "1")
    assert (told["First play"], told["Last play"]) == ("1 Jan 2024", "5 Jan 2024")
    assert "Spoon &lt;b&gt;" in page and "Ege Bamyasi" in page
    assert "Tago Mago" in page and 'href="/listening/2024' in page


@pytest.mark.usefixtures("history")
def test_a_tracks_page_credits_each_artist(db: Database, bob: Visitor) -> None:
    page = bob.get(f"/listening/tracks/{ids(db, Track, 'Spoon <b>')}").text

    for name in ("Can", "Damo &amp; Co"):
        assert re.search(rf'<a href="/listening/artists/\d+[^"]*">{name}</a>', page)
    assert re.search(r'on <a href="/listening/albums/\d+[^"]*">Ege Bamyasi</a>', page)


@pytest.mark.usefixtures("history")
def test_an_albums_page_shows_its_tracks_by_plays(db: Database, bob: Visitor) -> None:
    address = f"/listening/albums/{ids(db, Album, 'Ege Bamyasi')}"

    told = told_by(bob, address)
    assert [(one["track"], one["plays"]) for one in told["tracks"]] == [
        ("Vitamin C", 5),
        ("Spoon <b>", 1),
    ]
    assert facts(bob.get(address).text)["Plays"] == "6"


def test_what_counts_as_another_leads_to_it(db: Database, bob: Visitor) -> None:
    bring(db, bob.id, [(CAN, "2024-01-01T12:00"), (NEU, "2024-01-02T12:00")])
    can, neu = ids(db, Artist, "Can"), ids(db, Artist, "Neu!")
    with db.writing() as session:
        session.execute(update(Artist).where(Artist.id == neu).values(counts_as=can))

    assert bob.get(f"/listening/artists/{neu}").location.startswith(f"/listening/artists/{can}")


@pytest.mark.parametrize("what", ["artists", "albums", "tracks"])
def test_what_is_not_there_is_not_found(bob: Visitor, what: str) -> None:
    assert bob.get(f"/listening/{what}/77").status_code == 404


def test_what_one_has_not_played_says_so(db: Database, alice: Visitor, bob: Visitor) -> None:
    bring(db, alice.id, [(CAN, "2024-01-01T12:00")])

    page = bob.get(f"/listening/artists/{ids(db, Artist, 'Can')}").text
    assert "You have not played it" in page and "alice" in page


@pytest.mark.usefixtures("history")
def test_whoever_plays_an_artist_says_its_genres(db: Database, bob: Visitor) -> None:
    address = f"/listening/artists/{ids(db, Artist, 'Can')}"

    assert bob.submit(address, to=f"{address}/genres", genres="Krautrock, Jazz").status_code == 303
    assert "Jazz, Krautrock" in bob.get(address).text
    wrong = bob.submit(address, to=f"{address}/genres", genres="Rock; Pop")
    assert wrong.status_code == 422 and 'value="Rock; Pop"' in wrong.text
    assert "without ;" in wrong.text
    token = bob.token(address)
    told = bob.post(
        f"{address}/genres",
        json={"genres": "Ambient"},
        headers={"Accept": "application/json", "X-CSRFToken": token},
    )
    assert (told.json or {})["genres"] == ["Ambient"]


@pytest.mark.usefixtures("history")
def test_plays_are_listed_newest_first_and_filtered(bob: Visitor) -> None:
    def titles(said: str) -> list[str]:
        told = told_by(bob, f"/listening/plays?{said}")
        return [one["track"] for one in told["plays"]]

    assert titles("")[0] == "Vitamin C" and titles("")[-1] == "=Hallogallo"
    assert titles("q=spoon") == ["Spoon <b>"]
    assert titles("day=2023-06-01") == ["=Hallogallo"]
    assert titles("which=not") == []
    assert titles("source=1") == []
    assert bob.get("/listening/plays?which=not").text.count("No play is like that") == 1
    assert bob.get("/listening/plays?day=2023-02-31").status_code == 422
    assert bob.get("/listening/plays?source=99&which=odd").text.count('class="problem"') >= 2


@pytest.mark.usefixtures("history")
def test_a_gap_is_told_where_its_plays_would_be(db: Database, bob: Visitor) -> None:
    ends = [clock.moment(datetime(2024, 1, day, 20, 15, tzinfo=UTC)) for day in (2, 3)]
    with db.writing() as session:
        spotify_plays.keep_gap(session, bob.id, spotify_plays.Gap(*ends))
    line = "Between 2 Jan 2024, 20:15 and 3 Jan 2024, 20:15 Spotify may have played more"

    for said, is_told in (
        ("", True), ("day=2024-01-02", True), ("day=2024-01-03", True), ("day=2024-01-04", False),
        ("q=spoon", False), ("whose=us", False), ("day=2023-02-31", False),
    ):  # fmt: skip
        assert (line in bob.get(f"/listening/plays?{said}").text) is is_told, said
    assert line in bob.get("/library").text


def test_one_who_keeps_it_to_themselves_is_not_shown(
    db: Database, alice: Visitor, bob: Visitor
) -> None:
    bring(db, alice.id, [(CAN, "2024-01-01T12:00")])
    bring(db, bob.id, [(NEU, "2024-01-01T12:00")])
    assert bob.get(f"/listening/artists?whose={alice.id}").status_code == 200
    with db.writing() as session:
        mine = update(Listener).where(Listener.person_id == alice.id)
        session.execute(mine.values(is_shared=False))

    for address in EVERY:
        mark = "&" if "?" in address else "?"
        if "household" not in address:
            assert bob.get(f"{address}{mark}whose={alice.id}").status_code == 403
    # In the household's sums she is, but none of her plays is told.
    assert "Vitamin C" not in bob.get("/listening/plays?whose=us").text
    assert "alice" not in bob.get("/listening/household").text
    assert "alice" not in bob.get(f"/listening/artists/{ids(db, Artist, 'Can')}").text


@pytest.mark.parametrize("whose", ["77", "x", "-1", "9" * 30, "1" * 30])
def test_nobody_is_not_found(bob: Visitor, whose: str) -> None:
    assert bob.get(f"/listening/?whose={whose}").status_code == 404


def test_a_child_is_seen_by_its_parent(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        child = factories.person(session, "Kim")
        child.parent_id = bob.id
        session.flush()
        child_id = child.id
    bring(db, child_id, [(CAN, "2024-01-01T12:00")])
    with db.writing() as session:
        session.execute(
            update(Listener).where(Listener.person_id == child_id).values(is_shared=False)
        )

    assert "Kim" in bob.get(f"/listening/artists?whose={child_id}").text


@pytest.mark.usefixtures("history")
def test_a_year_in_review(bob: Visitor) -> None:
    page = bob.get("/listening/2024").text

    told = facts(page)
    assert told["Days with a play"] == "5"
    assert told["Busiest day"].startswith("2 plays 3 Jan 2024")
    assert told["Longest row of days"].startswith("5 ")
    assert told["Sittings"].startswith("5 ")
    assert "2 artists were new" in page and 'rel="prev" href="/listening/2023' in page
    assert page.count("<title>") > 366
    for year in ("1899", "9999", "20245"):
        assert bob.get(f"/listening/{year}").status_code == 404


@pytest.mark.usefixtures("history")
def test_what_is_new_of_a_household_says_who_brought_it_in(
    db: Database, alice: Visitor, bob: Visitor
) -> None:
    bring(db, alice.id, [(CAN, "2024-05-01T12:00")])

    page = bob.get("/listening/discovery?year=2024&whose=us").text
    assert re.search(r">Can</a></th><td>Jan 2024</td>.*?<td>bob</td>", page)


def test_the_household_sums_shares_and_compares(db: Database, alice: Visitor, bob: Visitor) -> None:
    bring(db, alice.id, [(CAN, "2024-01-01T12:00"), (NEU, "2024-01-02T12:00")])
    bring(db, bob.id, [(CAN, f"2024-01-{day:02}T18:00") for day in range(1, 4)])

    told = told_by(bob, "/listening/household")
    assert [(one["artist"], one["plays"]) for one in told["us_artists"]] == [
        ("Can", 4),
        ("Neu!", 1),
    ]
    assert [(one["name"], one["least_plays"]) for one in told["shared_artists"]] == [("Can", 1)]
    assert [(one["artist"], one["person"], one["plays"]) for one in told["who"][:2]] == [
        ("Can", "alice", 1),
        ("Can", "bob", 3),
    ]
    assert [one["share"] for one in told["alike"]] == [50.0]
    assert {one["artist"]: one["person"] for one in told["brought_in"]}["Can"] == "alice"


def test_how_tells_of_those_that_say(db: Database, bob: Visitor) -> None:
    context = Context(platform="iOS 17", reason_end="fwdbtn", country="DE", is_shuffled=True)
    spotify = Source.SPOTIFY_EXTENDED
    bring(db, bob.id, [(CAN, "2024-01-01T12:00")], spotify, ms_played=2_000, context=context)
    bring(db, bob.id, [(NEU, "2024-01-02T12:00")])

    page = bob.get("/listening/how").text
    assert facts(page)["Skipped"] == "100 % 1 of 1 plays"
    assert "iPhone or iPad" in page and "Forward button" in page


def test_what_plays_now_is_shown(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        now_playing.say(session, bob.id, Named("Halleluhwah <i>", ("Can",)), client="Symfonium")

    page = bob.get("/listening/").text
    assert "Halleluhwah &lt;i&gt; · Can" in page and "by Symfonium" in page


@pytest.mark.usefixtures("history")
def test_another_time_keeps_what_else_an_address_says(bob: Visitor) -> None:
    page = bob.get("/listening/artists?by=ms&whose=us&since=2024-01-01&until=2024-02-01").text

    assert 'href="/listening/artists?by=ms&amp;whose=us&amp;period=year"' in page
    before = re.search(r'href="([^"]+)" rel="prev"', page)
    assert before and "since=2023-12-01&amp;until=2024-01-01" in before[1]


@pytest.mark.usefixtures("history")
def test_plays_are_ticked_in_the_list_to_say_that_they_were_not_me(
    app: Flask, bob: Visitor
) -> None:
    page = bob.get("/listening/plays").text
    ticks = re.findall(r'type="checkbox" name="play" value="(\d+)"', page)

    assert len(ticks) == 7 and "The ticked ones were not me" in page
    looked = bob.get(f"/listening/not-me?play={ticks[0]}&play={ticks[6]}&person={bob.id}").text
    assert re.findall(r'name="play" value="(\d+)" checked', looked) == [ticks[0], ticks[6]]
    assert 'name="play"' not in member(app, "carol").get(f"/listening/plays?whose={bob.id}").text

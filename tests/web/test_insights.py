"""The insights API: each address, what it takes and refuses, whose numbers it tells to whom."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core import clock
from core.plays import Heard, Named, Source, row_key
from core.settings import Settings
from database import artist_genres, children, listeners, play_sums, tokens
from database.children import NewChild
from database.engine import Database
from database.models import Album, Artist, Listener, Person
from database.owner import Owner
from database.play_intake import Intake
from tests import factories
from tests.web.conftest import Visitor, house, member

NOON = 1_764_158_400_000  # 2025-11-26 12:00 UTC, a Wednesday
LONG_AGO = NOON - 400 * clock.DAY
SPANNED = ["total/listens", "total/listen-time", "distinct/tracks", "distinct/artists"]
SPANNED += ["distinct/primary-artists"]
TOPS = ["top/tracks", "top/artists", "top/primary-artists", "top/albums", "top/genres"]
_numbers = count(1)


@pytest.fixture
def settings(settings: Settings, db: Database, database_url: str) -> Settings:
    """Both databases, each empty at first."""
    assert db
    return settings.model_copy(update={"database_url": database_url})


def hear(
    app: Flask,
    who: Visitor,
    title: str = "Halleluhwah",
    artists: Sequence[str] = ("Can",),
    times: int = 1,
    at: int = NOON,
    **said: Any,
) -> None:
    """Let somebody play a track so often, an hour apart."""
    named = Named(title, tuple(artists), said.pop("album", ""), credit=said.pop("credit", ""))
    plays = [
        Heard(
            named, at - nth * clock.HOUR, Source.LISTENBRAINZ,
            row_key(Source.LISTENBRAINZ, next(_numbers)), **said,
        )
        for nth in range(times)
    ]  # fmt: skip
    with house(app).db.writing() as session:
        Intake(who.id).take(session, plays)


def asked(who: Visitor, address: str) -> Any:
    answer = who.get(f"/insights/{address}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_an_empty_house_is_told_in_full(alice: Visitor) -> None:
    """Must show 5.5.3: an empty database gives 0, "0d 0h 0m 0s" and []."""
    for of in (f"/{alice.id}", ""):
        below = "global/" if not of else ""
        for name in SPANNED:
            assert asked(alice, f"{below}{name}{of}") == 0
        for name in TOPS:
            assert asked(alice, f"{below}{name}{of}") == []
        time = f"{below}total/listen-time{of}"
        assert asked(alice, f"{time}?as_string=yes") == "0d 0h 0m 0s"
        assert asked(alice, f"{time}?as_string=false") == 0
    assert asked(alice, "global/top/listeners") == []


def test_tracks_are_told_with_all_that_pages_show(app: Flask, alice: Visitor) -> None:
    hear(app, alice, "Vitamin C", ["Can", "Guest"], 2, album="Ege", duration_ms=214_000)
    hear(app, alice, "Dread", ["Abba"], 2, at=NOON - clock.DAY)

    assert asked(alice, f"top/tracks/{alice.id}") == [
        {
            "track_id": 2,
            "track_name": "Dread",
            "artist_name": "Abba",
            "count": 2,
            "duration_ms": None,
            "image_url": "/static/sleeve.svg",
            "preview_url": None,
        },
        {
            "track_id": 1,
            "track_name": "Vitamin C",
            "artist_name": "Can",
            "count": 2,
            "duration_ms": 214_000,
            "image_url": "/static/sleeve.svg",
            "preview_url": None,
        },
    ]
    with alice.get("/static/sleeve.svg") as picture:
        assert picture.mimetype == "image/svg+xml"
    assert asked(alice, f"top/albums/{alice.id}") == [
        {"album_id": 1, "album_name": "Ege", "artist_name": "Can", "count": 2}
    ]


def test_a_track_has_one_row_however_many_pictures_there_are(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.6: two equally wide images make one row."""
    hear(app, alice, "Vitamin C", album="Ege Bamyasi")
    hear(app, alice, "Vitamin C", at=NOON - clock.DAY, album="Anthology")
    with house(app).db.writing() as session:
        session.execute(update(Album).values(cover_sha256="ab" * 32))

    assert [one["count"] for one in asked(alice, f"top/tracks/{alice.id}")] == [2]


def test_a_cover_that_comes_later_is_told_at_once(app: Flask, alice: Visitor) -> None:
    hear(app, alice, "Vitamin C", album="Ege Bamyasi")
    assert asked(alice, "global/top/tracks")[0]["image_url"] == "/static/sleeve.svg"

    with house(app).db.writing() as session:
        session.execute(update(Album).values(cover_sha256="ab" * 32))

    assert asked(alice, "global/top/tracks")[0]["image_url"] == "/listening/albums/1/cover.jpg"


def test_namesakes_stay_apart(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.4: two tracks of one title, by two artists, are two."""
    hear(app, alice, "Hurt", ["Nine Inch Nails"])
    hear(app, alice, "Hurt", ["Johnny Cash"], at=NOON - clock.DAY)

    told = asked(alice, f"top/tracks/{alice.id}")

    assert [(one["artist_name"], one["count"]) for one in told] == [
        ("Nine Inch Nails", 1),
        ("Johnny Cash", 1),
    ]


def test_artists_count_by_any_credit_and_primary_ones_by_plays(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.5: any credit counts; primary artists count plays, not tracks."""
    hear(app, alice, "Protection", ["Massive Attack", "Tracey Thorn"], 3)

    any_credit = asked(alice, "global/top/artists")
    primary = asked(alice, "global/top/primary-artists")

    assert {one["artist_name"]: one["count"] for one in any_credit} == {
        "Massive Attack": 3,
        "Tracey Thorn": 3,
    }
    assert [(one["artist_name"], one["count"]) for one in primary] == [("Massive Attack", 3)]
    assert asked(alice, f"distinct/artists/{alice.id}") == 2
    assert asked(alice, f"distinct/primary-artists/{alice.id}") == 1


def test_a_track_without_an_artist_counts_in_totals(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.7: and it is a top track, by nobody."""
    hear(app, alice, "Field recording", [], ms_played=61_000)

    assert asked(alice, "global/total/listens") == 1
    assert asked(alice, "global/total/listen-time?as_string=1") == "0d 0h 1m 1s"
    assert asked(alice, "global/top/tracks")[0]["artist_name"] is None
    assert asked(alice, "global/top/artists") == []


def test_two_plays_in_one_second_both_stay(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.8."""
    hear(app, alice, "One")
    hear(app, alice, "Other")

    assert asked(alice, f"total/listens/{alice.id}") == 2


@pytest.mark.parametrize(
    ("asking", "plays"),
    [
        ("", 3),
        ("?period=all", 3),
        ("?since=2025-11-26", 1),
        ("?since=2025-11-26T12:00", 1),
        ("?since=2025-11-26T13:00", 0),
        ("?until=2025-11-26T12:00Z", 2),
        ("?until=1764158400", 2),
        ("?since=2025-11-25&until=2025-11-26", 1),
        ("?since=2025-11-25&since=2030-01-01", 2),
        ("?x=1&since=", 3),
        ("?since=9999-06-01", 0),
        ("?until=0001-06-01", 0),
        ("?since=0001-06-01&until=9999-06-01", 3),
    ],
)
def test_every_number_knows_windows(app: Flask, alice: Visitor, asking: str, plays: int) -> None:
    hear(app, alice, "A", at=NOON)
    hear(app, alice, "B", at=NOON - clock.DAY)
    hear(app, alice, "C", at=LONG_AGO)

    assert asked(alice, f"total/listens/{alice.id}{asking}") == plays
    assert asked(alice, f"global/total/listens{asking}") == plays
    assert asked(alice, f"distinct/tracks/{alice.id}{asking}") == plays
    told = asked(alice, f"top/tracks/{alice.id}{asking}")
    assert [one["count"] for one in told] == [1] * plays
    assert len(asked(alice, f"global/top/artists{asking}")) == min(plays, 1)
    assert len(asked(alice, f"global/top/listeners{asking}")) == min(plays, 1)


def test_a_running_period_ends_with_it(app: Flask, alice: Visitor) -> None:
    now = clock.now()
    hear(app, alice, "A", at=now)
    hear(app, alice, "B", at=now - 800 * clock.DAY)

    told = {period: asked(alice, f"total/listens/{alice.id}?period={period}")
            for period in ("day", "week", "month", "year", "all")}  # fmt: skip

    assert told == {"day": 1, "week": 1, "month": 1, "year": 1, "all": 2}


def test_a_date_is_one_of_the_persons_zone(app: Flask, alice: Visitor, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        there = update(Person).where(Person.id == bob.id)
        session.execute(there.values(zone="Europe/Berlin"))
    for who in (alice, bob):
        hear(app, who, at=NOON - 12 * clock.HOUR - clock.MINUTE)

    for who, plays in ((alice, 0), (bob, 1)):
        assert asked(who, f"total/listens/{who.id}?since=2025-11-26") == plays


@pytest.mark.parametrize("said", ["0", "101", "ten", "1.5", "-1", "1e2", "９", "9" * 30])
def test_a_limit_is_from_1_to_100(alice: Visitor, said: str) -> None:
    for name in TOPS:
        for address in (f"/insights/{name}/{alice.id}", f"/insights/global/{name}"):
            answer = alice.get(f"{address}?limit={said}")

            assert answer.status_code == 400
            assert answer.get_json() == {"error": "Limit must be between 1 and 100"}
            assert "X-Cache" not in answer.headers


@pytest.mark.parametrize("said", ["abc", "1.0", "--1", "9" * 19, "１"])
def test_who_is_a_number(alice: Visitor, said: str) -> None:
    answer = alice.get(f"/insights/top/tracks/{said}")

    assert (answer.status_code, answer.get_json()) == (
        400,
        {"error": "Invalid user_id parameter"},
    )


@pytest.mark.parametrize(
    "asking",
    [
        "since=2025-11-26&period=day",
        "period=decade",
        "since=2025-11-26&until=2025-11-26",
        "since=soon",
        "until=99999999999999999",
    ],
)
def test_a_window_that_is_none_is_refused(alice: Visitor, asking: str) -> None:
    for address in (f"total/listens/{alice.id}", "global/top/genres", "global/top/listeners"):
        answer = alice.get(f"/insights/{address}?{asking}")

        assert answer.status_code == 400
        assert list(answer.get_json()) == ["error"]


def test_as_string_is_yes_or_no(alice: Visitor) -> None:
    answer = alice.get("/insights/global/total/listen-time?as_string=maybe")

    assert (answer.status_code, list(answer.get_json())) == (400, ["error"])


@pytest.mark.parametrize("person", ["0", "-1", "-0", "999999999999999999"])
def test_of_nobody_there_is_nothing(app: Flask, alice: Visitor, person: str) -> None:
    hear(app, alice)

    assert asked(alice, f"top/tracks/{person}") == []
    assert asked(alice, f"total/listens/{person}") == 0
    assert asked(alice, f"total/listens/{person}?since=2025-01-01") == 0


def test_a_stranger_is_turned_away(app: Flask, guest: Visitor) -> None:
    """Must show 5.5.9: a stranger gets 401."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("insights.") and rule.endpoint != "insights.invalidate":
            answer = guest.get(rule.rule.replace("<user_id>", "1"))

            assert (answer.status_code, list(answer.get_json())) == (401, ["error"]), rule.rule


def test_a_token_is_as_good_as_a_session(app: Flask, guest: Visitor, alice: Visitor) -> None:
    hear(app, alice)
    with house(app).db.writing() as session:
        token = tokens.add(session, alice.id, "a script")
    guest.headers = {"Authorization": f"Token {token}"}

    assert asked(guest, "global/total/listens") == 1


def test_who_keeps_theirs_to_themselves_is_seen_by_nobody_but_the_admin(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    carol = member(app, "carol")
    for who in (bob, carol):
        hear(app, who)
    assert asked(bob, f"total/listens/{carol.id}") == 1

    with house(app).db.writing() as session:
        private = update(Listener).where(Listener.person_id == carol.id)
        session.execute(private.values(is_shared=False))

    answer = bob.get(f"/insights/total/listens/{carol.id}")
    assert (answer.status_code, list(answer.get_json())) == (403, ["error"])
    assert asked(carol, f"total/listens/{carol.id}") == 1
    assert asked(alice, f"total/listens/{carol.id}") == 1
    assert asked(bob, "global/total/listens") == 2
    assert asked(bob, "global/top/listeners") == [{"user_id": bob.id, "count": 1}]
    assert {one["user_id"] for one in asked(alice, "global/top/listeners")} == {bob.id, carol.id}


def test_the_household_is_without_children_and_those_who_stay_out(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    with house(app).db.writing() as session:
        child = children.add(session, alice.id, NewChild(name="kim")).id
    for nth, who in enumerate((alice, bob, Visitor(alice.client, child))):
        hear(app, who, f"Track {nth}", [f"Artist {nth}"])
    assert asked(alice, "global/total/listens") == 2

    with house(app).db.writing() as session:
        listeners.lock(session)
        out = update(Listener).where(Listener.person_id == bob.id)
        session.execute(out.values(is_joint=False))
        play_sums.join_household(session, bob.id, is_joint=False)

    assert asked(alice, "global/total/listens") == 1
    assert asked(alice, "global/distinct/artists") == 1
    assert [one["track_name"] for one in asked(alice, "global/top/tracks")] == ["Track 0"]
    assert [one["user_id"] for one in asked(alice, "global/top/listeners")] == [alice.id]


def test_who_listened_most_comes_first(app: Flask, alice: Visitor, bob: Visitor) -> None:
    hear(app, alice, times=1)
    hear(app, bob, times=3)

    assert asked(alice, "global/top/listeners") == [
        {"user_id": bob.id, "count": 3},
        {"user_id": alice.id, "count": 1},
    ]


def test_genres_are_those_of_primary_artists(app: Flask, alice: Visitor) -> None:
    """A play counts once for each genre; a record on a shelf tells one where nobody does."""
    hear(app, alice, "Vitamin C", ["Can", "Abba"], 3)
    hear(app, alice, "Waterloo", ["Abba"], 2, at=NOON - clock.DAY)
    hear(app, alice, "Nobody's", ["Unknown"], 3, at=NOON - 2 * clock.DAY)
    with house(app).db.writing() as session:
        own = session.get_one(Person, alice.id)
        factories.record(session, own, "Tago Mago", ["Can"])
        factories.record(session, own, "Soon Over Babaluma", ["Can"], genre="Electronic")
    with house(app).db.writing() as session:
        abba = session.query(Artist.id).filter_by(name="Abba").scalar()
        artist_genres.put(session, abba, "Pop, rock", Owner(alice.id))

    for address in (f"top/genres/{alice.id}", "global/top/genres"):
        answer = alice.get(f"/insights/{address}")

        assert answer.get_json() == [
            {"genre": "Rock", "count": 5},
            {"genre": "Electronic", "count": 3},
            {"genre": "Pop", "count": 2},
        ]
        assert answer.headers["X-Genre-Coverage"] == "0.6250"


def test_a_record_that_is_bought_or_changes_its_genre_is_told_at_once(
    app: Flask, alice: Visitor
) -> None:
    hear(app, alice, "Vitamin C")
    assert alice.get("/insights/global/top/genres").headers["X-Genre-Coverage"] == "0.0000"

    with house(app).db.writing() as session:
        factories.record(session, session.get_one(Person, alice.id), "Tago Mago", ["Can"])

    answer = alice.get("/insights/global/top/genres")
    assert (answer.get_json(), answer.headers["X-Genre-Coverage"]) == (
        [{"genre": "Rock", "count": 1}],
        "1.0000",
    )


def test_a_failure_is_json_whatever_it_is(alice: Visitor) -> None:
    for address, status in (("/insights/nothing", 404), ("/cache/nothing", 404)):
        answer = alice.get(address)

        assert (answer.status_code, list(answer.get_json())) == (status, ["error"])

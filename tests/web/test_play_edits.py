"""Correcting plays, and what counts of them, by the pages that a browser shows."""

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.plays import Context, Heard, Named, Source, row_key
from database import people
from database.models import Artist, Listener, Person, Play, PlayEdit, Task, Track
from database.play_intake import Intake
from tests import factories
from tests.web.conftest import Visitor, house

AT = 1_700_000_000_000
PHONE = Context(client="phone", platform="android")


def play(nth: int, title: str, artist: str = "Can", ms: int = 200_000) -> Heard:
    at = AT + nth * 600_000
    return Heard(
        Named(title, (artist,), "Ege Bamyasi"), at, Source.SPOTIFY_EXTENDED,
        row_key(Source.SPOTIFY_EXTENDED, at, title), ms, context=PHONE,
    )  # fmt: skip


HISTORY = [
    play(0, "Vitamin C"),
    play(1, "Spoon"),
    play(2, "Pinch", ms=4_000),
    play(3, "I'm So Green", "CAN!"),
]


@pytest.fixture
def bob(app: Flask, bob: Visitor) -> Visitor:
    """He has played four tracks."""
    bring(app, bob.id, HISTORY)
    return bob


def bring(app: Flask, person_id: int, heard: Sequence[Heard]) -> None:
    with house(app).db.writing() as session:
        Intake(person_id).take(session, heard)


def titles(app: Flask, person_id: int) -> list[str]:
    """Return what counts of somebody's."""
    query = select(Track.title).join(Play, Play.track_id == Track.id)
    query = query.where(Play.person_id == person_id, Play.standing == 0)
    with house(app).db.reading() as session:
        return list(session.scalars(query.order_by(Play.started_at, Track.title)))


def play_id(app: Flask, title: str) -> int:
    with house(app).db.reading() as session:
        query = select(Play.id).join(Track, Track.id == Play.track_id).where(Track.title == title)
        return session.scalars(query).one()


def undo_last(app: Flask, bob: Visitor) -> None:
    with house(app).db.reading() as session:
        query = select(PlayEdit.public_id).order_by(PlayEdit.id.desc())
        last = session.scalars(query).first()
    answer = bob.submit("/listening/edits", to=f"/listening/edits/{last}/undo")
    assert answer.status_code == 303, answer.text


ALL = ["Vitamin C", "Spoon", "I'm So Green"]
SAID = {"title": "Sing Swan Song", "artists": "Can", "album": "", "at": "2023-11-14T23:30"}


def test_a_play_is_added_and_taken_back(app: Flask, bob: Visitor) -> None:
    assert bob.submit("/listening/plays/add", **SAID).status_code == 303

    assert titles(app, bob.id) == [*ALL, "Sing Swan Song"]
    assert "Added: Sing Swan Song by Can" in bob.get("/listening/edits").text
    undo_last(app, bob)
    assert titles(app, bob.id) == ALL
    assert "undone" in bob.get("/listening/edits").text


def test_a_known_track_is_looked_for_and_taken(app: Flask, bob: Visitor) -> None:
    found = bob.get("/listening/plays/add?q=spo").text
    track = f"/listening/plays/add?track={play_id(app, 'Spoon')}"

    assert 'aria-label="Take Spoon, Can"' in found
    assert 'value="Ege Bamyasi"' in bob.get(track).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Give the track’s title."),
        ({"at": "yesterday"}, "A day and a time, like 2026-11-24 20:15."),
        ({"at": "2999-01-01T00:00"}, "A day and a time, like 2026-11-24 20:15."),
        ({"title": "A\u200bB"}, "Give letters, digits and the like."),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(
    bob: Visitor, wrong: dict[str, str], sentence: str
) -> None:
    answer = bob.submit("/listening/plays/add", **{**SAID, **wrong})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Can"' in answer.text


def test_a_play_is_changed_and_deleted(app: Flask, bob: Visitor) -> None:
    page = f"/listening/plays/{play_id(app, 'Spoon')}/edit"
    assert 'value="2023-11-14T22:23:20"' in bob.get(page).text

    bob.submit(page, **{**SAID, "title": "Soup"})
    assert titles(app, bob.id) == ["Vitamin C", "I'm So Green", "Soup"]
    assert bob.get(page).status_code == 409
    undo_last(app, bob)
    other = play_id(app, "Vitamin C")
    bob.submit(page, to=f"/listening/plays/{other}/delete")
    assert titles(app, bob.id) == ALL[1:]
    undo_last(app, bob)
    assert titles(app, bob.id) == ALL


def test_not_me_tells_the_number_first_and_gives_to_somebody(
    app: Flask, bob: Visitor, alice: Visitor
) -> None:
    shown = bob.get("/listening/not-me?artist=Can").text
    assert "<strong>3</strong> plays are stored" in shown
    assert "<strong>2</strong> of them" in shown

    answer = bob.post(
        "/listening/not-me",
        data={"csrf_token": bob.token("/account"), "artist": "Can", "to": str(alice.id)},
    )

    assert answer.status_code == 303
    assert (titles(app, bob.id), titles(app, alice.id)) == (ALL[2:], ALL[:2])
    undo_last(app, bob)
    assert (titles(app, bob.id), titles(app, alice.id)) == (ALL, [])


def test_only_those_that_were_ticked(app: Flask, bob: Visitor) -> None:
    typed = {"artist": "Can", "only_ticked": "1", "play": [str(play_id(app, "Spoon"))]}
    data = {"csrf_token": bob.token("/account"), **typed}

    assert bob.post("/listening/not-me", data=data).status_code == 303

    assert titles(app, bob.id) == ["Vitamin C", "I'm So Green"]
    del data["play"]
    assert bob.post("/listening/not-me", data=data).status_code == 422


def test_what_no_index_finds_is_a_tasks_work(app: Flask, bob: Visitor) -> None:
    data = {"csrf_token": bob.token("/account"), "words": "PHONE"}

    answer = bob.post("/listening/not-me", data=data)

    assert "/tasks/" in answer.headers["Location"]
    assert titles(app, bob.id) == ALL


def test_nobody_gives_away_plays_of_another(app: Flask, bob: Visitor, alice: Visitor) -> None:
    data = {"csrf_token": alice.token("/account"), "artist": "Can", "person": str(bob.id)}

    assert alice.post("/listening/not-me", data=data).status_code == 403
    assert titles(app, bob.id) == ALL


_OF_SOMEBODY = [
    ("/listening/plays/add", {**SAID}),
    ("/listening/not-me", {"artist": "Can"}),
    ("/listening/counting", {"rule": "all"}),
    ("/listening/counting/try", {}),
    ("/listening/counting/seen", {"is_public": "1"}),
]


@pytest.mark.parametrize(("address", "given"), _OF_SOMEBODY)
def test_nobody_says_anything_of_anothers_plays(
    app: Flask, bob: Visitor, alice: Visitor, address: str, given: dict[str, str]
) -> None:
    said = given | {"csrf_token": alice.token("/account"), "person": str(bob.id)}

    assert alice.post(address, data=said).status_code == 403

    with house(app).db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 0
        listener = session.get_one(Listener, bob.id)
        assert (listener.rule, listener.is_public) == ("30s", False)
    assert titles(app, bob.id) == ALL


@pytest.mark.parametrize("ticked", [5, "5", {"5": 5}, list(range(1, 2_000))])
def test_ticks_that_are_none_are_asked_for_again(bob: Visitor, ticked: object) -> None:
    headers = {"X-CSRFToken": bob.token("/account"), "Accept": "application/json"}
    said = {"play": ticked, "only_ticked": True}

    assert bob.post("/listening/not-me", json=said, headers=headers).status_code == 422


def test_a_spin_is_logged_from_the_records_page(app: Flask, bob: Visitor) -> None:
    songs = [
        {"position": "A1", "title": "Pinch", "seconds": 568, "is_favourite": False},
        {"position": "B1", "title": "Spoon", "seconds": None, "is_favourite": False},
    ]
    with house(app).db.writing() as session:
        owner = session.get_one(Person, bob.id)
        record_id = factories.record(session, owner, "Ege Bamyasi", ["Can"], songs=songs)
    page = f"/listening/spin/{record_id}"
    assert page in bob.get(f"/shelf/{record_id}").text

    assert bob.submit(page, side="C", at="2023-11-20T20:00").status_code == 422
    assert bob.submit(page, side="all", at="2023-11-20T20:00").status_code == 303

    assert titles(app, bob.id) == [*ALL, "Pinch", "Spoon"]
    undo_last(app, bob)
    assert titles(app, bob.id) == ALL


def test_a_merge_is_seen_before_it_is_done(app: Flask, bob: Visitor) -> None:
    with house(app).db.reading() as session:
        ids = {row.name: row.id for row in session.execute(select(Artist.name, Artist.id))}
    page = f"/listening/merge/artists/{ids['CAN!']}"
    assert "Written almost alike" in bob.get(page).text
    seen = f"{page}?into={ids['Can']}"
    assert "1 stored play counts under that name then" in bob.get(seen).text

    assert bob.submit(seen, to=page).status_code == 422
    data = {"csrf_token": bob.token(seen), "into": str(ids["Can"])}
    assert bob.post(page, data=data).status_code == 303
    assert bob.get(f"{page}?into={ids['Can']}").status_code == 422
    undo_last(app, bob)


def test_another_rule_is_a_task_and_the_same_is_none(app: Flask, bob: Visitor) -> None:
    assert "/tasks/" not in bob.submit("/listening/counting", rule="30s").headers["Location"]
    assert "/tasks/" in bob.submit("/listening/counting", rule="all").headers["Location"]
    assert bob.submit("/listening/counting", rule="some").status_code == 422
    assert (
        "/tasks/"
        in bob.submit("/listening/counting", to="/listening/counting/try").headers["Location"]
    )

    with house(app).db.reading() as session:
        actions = session.scalars(select(Task.action).order_by(Task.id)).all()
    assert actions == ["recount_plays", "count_by_rules"]


def test_who_sees_it_is_switched(app: Flask, bob: Visitor) -> None:
    page = "/listening/counting"
    bob.submit(page, to="/listening/counting/seen", is_joint="1", is_public="1")

    with house(app).db.reading() as session:
        found = session.get_one(Listener, bob.id)
        assert (found.is_joint, found.is_shared, found.is_public) == (True, False, True)
    assert "/tasks/" in bob.submit(page, to="/listening/counting/seen").headers["Location"]


def test_another_zone_is_counted_anew(app: Flask, bob: Visitor) -> None:
    bob.submit("/account", to="/account/about", zone="Asia/Tokyo")
    bob.submit("/account", to="/account/about", zone="Asia/Tokyo")

    with house(app).db.reading() as session:
        assert session.scalars(select(Task.action)).all() == ["recount_plays"]


@pytest.mark.parametrize("query", ["", "?period=year", "?since=2023-11-14&until=2023-11-15"])
def test_why_is_a_page_for_any_figure(app: Flask, bob: Visitor, query: str) -> None:
    shown = bob.get(f"/listening/why{query}")
    track = play_id(app, "Spoon")
    told = bob.get(
        f"/listening/why?kind=track&item={track}", headers={"Accept": "application/json"}
    ).json

    assert shown.status_code == 200
    assert told and (told["stored"], told["counted"]) == (1, 1)
    assert told["by_rule"] == {"all": 1, "30s": 1, "half": 1, "end": 1}


def test_why_of_one_who_keeps_theirs_is_shut(app: Flask, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        carol = people.add(
            session, people.NewPerson(username="carol", password="a" * 20), zone="UTC"
        )
        session.flush()
        carol_id = carol.id
    bring(app, carol_id, HISTORY)
    assert bob.get(f"/listening/why?whose={carol_id}").status_code == 200
    with house(app).db.writing() as session:
        session.get_one(Listener, carol_id).is_shared = False

    assert bob.get(f"/listening/why?whose={carol_id}").status_code == 403
    # Of the household the numbers are told, and none of her plays.
    assert "Vitamin C" not in bob.get("/listening/why?whose=us").text


def test_a_childs_profile_is_made_looked_after_and_removed(app: Flask, bob: Visitor) -> None:
    answer = bob.submit("/listening/children", name="Kim")
    page = answer.headers["Location"]
    assert bob.submit("/listening/children", name="kim").status_code == 422

    assert bob.submit(page, to=f"{page}/routes").status_code == 422
    assert (
        bob.submit(page, to=f"{page}/routes", words="speaker", until_hour="20").status_code == 303
    )
    assert "on “speaker”" in bob.get(page).text.lower()
    bob.submit(page, to=f"{page}/routes/1/remove")
    assert "None yet." in bob.get(page).text
    asked = bob.submit(f"{page}/remove", give_back="1")

    assert "/tasks/" in asked.headers["Location"]
    with house(app).db.reading() as session:
        task = session.scalars(select(Task).where(Task.action == "remove_child")).one()
    assert task.args["give_back"] is True


def test_a_child_can_never_log_in(bob: Visitor, guest: Visitor) -> None:
    bob.submit("/listening/children", name="Kim")

    for password in ("", "Kim"):
        answer = guest.submit("/login", username="Kim", password=password)
        assert answer.status_code == 422


def test_an_admin_makes_a_profile_for_a_parent(app: Flask, bob: Visitor, alice: Visitor) -> None:
    alice.submit("/listening/children", name="Kim", parent=str(bob.id))

    with house(app).db.reading() as session:
        child = session.scalars(select(Person).where(Person.name == "Kim")).one()
        assert child.parent_id == bob.id
    assert alice.get(f"/listening/children/{child.id}").status_code == 200
    assert bob.get(f"/listening/counting?person={child.id}").status_code == 200


PAGES = (
    "/listening/edits", "/listening/not-me?artist=Can", "/listening/counting",
    "/listening/why", "/listening/children", "/listening/plays/add?q=Can",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_twenty_more_plays_cost_no_query(
    app: Flask, bob: Visitor, count_queries: list[str], page: str
) -> None:
    seen = []
    for round_ in range(2):
        if round_:
            bring(app, bob.id, [play(n, f"Song {n}") for n in range(10, 30)])
            for n in range(3):
                bob.submit("/listening/plays/add", **{**SAID, "title": f"New {n}"})
        else:
            bob.submit("/listening/plays/add", **SAID)
        count_queries.clear()
        assert bob.get(page).status_code == 200
        seen.append(len(count_queries))

    assert seen[0] == seen[1]


def test_nothing_is_written_by_looking(app: Flask, bob: Visitor) -> None:
    with house(app).db.reading() as session:
        before = (
            session.scalar(select(func.max(Play.id))),
            session.scalar(select(func.count(PlayEdit.id))),
        )

    for page in PAGES:
        bob.get(page)

    with house(app).db.reading() as session:
        after = (
            session.scalar(select(func.max(Play.id))),
            session.scalar(select(func.count(PlayEdit.id))),
        )
    assert after == before

"""The basket: a person's own, told before what goes in, played with and without an account."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask

from core.settings import Settings
from core.videos import as_id
from database import baskets, video_checks
from database.baskets import Find
from database.models import Task
from database.video_checks import Look
from tests import little_crates
from tests.little_crates import batch, release
from tests.web.conftest import Visitor, house

A, B, C = as_id(11), as_id(12), as_id(13)
JSON = {"Accept": "application/json"}
PAGE = "/crates/basket"


@pytest.fixture(autouse=True)
def crate(app: Flask, settings: Settings) -> Path:
    assert app
    rows = [release(1, 2), release(2, 1, title="100%", label=None), release(3)]
    videos = [(1, 1, 11, 60, "A song"), (1, 2, 12, None, "=B"), (2, 1, 13, 5, None)]
    little_crates.serve(settings.data, batch(rows, videos))
    return settings.data


def put_in(visitor: Visitor, *ids: int, **said: object) -> str:
    """Put releases in, and return what the next page says of it."""
    form = {"csrf_token": visitor.token("/crates"), "release": [str(id_) for id_ in ids], **said}
    answer = visitor.post(f"{PAGE}/releases", data=form)
    assert answer.status_code == 303
    return visitor.get(answer.headers["Location"]).text


def inside(app: Flask, visitor: Visitor) -> list[str]:
    with house(app).db.reading() as session:
        return [item.video_id for item in baskets.chosen(session, visitor.id)]


def fill(app: Flask, visitor: Visitor, many: int) -> None:
    with house(app).db.writing() as session:
        finds = [Find(as_id(n), f"No. {n}", 60, n, "Can", "T", "L") for n in range(1, many + 1)]
        baskets.add(session, visitor.id, finds)


def test_it_says_what_to_do_while_it_is_empty(alice: Visitor) -> None:
    assert "Nothing in it yet" in alice.get(PAGE).text
    assert alice.get(f"{PAGE}/empty").status_code == 303


def test_a_page_of_releases_goes_in_and_two_baskets_stay_apart(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    said = put_in(alice, 1, 2, 3)

    assert "3 links found, 3 of them new: 3 videos in your basket." in said
    assert inside(app, alice) == [A, B, C]
    assert inside(app, bob) == []
    assert "2 links found, 0 of them new" in put_in(alice, 1)


def test_one_comes_back_to_where_one_was(alice: Visitor) -> None:
    form = {"csrf_token": alice.token("/crates"), "release": "1", "next": "/crates?q=can"}
    assert alice.post(f"{PAGE}/releases", data=form).headers["Location"] == "/crates?q=can"
    form["next"] = "https://evil.example/"
    assert alice.post(f"{PAGE}/releases", data=form).headers["Location"] == PAGE


def test_what_is_not_in_the_crate_is_not_found(alice: Visitor) -> None:
    form = {"csrf_token": alice.token("/crates")}
    assert alice.post(f"{PAGE}/releases", data=form | {"release": "77"}).status_code == 404
    for odd in ("0", "x", str(2**40), ""):
        assert alice.post(f"{PAGE}/releases", data=form | {"release": odd}).status_code == 422


def test_a_dig_goes_in_whole_and_says_so_before(app: Flask, alice: Visitor) -> None:
    assert "All 3 videos into the basket" in alice.get("/crates?q=can").text

    alice.submit("/crates?q=can", to=f"{PAGE}/dig", dig="q=can&sort=title")

    assert inside(app, alice) == [C, A, B]


def test_a_dig_that_is_too_much_is_refused_with_the_number(
    app: Flask, alice: Visitor, settings: Settings
) -> None:
    videos = [(1, nth, nth, 1, "A") for nth in range(1, 1_002)]
    little_crates.serve(settings.data, batch([release(1, 1_001)], videos))

    page = alice.get("/crates?q=can").text
    refused = alice.submit("/crates?q=can", to=f"{PAGE}/dig", dig="q=can")

    assert "into the basket at once" in page
    assert "videos into the basket</button>" not in page
    assert refused.status_code == 409
    assert "1,001 videos are too many" in refused.text
    assert inside(app, alice) == []


def test_a_dig_without_videos_says_so(alice: Visitor) -> None:
    dig = {"dig": "title=Title+3"}
    refused = alice.submit("/crates", to=f"{PAGE}/dig", **dig)

    assert refused.status_code == 409
    assert "1 release found, but no videos" in refused.text
    assert alice.submit("/crates", to=f"{PAGE}/dig", dig="year=never").status_code == 422


def test_videos_of_a_release_are_chosen_and_capped(app: Flask, alice: Visitor) -> None:
    put_in(alice, 1, 2)

    alice.submit(PAGE, to=f"{PAGE}/choose", release="1", video=[B])
    assert inside(app, alice) == [B, C]
    assert f'value="{A}">' in alice.get(PAGE).text
    assert f'value="{B}" checked>' in alice.get(PAGE).text
    alice.submit(PAGE, to=f"{PAGE}/choose-all")
    alice.submit(PAGE, to=f"{PAGE}/cap", per_release="1")
    assert inside(app, alice) == [A, C]
    assert alice.submit(PAGE, to=f"{PAGE}/cap", per_release="0").status_code == 422
    assert alice.submit(PAGE, to=f"{PAGE}/choose", release="9").status_code == 404


def test_things_are_taken_out_until_it_is_empty(app: Flask, alice: Visitor) -> None:
    put_in(alice, 1, 2)

    alice.submit(PAGE, to=f"{PAGE}/take-out", video=A)
    assert inside(app, alice) == [B, C]
    alice.submit(PAGE, to=f"{PAGE}/take-out", label="SPOON")
    assert inside(app, alice) == [C]
    assert alice.submit(PAGE, to=f"{PAGE}/take-out", label="SPOON").status_code == 404
    assert alice.submit(PAGE, to=f"{PAGE}/take-out", video=C, release="2").status_code == 422
    assert "1 video of 1 release" in alice.get(f"{PAGE}/empty").text
    alice.submit(f"{PAGE}/empty", to=f"{PAGE}/empty")
    assert inside(app, alice) == []


def test_it_comes_in_files_of_what_is_chosen(alice: Visitor) -> None:
    put_in(alice, 1, 2)
    alice.submit(PAGE, to=f"{PAGE}/choose", release="2")

    m3u8, table = alice.get(f"{PAGE}.m3u8"), alice.get(f"{PAGE}.csv")

    assert m3u8.text.count("#EXTINF") == 2
    assert m3u8.headers["Content-Disposition"] == "attachment; filename=basket.m3u8"
    assert ",'=B," in table.text
    assert alice.get(f"{PAGE}.txt").text.split() == [
        f"https://www.youtube.com/watch?v={id_}" for id_ in (A, B)
    ]
    tracks = json.loads(alice.get(f"{PAGE}.jspf").text)["playlist"]["track"]
    assert [track["title"] for track in tracks] == ["A song", "=B"]


def test_long_baskets_are_read_out_whole(app: Flask, alice: Visitor) -> None:
    fill(app, alice, 1_001)

    lines = alice.get(f"{PAGE}.txt").text.split()

    assert lines == [f"https://www.youtube.com/watch?v={as_id(n)}" for n in range(1, 1_002)]


def test_pages_go_through_all_releases(app: Flask, alice: Visitor) -> None:
    fill(app, alice, 45)
    address, seen = PAGE, list[str]()
    while address:
        page = alice.get(address).text
        seen += re.findall(r'id="release-(\d+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1] if found else ""

    assert seen == [str(n) for n in range(1, 46)]


def test_fifty_are_played_at_a_time_on_the_one_page_with_a_frame(
    app: Flask, alice: Visitor
) -> None:
    fill(app, alice, 120)

    page = alice.get(f"{PAGE}/play?part=3")

    links = re.findall(r"watch_videos\?video_ids=([^\"]+)", page.text)
    assert [len(link.split(",")) for link in links] == [50, 50, 20]
    frame = re.search(r'<iframe class="player" src="([^"]+)"', page.text)
    assert frame
    assert frame[1].startswith(f"https://www.youtube-nocookie.com/embed/{as_id(101)}?playlist=")
    assert 'referrerpolicy="strict-origin-when-cross-origin"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-src https://www.youtube-nocookie.com")
    assert "frame-src" not in alice.get(PAGE).headers["Content-Security-Policy"]
    assert "part 3 of your basket" in alice.get(f"{PAGE}/play?part=99").text
    assert alice.get(f"{PAGE}/play?part=0").status_code == 422


def test_a_full_page_costs_as_many_queries_as_one_release(
    app: Flask, alice: Visitor, count_queries: list[str]
) -> None:
    asked = []
    for many in (1, 30):
        fill(app, alice, many)
        count_queries.clear()
        assert alice.get(PAGE).status_code == 200
        asked.append(len(count_queries))

    assert asked[0] == asked[1] <= 10


def test_nothing_chosen_is_no_player(alice: Visitor) -> None:
    page = alice.get(f"{PAGE}/play")

    assert "Nothing is chosen" in page.text
    assert "<iframe" not in page.text


def test_which_still_play_is_a_task_and_shown_then(app: Flask, alice: Visitor) -> None:
    put_in(alice, 1)
    assert "YouTube is asked about 2 videos" in alice.get(PAGE).text

    answer = alice.submit(PAGE, to=f"{PAGE}/check")

    assert answer.headers["Location"].startswith("/tasks/")
    assert "YouTube is being asked" in alice.get(PAGE).text
    with house(app).db.writing() as session:
        session.query(Task).update({"status": "COMPLETE", "finished_at": 1})
        video_checks.keep(session, {A: Look("gone", "private"), B: Look("alive")})
    page = alice.get(PAGE).text
    assert "private by now" in page and f'value="{A}">' in page
    assert "1 plays no more, and is chosen only if you choose it again" in page
    assert "Choose all again" not in page
    assert "YouTube is asked about" not in page
    alice.submit(PAGE, to=f"{PAGE}/take-out", gone="1")
    assert inside(app, alice) == [B]
    assert alice.submit(PAGE, to=f"{PAGE}/check").status_code == 409


def test_what_plays_no_more_is_said_when_it_goes_in(app: Flask, alice: Visitor) -> None:
    with house(app).db.writing() as session:
        video_checks.keep(session, {A: Look("gone", "private")})

    assert "1 of the new ones play no more: not chosen." in put_in(alice, 1)
    assert inside(app, alice) == [B]


def test_names_are_text_and_nothing_else(app: Flask, alice: Visitor) -> None:
    evil = '<script>alert("1")</script>'
    with house(app).db.writing() as session:
        baskets.add(session, alice.id, [Find(A, evil, None, 1, evil, evil, evil)])

    for page in (PAGE, f"{PAGE}/play"):
        assert "<script>alert" not in alice.get(page).text
    alice.submit(PAGE, to=f"{PAGE}/take-out", artist=evil)
    assert inside(app, alice) == []


def test_scripts_are_told_in_json(alice: Visitor) -> None:
    form = {"csrf_token": alice.token("/crates"), "release": ["1", "2"]}
    put = alice.post(f"{PAGE}/releases", data=form, headers=JSON)
    assert put.get_json() == {"found": 3, "new": 3, "gone": 0, "videos": 3}

    now = {"videos": 3, "chosen": 3, "releases": 2, "seconds": 65, "untimed": 1}
    assert alice.get(PAGE, headers=JSON).get_json() == now | {"gone": 0, "left_out": 0}

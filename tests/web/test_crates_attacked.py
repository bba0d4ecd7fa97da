"""The crates are attacked: by forms of others, by names that are scripts, by what is too large."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.consents import GOOGLE_SCOPES
from core.settings import Settings
from core.videos import as_id
from database import baskets, youtube_playlists
from database.baskets import Find
from database.models import BasketVideo, Dig, Grant, Result, Task, YoutubeVideo
from database.owner import Owner
from tests import little_crates
from tests.little_crates import batch, release
from tests.web.conftest import Visitor, house

A, B = as_id(11), as_id(12)
BASKET = "/crates/basket"
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
KEPT = (BasketVideo, Dig, Task, YoutubeVideo)
PLAYERS = re.compile(r"frame-src ([^;]+)")


@pytest.fixture(autouse=True)
def crate(app: Flask, settings: Settings) -> None:
    """A release of an evil name, with a video, and one of a thousand videos."""
    assert app
    named = release(1, 1, artist=EVIL, title=EVIL, label=EVIL)
    many = [(2, nth, 100 + nth, 1, "A") for nth in range(1, 1_002)]
    videos = [(1, 1, 11, 60, EVIL), *many]
    little_crates.serve(settings.data, batch([named, release(2, 1_001)], videos))


def put_in(app: Flask, visitor: Visitor, *video_ids: str) -> None:
    finds = [Find(id_, EVIL, 60, 1, EVIL, EVIL, EVIL) for id_ in video_ids]
    with house(app).db.writing() as session:
        baskets.add(session, visitor.id, finds)


def connect(app: Flask, visitor: Visitor) -> None:
    """Let somebody have connected Google, and their playlists, one of an evil name, be known."""
    with house(app).db.writing() as session:
        session.add(
            Grant(
                person_id=visitor.id, provider="google", subject=f"UC-{visitor.id}",
                subject_name=EVIL, scopes=" ".join(GOOGLE_SCOPES), access_expires_at=0,
                authorised_at=0, version=1, status="OK", created_at=0,
            )
        )  # fmt: skip
        looked = youtube_playlists.ask_own(session, Owner(visitor.id))
        own = {"playlists": [[f"PL-of-{visitor.id}", EVIL, 1]]}
        session.add(Result(task_id=looked.id, attempt=1, body=own, created_at=1))


def rows(app: Flask) -> list[int]:
    with house(app).db.reading() as session:
        counts = (session.scalar(select(func.count()).select_from(one)) for one in KEPT)
        return [count or 0 for count in counts]


def inside(app: Flask, visitor: Visitor) -> list[str]:
    with house(app).db.reading() as session:
        return [item.video_id for item in baskets.chosen(session, visitor.id)]


def test_no_form_is_taken_without_its_token(app: Flask, alice: Visitor) -> None:
    connect(app, alice)
    put_in(app, alice, A)
    before = rows(app)
    forms = [
        re.sub(r"<int:\w+>|<\w+>", "1", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("crates.") and "POST" in (rule.methods or ())
    ]
    typed = {"release": "1", "dig": "q=a", "video": A, "gone": "1", "per_release": "1"}

    answers = {form: alice.post(form, data=typed).status_code for form in forms}

    assert len(answers) >= 18 and set(answers.values()) == {400}
    assert (rows(app), inside(app, alice)) == (before, [A])


def test_a_name_is_text_wherever_it_is_shown(app: Flask, alice: Visitor) -> None:
    connect(app, alice)
    put_in(app, alice, A, B)
    alice.submit("/crates/playlists/new", to="/crates/playlists", title="Deep", keep_basket="1")
    with house(app).db.reading() as session:
        (made,) = youtube_playlists.listed(session, alice.id)

    for page in (
        "/crates", "/crates/releases/1", BASKET, f"{BASKET}/play", "/crates/playlists/new",
        f"/crates/playlists/{made.public_id}",
    ):  # fmt: skip
        answer = alice.get(page)
        assert answer.status_code == 200, page
        assert "<script>" in unescape(answer.text), page
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text, page
        frames = PLAYERS.findall(answer.headers["Content-Security-Policy"])
        may = ["https://www.youtube-nocookie.com"] if page.endswith("/play") else []
        assert frames == may, page
    lines = alice.get(f"{BASKET}.m3u8").text.splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        f"https://www.youtube.com/watch?v={id_}" for id_ in (A, B)
    ]


def test_nobody_reaches_into_anothers_basket(app: Flask, alice: Visitor, bob: Visitor) -> None:
    put_in(app, alice, A)
    put_in(app, bob, B)

    assert bob.submit(BASKET, to=f"{BASKET}/take-out", video=A).status_code == 404
    assert bob.submit(BASKET, to=f"{BASKET}/take-out", release="1").status_code == 303
    put_in(app, bob, B)
    bob.submit(BASKET, to=f"{BASKET}/choose", release="1", video=[A, B])
    bob.submit(BASKET, to=f"{BASKET}/empty")

    assert (inside(app, alice), inside(app, bob)) == ([A], [])
    for ending in ("m3u8", "csv", "txt", "jspf"):
        assert A not in bob.get(f"{BASKET}.{ending}").text


def test_nothing_is_added_to_anothers_playlist(app: Flask, alice: Visitor, bob: Visitor) -> None:
    connect(app, alice)
    connect(app, bob)
    put_in(app, bob, A)
    form = "/crates/playlists/new"

    refused = bob.submit(form, to="/crates/playlists", into=f"PL-of-{alice.id}")

    assert refused.status_code == 409 and inside(app, bob) == [A]
    assert f"PL-of-{alice.id}" not in bob.get(form).text


@pytest.mark.parametrize(
    ("to", "typed"),
    [
        ("releases", {"release": [str(n) for n in range(1, 1_002)]}),
        ("releases", {"release": "1" * 5_000}),
        ("dig", {"dig": "q=" + "a" * 4_000}),
        ("choose", {"release": "1", "video": [A] * 5_001}),
        ("take-out", {"artist": "a" * 2_001}),
        ("cap", {"per_release": "1e9"}),
    ],
)
def test_what_is_too_large_is_refused(
    app: Flask, alice: Visitor, to: str, typed: dict[str, object]
) -> None:
    put_in(app, alice, A)

    assert alice.submit(BASKET, to=f"{BASKET}/{to}", **typed).status_code == 422
    assert inside(app, alice) == [A]


def test_a_dig_of_everything_does_not_go_in(app: Flask, alice: Visitor) -> None:
    for dig in ("", "sort=random"):
        refused = alice.submit("/crates", to=f"{BASKET}/dig", dig=dig)
        assert refused.status_code in (409, 422)

    assert inside(app, alice) == []

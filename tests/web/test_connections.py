"""Connecting accounts elsewhere: each way there and back, and what the page tells."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.consents import GOOGLE_SCOPES, SPOTIFY_READS, SPOTIFY_WRITES
from database import device_flows, tokens
from database.device_flows import Code
from database.models import Grant, Task
from tests.stand_in import StandIn
from tests.web.conftest import PASSWORD, house
from tests.web.connecting import AT_HOME, LOOPBACK, PAGE, Walker, set_up, walker
from tests.web.consenting import ADA, BEN, Account, Consenting


@pytest.fixture
def spotify(app: Flask) -> Iterator[Consenting]:
    with Consenting() as made:
        set_up(app, made)
        yield made


@pytest.fixture
def ada(app: Flask) -> Walker:
    """At 127.0.0.1, where Spotify can send her back to."""
    return walker(app, "ada")


@pytest.fixture
def maya(app: Flask) -> Walker:
    """At the house's address in the network, where it cannot."""
    return walker(app, "maya", AT_HOME)


def tasks_of(app: Flask, who: Walker) -> list[str]:
    with house(app).db.reading() as session:
        found = session.scalars(select(Task).where(Task.person_id == who.id).order_by(Task.id))
        return [task.action for task in found]


def change_grant(app: Flask, **values: object) -> None:
    with house(app).db.writing() as session:
        session.execute(update(Grant).values(**values))


def finish(app: Flask, action: str) -> None:
    worker = StandIn(house(app).db)
    worker.finish(worker.take(action), {})


# There and back


def test_by_redirect_it_is_connected_and_the_library_is_read(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    answer = ada.connects(spotify)

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Spotify is connected: Ada" in ada.said()
    grant = ada.grant()
    assert grant is not None
    assert (grant.subject, grant.subject_name) == ("the-account-of-ada", "Ada")
    assert set(grant.scopes) == set(SPOTIFY_READS)
    assert tasks_of(app, ada) == ["sync_library"]


def test_by_pasting_it_is_connected_from_anywhere(
    app: Flask, spotify: Consenting, maya: Walker
) -> None:
    led = spotify.allow(maya.opens_paste_page())
    assert led.startswith(f"{LOOPBACK}/account/spotify/callback?code=")

    answer = maya.post("/account/spotify/paste", address=f"  {led}\n")

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert maya.grant() is not None
    assert tasks_of(app, maya) == ["sync_library"]


def test_where_one_goes_on_is_kept_on_the_way(spotify: Consenting, ada: Walker) -> None:
    assert ada.connects(spotify, next="/listening?span=all").location == "/listening?span=all"


def test_connecting_again_renews_the_consent_and_loses_nothing_of_it(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    ada.connects(spotify, scopes="write")
    change_grant(app, status="RECONNECT", last_error="Refresh token expired")

    ada.connects(spotify)

    grant = ada.grant()
    assert grant is not None and grant.is_ok and grant.last_error is None
    assert set(grant.scopes) == {*SPOTIFY_READS, *SPOTIFY_WRITES}


def test_writing_is_a_second_consent_and_reads_nothing_anew(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    finish(app, "sync_library")
    assert "Let playlists be changed" in ada.get(PAGE).text

    ada.connects(spotify, scopes="write", next="/listening")

    grant = ada.grant()
    assert grant is not None and set(grant.scopes) >= set(SPOTIFY_WRITES)
    assert tasks_of(app, ada) == ["sync_library"]
    assert "Let playlists be changed" not in ada.get(PAGE).text


def test_another_account_than_the_one_that_is_connected_is_refused_and_named(
    spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    spotify.whose = BEN

    ada.connects(spotify)

    assert "another account at Spotify than the one that is connected: “Ada”" in ada.said()
    grant = ada.grant()
    assert grant is not None and grant.subject == ADA.account_id


def test_somebody_elses_account_is_refused_though_the_mail_is_the_same(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    carol = walker(app, "carol")

    carol.connects(spotify)

    assert "Somebody else in this house has connected this account" in carol.said()
    assert carol.grant() is None
    # Another one, of the same address of mail, is another one.
    spotify.whose = BEN
    carol.connects(spotify)
    assert carol.grant() is not None


def test_who_was_known_by_an_id_alone_is_known_by_the_account_afterwards(
    spotify: Consenting, ada: Walker
) -> None:
    spotify.whose = Account("ada", "Ada")
    ada.connects(spotify)
    spotify.whose = ADA

    ada.connects(spotify)

    grant = ada.grant()
    assert grant is not None and grant.subject == ADA.account_id


def test_who_says_no_at_spotify_is_told_kindly(spotify: Consenting, ada: Walker) -> None:
    spotify.accounts.is_denied = True

    answer = ada.connects(spotify)

    assert answer.location == f"{PAGE}#spotify"
    assert "You did not allow it at Spotify, so nothing is connected" in ada.said()


def test_a_wrong_secret_of_the_house_is_told_as_such(spotify: Consenting, ada: Walker) -> None:
    spotify.accounts.client_secret = "another"

    ada.connects(spotify)

    assert "An admin should compare its client id and secret" in ada.said()


# Who may


def test_the_password_is_asked_for_before_and_then_not_for_a_while(
    spotify: Consenting, ada: Walker
) -> None:
    asked = ada.post("/account/spotify/connect", next="/listening", way="redirect")
    assert asked.status_code == 200
    assert 'name="password"' in asked.text and 'value="/listening"' in asked.text

    wrong = ada.post("/account/spotify/connect", password="not it", next="/listening")
    assert wrong.status_code == 422 and "This is not your password." in wrong.text

    right = ada.post("/account/spotify/connect", password=PASSWORD)
    assert right.location.startswith(spotify.url)
    again = ada.post("/account/spotify/connect")
    assert again.location.startswith(spotify.url)


@pytest.mark.usefixtures("ada")
def test_who_has_just_logged_in_by_password_is_not_asked_again(
    app: Flask, spotify: Consenting
) -> None:
    browser = walker(app)
    browser.post("/login", username="ada", password=PASSWORD)

    assert browser.post("/account/spotify/connect").location.startswith(spotify.url)


@pytest.mark.usefixtures("spotify")
def test_after_a_quarter_of_an_hour_the_password_is_asked_for_again(ada: Walker) -> None:
    ada.sets_out()
    for at in (clock.now() - 16 * clock.MINUTE, clock.now() + clock.HOUR, "soon"):
        with ada.client.session_transaction(base_url=LOOPBACK) as cookie:
            cookie["proved_at"] = at
        assert 'name="password"' in ada.post("/account/spotify/connect").text


@pytest.mark.usefixtures("spotify")
def test_a_script_connects_nothing(app: Flask, ada: Walker) -> None:
    with house(app).db.writing() as session:
        token = tokens.add(session, ada.id, "a script")

    answer = app.test_client().post(
        "/account/spotify/connect",
        headers={"Authorization": f"Bearer {token}"},
        data={"password": PASSWORD},
    )

    assert answer.status_code == 409 and "in a browser" in answer.text


@pytest.mark.parametrize("path", ["connect", "test"])
def test_what_is_not_set_up_or_not_there_is_told(ada: Walker, path: str) -> None:
    assert ada.post(f"/account/google/{path}", password=PASSWORD).status_code == 409
    assert ada.post(f"/account/tidal/{path}").status_code == 404


# The page


def test_without_an_app_the_page_is_the_steps_and_the_exact_address(
    ada: Walker, maya: Walker
) -> None:
    for who in (ada, maya):
        page = who.get(PAGE).text
        assert f">{LOOPBACK}/account/spotify/callback</textarea>" in page
        assert f">{LOOPBACK}/account/google/callback</textarea>" in page
        assert "Not set up in this house yet" in page
        assert "Connect Spotify" not in page
        for note in ("Premium", "five people", "six months", "User Management", "secret"):
            assert note in page


def test_the_page_chooses_the_way_by_where_the_browser_is(
    app: Flask, spotify: Consenting, ada: Walker, maya: Walker
) -> None:
    set_up(app, spotify, google_client_id="google")
    there, here = "sends your browser back here", "copy one address and paste it here"
    by_code = "You type a short code in at Google"

    at_loopback, elsewhere = ada.get(PAGE).text, maya.get(PAGE).text

    assert f"Spotify {there}" in at_loopback and f"Google {there}" in at_loopback
    assert here in at_loopback and by_code in at_loopback
    assert there not in elsewhere and here in elsewhere and by_code in elsewhere
    assert "ssh -L 8000:127.0.0.1:8000" in elsewhere and "ssh -L" not in at_loopback
    assert maya.post("/account/spotify/connect", password=PASSWORD).status_code == 200


@pytest.mark.usefixtures("spotify")
def test_another_port_of_the_own_machine_is_not_where_spotify_leads(app: Flask) -> None:
    far = walker(app, "ada", "http://127.0.0.1:9000")

    assert "sends your browser back here" not in far.get(PAGE).text


def test_the_page_tells_state_end_and_what_is_allowed(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    change_grant(app, reconnect_by=1_795_000_000_000)

    page = ada.get(PAGE).text

    assert "until 18 Nov 2026" in page
    assert "read your private playlists" in page and "playlist-read" not in page
    assert "change your private playlists" not in page


def test_an_ended_consent_is_told_with_what_was_said(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)
    change_grant(app, status="RECONNECT", last_error="<b>Refresh token revoked</b>")

    page = ada.get(PAGE).text

    assert "Nothing comes from Spotify any more" in page
    assert "&lt;b&gt;Refresh token revoked" in page
    assert "Connect Spotify again" in page


def test_the_others_are_shown_with_their_state_and_lead_to_their_own_pages(ada: Walker) -> None:
    page = ada.get(PAGE).text

    for address in ("/shelf/discogs", "/listening/relay#listenbrainz", "/listening/relay#lastfm"):
        assert f'href="{address}"' in page
    assert page.count("Not linked") == 3
    assert f'href="{PAGE}"' in ada.get("/account").text


def test_the_connection_is_tried_by_a_task(app: Flask, spotify: Consenting, ada: Walker) -> None:
    ada.connects(spotify)

    first, again = (ada.post("/account/spotify/test") for _ in range(2))

    assert first.status_code == 303 and first.location == again.location
    with house(app).db.reading() as session:
        task = session.scalars(select(Task).where(Task.action == "test_connection")).one()
    assert task.args == {"provider": "spotify"}
    works = "the connection to Spotify works"
    assert works in ada.get(f"{PAGE}?tested=spotify").text
    change_grant(app, status="RECONNECT")
    assert works not in ada.get(f"{PAGE}?tested=spotify").text


def test_disconnecting_wipes_and_offers_to_delete_what_came(
    app: Flask, spotify: Consenting, ada: Walker
) -> None:
    ada.connects(spotify)

    answer = ada.post("/account/spotify/disconnect")

    assert answer.location == f"{PAGE}#spotify"
    assert "What came from there stays." in ada.said()
    assert ada.grant() is None
    with house(app).db.reading() as session:
        left = session.scalars(select(Task)).all()
    assert [(task.action, task.status) for task in left] == [("sync_library", "CANCELLED")]

    ada.connects(spotify)
    ada.post("/account/spotify/disconnect", forget="1")
    assert "is being deleted" in ada.said()
    assert tasks_of(app, ada)[-1] == "forget_library"


# By a code


def test_google_is_connected_by_a_code_that_a_task_asks_for(
    app: Flask, spotify: Consenting, maya: Walker
) -> None:
    set_up(app, spotify, google_client_id="google")

    led = maya.sets_out("google")

    task_id = led.partition("task=")[2]
    page = maya.get(led).text
    assert "Asking Google for a code" in page and 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in maya.get(f"{led}&live=0").text
    code = Code("sealed", "ABCD-EFGH", "https://www.google.com/device", 5, clock.now() + 900_000)
    with house(app).db.writing() as session:
        flow = device_flows.find(session, maya.id, "google")
        assert flow is not None and flow.scopes == GOOGLE_SCOPES
        device_flows.show(session, maya.id, "google", task_id, code)
    shown = maya.get("/account/google/device").text
    assert "ABCD-EFGH" in shown and 'href="https://www.google.com/device"' in shown

    finish(app, "poll_device")
    assert maya.get(led).location == f"/tasks/{task_id}"


def test_a_code_is_seen_by_whoever_asked_for_it(
    app: Flask, spotify: Consenting, maya: Walker, ada: Walker
) -> None:
    set_up(app, spotify, google_client_id="google")
    led = maya.sets_out("google")

    assert ada.get(led).status_code == 404
    assert ada.get("/account/google/device").location == PAGE


# Banners


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (31 * clock.DAY, None),
        (29 * clock.DAY, "ends within a month"),
        (6 * clock.DAY, "ends within a week"),
        (clock.HOUR, "ends within a day"),
        (-clock.HOUR, "is not connected any more"),
    ],
)
def test_before_a_consent_ends_every_visit_says_so(
    app: Flask, spotify: Consenting, ada: Walker, left: int, words: str | None
) -> None:
    ada.connects(spotify)
    change_grant(app, reconnect_by=clock.now() + left)

    for page in ("/", "/account"):
        shown = ada.get(page).text
        assert (f'href="{PAGE}#spotify"' in shown) == (words is not None)
        assert words is None or words in shown


def test_an_ended_consent_is_its_persons_alone_to_know(
    app: Flask, spotify: Consenting, ada: Walker, maya: Walker
) -> None:
    ada.connects(spotify)
    change_grant(app, status="RECONNECT")

    assert "is not connected any more" in ada.get("/").text
    assert "is not connected any more" not in maya.get("/").text

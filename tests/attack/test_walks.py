"""What comes back from a provider counts once, for who set out, in the browser they set out in."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core import clock
from database.models import Grant, OauthTransaction
from tests.web.conftest import house
from tests.web.connecting import AT_HOME, LOOPBACK, PAGE, Walker, walker
from tests.web.consenting import BEN, Consenting
from webapp.limits import limiter

BAD_STATES = [None, "", "x", "x" * 43, "x" * 5_000, "\u2603", "' OR 1=1 --"]
NOT_BEGUN = "This was not begun in this browser"


def grants(app: Flask) -> int:
    with house(app).db.reading() as session:
        return session.scalar(select(func.count()).select_from(Grant)) or 0


def asked_for_tokens(spotify: Consenting) -> int:
    return sum(asked.route == "/api/token" for asked in spotify.requests)


def test_a_state_that_is_missing_or_wrong_is_refused_before_anybody_is_asked(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    led = urlsplit(spotify.allow(victim.sets_out()))
    code = parse_qs(led.query)["code"][0]

    for state in BAD_STATES:
        said = {"code": code} | ({} if state is None else {"state": state})
        answer = victim.get(f"{led.path}?{urlencode(said)}")
        assert (answer.status_code, answer.location) == (303, f"{PAGE}#spotify"), state
        assert NOT_BEGUN in victim.said(), state
    assert grants(app) == asked_for_tokens(spotify) == 0


def test_a_state_is_good_once(app: Flask, spotify: Consenting, victim: Walker) -> None:
    """Replayed: by the button Back, or by who found the address."""
    led = spotify.allow(victim.sets_out())
    victim.get(led)
    victim.said()

    victim.get(led)

    assert NOT_BEGUN in victim.said()
    assert (grants(app), asked_for_tokens(spotify)) == (1, 1)


def test_of_two_that_come_back_at_once_one_counts(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    twin = walker(app)
    led = spotify.allow(victim.sets_out())
    with (
        victim.client.session_transaction(base_url=LOOPBACK) as cookie,
        twin.client.session_transaction(base_url=LOOPBACK) as same,
    ):
        same.update(cookie)

    with ThreadPoolExecutor() as threads:
        both = [threads.submit(who.get, led) for who in (victim, twin)]
        assert [way.result().status_code for way in both] == [303, 303]

    assert sorted(NOT_BEGUN in who.said() for who in (victim, twin)) == [False, True]
    assert (grants(app), asked_for_tokens(spotify)) == (1, 1)


def test_a_state_is_used_up_by_a_walk_that_failed(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    led = spotify.allow(victim.sets_out())
    spotify.answers(500, times=1, path_prefix="/api/token")
    victim.get(led)

    victim.get(led)

    assert NOT_BEGUN in victim.said()
    assert grants(app) == 0


def test_a_state_is_good_for_ten_minutes(app: Flask, spotify: Consenting, victim: Walker) -> None:
    led = spotify.allow(victim.sets_out())
    with house(app).db.writing() as session:
        session.execute(update(OauthTransaction).values(expires_at=clock.now() - 1))

    victim.get(led)

    assert NOT_BEGUN in victim.said()
    assert grants(app) == 0


def test_another_session_of_the_same_person_is_another_browser(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    other = walker(app, "victim")
    other.sets_out()
    led = spotify.allow(victim.sets_out())

    other.get(led)

    assert NOT_BEGUN in other.said()
    # Who set out is not kept from arriving by that.
    victim.get(led)
    assert grants(app) == 1


def test_a_session_that_was_ended_takes_its_walks_along(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    led = spotify.allow(victim.sets_out())
    victim.post("/logout")

    answer = victim.get(led)

    assert answer.location == "/login"
    assert grants(app) == asked_for_tokens(spotify) == 0


def test_another_person_in_the_same_browser_gets_nothing(
    app: Flask, spotify: Consenting, victim: Walker, attacker: Walker
) -> None:
    led = spotify.allow(victim.sets_out())
    with attacker.client.session_transaction(base_url=LOOPBACK) as cookie:
        theirs = cookie["sid"]
    # All that the browser holds stays, but for who is logged in.
    with victim.client.session_transaction(base_url=LOOPBACK) as cookie:
        cookie["sid"] = theirs

    victim.get(led)

    assert NOT_BEGUN in victim.said()
    assert grants(app) == asked_for_tokens(spotify) == 0


def test_an_attackers_consent_is_not_put_on_the_victims_account(
    app: Flask, spotify: Consenting, victim: Walker, attacker: Walker
) -> None:
    """The victim is made to open the address by which the attacker would have arrived."""
    spotify.whose = BEN
    led = spotify.allow(attacker.sets_out())
    victim.sets_out()

    for way in (victim, walker(app)):
        assert way.get(led).status_code == 303
        assert NOT_BEGUN in way.said()
    assert grants(app) == 0


@pytest.mark.usefixtures("spotify")
def test_nobody_sets_out_without_end(victim: Walker) -> None:
    """Each time is a row, and at Google a question from here."""
    limiter.reset()
    victim.sets_out()
    statuses = {victim.post("/account/spotify/connect").status_code for _ in range(59)}

    assert statuses == {303}
    assert victim.post("/account/spotify/connect").status_code == 429
    limiter.reset()


def test_two_tabs_at_once_do_not_get_in_each_others_way(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    first, second = victim.sets_out(next="/films"), victim.sets_out(next="/shelf")

    assert victim.get(spotify.allow(second)).location == "/shelf"
    assert victim.get(spotify.allow(first)).location == "/films"
    assert grants(app) == 1


def test_without_a_cookie_the_code_goes_nowhere(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    """Not even to the login, to come back from there: it would stand in an address."""
    led = spotify.allow(victim.sets_out())

    answer = walker(app).get(led)

    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert grants(app) == asked_for_tokens(spotify) == 0


def test_what_is_for_one_provider_is_nothing_to_another(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    """Mix-up: each has a path of its own."""
    led = spotify.allow(victim.sets_out())

    victim.get(led.replace("/spotify/", "/google/"))

    assert NOT_BEGUN in victim.said()
    assert grants(app) == asked_for_tokens(spotify) == 0


def test_an_answer_of_another_issuer_is_refused(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    for issuer in ("https://evil.example", f"{spotify.url}.evil.example", "", f"{spotify.url}/"):
        led = spotify.allow(victim.sets_out())
        victim.get(f"{led}&{urlencode({'iss': issuer})}")
        assert "This answer is not of Spotify" in victim.said(), issuer
    assert grants(app) == asked_for_tokens(spotify) == 0

    victim.get(f"{spotify.allow(victim.sets_out())}&{urlencode({'iss': spotify.url})}")
    assert grants(app) == 1


def test_a_code_is_worth_nothing_without_the_verifier_of_the_walk(
    app: Flask, spotify: Consenting, victim: Walker, attacker: Walker
) -> None:
    """A code that was stolen from the victim, in the attacker's own walk."""
    stolen = parse_qs(urlsplit(spotify.allow(victim.sets_out())).query)["code"][0]
    own = urlsplit(spotify.allow(attacker.sets_out()))
    state = parse_qs(own.query)["state"][0]

    attacker.get(f"{own.path}?{urlencode({'code': stolen, 'state': state})}")

    assert "Spotify refused it" in attacker.said()
    assert grants(app) == 0


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "javascript:alert(1)//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\x00/evil.example",
    "\u2028//evil.example",
    "evil.example",
    "/evil.example" + "x" * 3_000,
]


def test_nobody_is_led_out_of_the_house(spotify: Consenting, victim: Walker) -> None:
    for to in ELSEWHERE:
        assert victim.connects(spotify, next=to).location == PAGE, to
        if "\x00" not in to:
            assert "evil.example" not in victim.get(PAGE, query_string={"next": to}).text, to


def test_nobody_is_led_out_of_the_house_by_logging_in(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    victim.connects(spotify)

    for to in ELSEWHERE:
        assert walker(app).logs_in_by(spotify, to).location == "/", to
    assert walker(app).logs_in_by(spotify, "/films?view=list").location == "/films?view=list"


FORGED: list[dict[str, str]] = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "8000"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Forwarded-Prefix": "//evil.example"},
]


@pytest.mark.usefixtures("spotify")
def test_forged_headers_change_no_redirect_uri(app: Flask) -> None:
    far = walker(app, "victim", AT_HOME)

    for headers in FORGED:
        shown = far.get(PAGE, headers=headers).text
        assert "evil.example" not in shown, headers
        assert f">{LOOPBACK}/account/spotify/callback</textarea>" in shown, headers
        assert "sends your browser back here" not in shown, headers


@pytest.mark.usefixtures("spotify")
def test_a_name_that_is_not_the_houses_is_not_answered_to(victim: Walker) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example:8000", "127.0.0.1:8000@evil.example"):
        answer = victim.client.get(PAGE, base_url=LOOPBACK, headers={"Host": host})
        assert answer.status_code == 400, host


@pytest.mark.usefixtures("spotify")
def test_a_redirect_uri_never_has_the_name_by_which_the_house_was_called(app: Flask) -> None:
    for host in ("192.168.1.5:8000", "127.0.0.1:9000", "127.0.0.2:8000", "needledrop.local:8000"):
        shown = walker(app, "victim", f"http://{host}").get(PAGE)
        assert shown.status_code == 200, host
        assert f"{host}/account" not in shown.text, host
        assert "sends your browser back here" not in shown.text, host

"""The page of players: every address that a player may ask for, and what each is to be told."""

from flask import Flask

from database.models import ScrobbleSession
from tests.web.conftest import Visitor
from tests.web.players import LastfmPlayer, count_rows, own_pair, token_of

PAGE = "/listening/players"


def test_all_forms_of_the_address_stand_there_to_be_copied(bob: Visitor) -> None:
    shown = bob.get(PAGE).text

    for form in ("", "/1/", "/1/submit-listens", "/2.0/", "/"):
        assert f">http://localhost{form}</code>" in shown
    for name in ("Navidrome", "multi-scrobbler", "Pano", "Web Scrobbler", "mpdscrob", "Rockbox"):
        assert name in shown


def test_they_are_those_of_the_public_address_where_there_is_one(
    over_https: Flask, public_url: str
) -> None:
    from tests.web.conftest import member

    person = member(over_https, "bob")
    person.client.set_cookie("__Host-session", "", domain="films.example.org")
    token = token_of(over_https, person.id)

    shown = over_https.test_client().get(
        PAGE, base_url=public_url, headers={"Authorization": f"Bearer {token}"}
    )

    assert f">{public_url}/1/</code>" in shown.text


def test_the_houses_own_pair_is_the_same_for_everybody(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    pair = own_pair(app)

    for person in (alice, bob):
        shown = person.get(PAGE).text
        assert pair.key in shown and pair.secret in shown


def test_each_sees_their_own_players(app: Flask, alice: Visitor, bob: Visitor) -> None:
    LastfmPlayer(app, agent="Deck/1").log_in("bob", token_of(app, bob.id))

    assert "Deck" in bob.get(PAGE).text
    assert "Deck" not in alice.get(PAGE).text
    assert alice.submit("/account", to=f"{PAGE}/1/end").status_code == 404
    assert count_rows(app, ScrobbleSession) == 1


def test_who_has_no_token_is_led_to_make_one(app: Flask, bob: Visitor) -> None:
    before = bob.get(PAGE).text
    token_of(app, bob.id)

    assert "make a token" in before
    assert "make a token" not in bob.get(PAGE).text

"""Browsers that walk to a provider and back."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.test import TestResponse

from database import grants, people, sessions
from database.grants import Shown
from database.models import Person
from database.people import NewPerson
from database.sessions import Browser
from tests.web.conftest import PASSWORD, house
from tests.web.consenting import CLIENT_ID, CLIENT_SECRET, Consenting
from webapp.database import KEY, House

AT_HOME, LOOPBACK = "http://localhost", "http://127.0.0.1:8000"
PAGE = "/account/connections"


@dataclass
class Walker:
    """Somebody's browser at one of the addresses that the house has."""

    app: Flask
    client: FlaskClient
    base: str
    id: int = 0

    def get(self, address: str, **more: Any) -> TestResponse:
        """Open a path of the house, or the whole address that a provider led to."""
        found = urlsplit(address)
        path = found._replace(scheme="", netloc="").geturl()
        return self.client.get(path, base_url=self.base, **more)

    def post(self, path: str, **typed: str) -> TestResponse:
        """Send a form with its token."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self._page("/account"))
        assert token
        return self.client.post(
            path,
            base_url=self.base,
            headers={"Origin": self.base},
            data={"csrf_token": token[1], **typed},
        )

    @property
    def is_logged_in(self) -> bool:
        return self.get(PAGE).status_code == 200

    def sets_out(self, provider: str = "spotify", **typed: str) -> str:
        """Press “Connect”; return where it leads."""
        answer = self.post(f"/account/{provider}/connect", password=PASSWORD, **typed)
        assert answer.status_code == 303, answer.text
        return answer.location

    def opens_paste_page(self, provider: str = "spotify", **typed: str) -> str:
        """Set out by pasting; return the address that the page says to open."""
        address = f"/account/{provider}/connect"
        shown = self.post(address, password=PASSWORD, way="paste", **typed)
        assert shown.status_code == 200, shown.text
        found = re.search(r'class="button" href="([^"]+)"', shown.text)
        assert found, shown.text
        return unescape(found[1])

    def connects(self, spotify: Consenting, **typed: str) -> TestResponse:
        """Go all the way there and back by redirect."""
        return self.get(spotify.allow(self.sets_out(**typed)))

    def logs_in_by(self, spotify: Consenting, to: str = "/") -> TestResponse:
        led = self.post("/login/spotify", next=to)
        assert led.status_code == 303, led.text
        return self.get(spotify.allow(led.location))

    def said(self) -> str:
        """Return what the next page says of what was done."""
        page = self._page(PAGE)
        return unescape(" ".join(re.findall(r'<p class="note note-[a-z]*">(.*?)</p>', page)))

    def _page(self, address: str) -> str:
        """Return what is at an address, or the login where nobody is logged in."""
        answer = self.get(address)
        return answer.text if answer.status_code == 200 else self.get("/login").text

    def grant(self, provider: str = "spotify") -> Shown | None:
        with house(self.app).db.reading() as session:
            return grants.find(session, self.id, provider)


def set_up(app: Flask, spotify: Consenting | None, **more: Any) -> None:
    """Give the house an app at that Spotify, if there is one."""
    known, own = house(app), {}
    if spotify is not None:
        own = {
            "spotify_client_id": CLIENT_ID,
            "spotify_client_secret": SecretStr(CLIENT_SECRET),
            "spotify_accounts_url": spotify.url,
            "spotify_api_url": f"{spotify.url}/v1",
        }
    app.extensions[KEY] = House(known.settings.model_copy(update=own | more), known.db)


def walker(app: Flask, name: str = "", base: str = LOOPBACK) -> Walker:
    """Open a browser, in which that member is logged in; they are made if they are not there."""
    client = app.test_client()
    if not name:
        return Walker(app, client, base)
    with house(app).db.writing() as session:
        person = session.scalar(select(Person).where(Person.name == name)) or people.add(
            session, NewPerson(username=name, password=PASSWORD), zone="UTC"
        )
        secret = sessions.begin(session, person.id, Browser("a test", "127.0.0.1"))
    with client.session_transaction(base_url=base) as cookie:
        cookie["sid"] = secret
    return Walker(app, client, base, person.id)

"""People who use a house for as long as they are told, each in a thread of its own."""

import http.client
import itertools
import json
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bench.visitor import Answer, Asked, Unexpected, Visitor
from fakes import plays
from fakes.diary import diary
from fakes.export import export

_POLL_SECONDS = 2.0
_PATIENCE_SECONDS = 60.0
_REST_SECONDS = (0.3, 2.0)
_PAGES = (
    "/", "/shelf", "/shelf?view=list", "/shelf?sort=-rating", "/shelf/stats", "/shelf/day",
    "/shelf/artists", "/shelf/credits", "/shelf/lists", "/shelf/releases", "/shelf/sound",
    "/listening/", "/listening/?period=year", "/listening/?whose=us", "/listening/artists",
    "/listening/albums", "/listening/tracks", "/listening/household", "/listening/discovery",
    "/listening/years", "/listening/how", "/listening/plays", "/listening/imports",
    "/library", "/library/liked", "/crates", "/crates/digs", "/crates/basket",
    "/crates/surprise", "/films", "/films/diary", "/films/years", "/mosaics", "/mosaics/new",
    "/mosaics/recipes", "/tasks", "/notifications", "/account",
)  # fmt: skip
_FILES = ("/shelf.csv", "/shelf.json", "/listening/export.zip", "/listening/export/maloja.json")
_SEARCHES = ("/shelf?q={}", "/listening/search?q={}", "/crates?q={}", "/films?q={}")
_WORDS = ("a", "moon", "artist", "love", "river", "the", "song", "zzz")
_ARTISTS = ("Can", "Björk", "Sigur Rós", "坂本龍一", "The xx", "Nina Simone")


class Member(NamedTuple):
    """Somebody of the house; `number` tells them apart, and from where they come."""

    name: str
    password: str
    token: str
    number: int


class Person(threading.Thread):
    """Does one thing after the other, with a rest in between; the same ones for the same member."""

    def __init__(self, port: int, member: Member, folder: Path, until: float) -> None:
        super().__init__(daemon=True)
        self._member, self._folder, self._until = member, folder, until
        self._chance = random.Random(member.number)
        self.visitor = Visitor(port, f"127.0.1.{member.number}")
        self._shelf: list[str] = []
        self._pictures: list[str] = []
        self._count = itertools.count(1)
        self.stumbled: list[str] = []

    def run(self) -> None:
        habits: list[tuple[Callable[[], object], int]] = [
            (self._look, 40), (self._search, 10), (self._scrobble, 12), (self._buy, 6),
            (self._rate, 6), (self._picture, 6), (self._hang, 4), (self._take_along, 3),
            (self._bring_plays, 2), (self._bring_films, 1), (self._break_off, 1),
            (self._leave, 2),
        ]  # fmt: skip
        does, often = zip(*habits, strict=True)
        self._enter()
        while time.monotonic() < self._until:
            try:
                self._chance.choices(does, often)[0]()
            except Unexpected as error:
                self.stumbled.append(str(error)[:300])
            time.sleep(self._chance.uniform(*_REST_SECONDS))
        self.visitor.close()

    def _enter(self) -> None:
        typed = {"username": self._member.name, "password": self._member.password}
        self._note(self.visitor.send("/login", typed), "/login")

    def _leave(self) -> None:
        self._note(self.visitor.send("/account", {}, to="/logout"), "/logout")
        self._enter()

    def _look(self) -> None:
        self.visitor.see(self._chance.choice(_PAGES))

    def _search(self) -> None:
        self.visitor.see(self._chance.choice(_SEARCHES).format(self._chance.choice(_WORDS)))

    def _take_along(self) -> None:
        self.visitor.see(self._chance.choice(_FILES))

    def _scrobble(self) -> None:
        now = int(time.time())
        track = {"artist_name": self._chance.choice(_ARTISTS), "track_name": f"Song {now % 50}"}
        kind = self._chance.choice(("single", "playing_now"))
        listen = {"track_metadata": track} | ({"listened_at": now} if kind == "single" else {})
        body = json.dumps({"listen_type": kind, "payload": [listen]}).encode()
        said = {
            "Authorization": f"Token {self._member.token}",
            "Content-Type": "application/json",
        }
        self.visitor.ask("POST", "/1/submit-listens", body, said)

    def _buy(self) -> None:
        typed = {
            "artists": self._chance.choice(_ARTISTS),
            "title": f"Found in a box {next(self._count)}",
            "format": "LP",
            "genre": "Jazz",
            "year": str(self._chance.randint(1960, 2020)),
            "purchased_on": datetime.now(UTC).date().isoformat(),
            "credits": "0",
        }
        bought = self._note(self.visitor.send("/shelf/add", typed), "/shelf/add")
        self._shelf.append(bought.location)
        self.visitor.see(bought.location)

    def _rate(self) -> None:
        if self._shelf:
            record = self._chance.choice(self._shelf)
            typed = {"value": str(self._chance.randint(1, 10))}
            self._note(self.visitor.send(record, typed, to=f"{record}/ratings"), "a rating")

    def _picture(self) -> None:
        """Order a mosaic, wait for it, look at it."""
        fields = self._chance.choice(
            (
                {"letterboxd_username": "maya", "period": "month"},
                {"letterboxd_username": "jonas", "period": "last30", "layout": "wall"},
                {"of": "records", "period": "all", "scale": "1"},
                {"of": "plays", "period": "all", "layout": "wall"},
            )
        )
        task = self.visitor.order("/", fields, to="/mosaics")
        # Who has waited that long turns to something else; whether it ends is asked in the end.
        with suppress(Unexpected):
            state = self.visitor.wait(
                task, _PATIENCE_SECONDS, _POLL_SECONDS, lambda: self.visitor.see(task)
            )
            if state["status"] == "COMPLETE":
                self._look_at(state["result_url"])

    def _look_at(self, result: str) -> None:
        self.visitor.see(result)
        answer = self.visitor.ask("GET", result, headers={"Accept": "application/json"})
        if answer.status == HTTPStatus.OK:
            shown = answer.json()
            self.visitor.see(shown["picture"])
            page = f"/mosaics/{shown['mosaic']}"
            # Nothing new since the last one: it is that one again.
            if page not in self._pictures:
                self._pictures.append(page)

    def _hang(self) -> None:
        """Take one of the pictures down again, or look closer at it."""
        if self._pictures and self._chance.random() < 0.5:
            page = self._pictures.pop(0)
            self._note(self.visitor.send(f"{page}/delete", {}), "a mosaic's deletion")
        elif self._pictures:
            self.visitor.see(f"{self._chance.choice(self._pictures)}/zoom.json")

    def _break_off(self) -> None:
        fields = {"of": "records", "period": "all", "layout": "wall"}
        task = self.visitor.order("/", fields, to="/mosaics")
        # It may be over already.
        with suppress(Unexpected):
            self.visitor.send(task, {}, to=f"{task}/cancel")

    def _bring_plays(self) -> None:
        file = self._folder / f"plays-{self._member.number}.json"
        seed = self._member.number * 1_000 + next(self._count)
        brought = plays.history(1_500, seed, began=1_400_000_000 + seed * 100)
        file.write_text(plays.maloja(brought))
        self.visitor.order("/listening/import", {"at_once": "1"}, file=("export", file))

    def _bring_films(self) -> None:
        file = self._folder / f"films-{self._member.number}.zip"
        seen = diary(next(self._count), datetime.now(UTC).date(), 40)
        file.write_bytes(export(self._member.name, seen))
        self.visitor.order("/films/import", {}, file=("export", file))

    def _note(self, answer: Answer, what: str) -> Answer:
        if answer.status not in (HTTPStatus.OK, HTTPStatus.SEE_OTHER):
            raise Unexpected(f"{what} answered {answer.status}")
        return answer


class Polled(NamedTuple):
    """A task's page, and the cookie of whoever may see it."""

    port: int
    page: str
    cookie: str


class Pollers:
    """Browsers that show a task's page, in a process of their own: they must not wait for us."""

    def __init__(self, polled: Polled, many: int, seconds: float) -> None:
        self._told, tell = multiprocessing.Pipe()
        self._process = multiprocessing.Process(
            target=_poll_all, args=(tell, polled, many, seconds), daemon=True
        )
        self._process.start()

    def ended(self) -> Sequence[Asked]:
        found: list[Asked] = self._told.recv()
        self._process.join()
        return found


def _poll_all(tell: Connection, polled: Polled, many: int, seconds: float) -> None:
    until, seen = time.monotonic() + seconds, list[Asked]()
    browsers = []
    for _ in range(many):
        browsers.append(threading.Thread(target=_poll, args=(polled, until, seen)))
        browsers[-1].start()
        # They do not all press the button at the same moment.
        time.sleep(_POLL_SECONDS / many)
    for browser in browsers:
        browser.join()
    tell.send(seen)


def _poll(polled: Polled, until: float, seen: list[Asked]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", polled.port, timeout=30)
    while (begun := time.monotonic()) < until:
        status = 0
        try:
            line.request("GET", polled.page, headers={"Cookie": polled.cookie})
            answer = line.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            line.close()
        taken = time.monotonic() - begun
        seen.append(Asked("a task's page", status, taken))
        time.sleep(max(0.0, _POLL_SECONDS - taken))
    line.close()

"""kill -9 of the web and of the worker while people use the house: what they were told, holds.

The seed is printed; NEEDLEDROP_TEST_SEED plays it again.
"""

import hashlib
import os
import random
import re
import secrets
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import requests
from sqlalchemy import select

from core.settings import ROOT
from database.models import Mosaic
from fakes.diary import diary
from fakes.letterboxd import FakeLetterboxd
from tests.conftest import FULL
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse, Pollers
from tests.faults.promises import (
    everything_holds,
    files_and_rows_agree,
    only_the_unlucky_failed,
)

KILLS = 100 if FULL else 6
_PAGES = ("/", "/shelf", "/tasks", "/healthz")
_PICTURE = re.compile(r"/mosaics/[0-9a-f]+\.jpg")


class Customer(threading.Thread):
    """Puts records on the shelf and orders mosaics; remembers what the house has acknowledged."""

    def __init__(self, who: Browser, names: list[str]) -> None:
        super().__init__()
        self._who, self._names = who, names
        self._ends = threading.Event()
        self._addresses: dict[str, list[str]] = {}
        self.bought: list[str] = []
        self.ordered: set[str] = set()
        self.pictures: set[str] = set()
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._ends.wait(0.02):
            number += 1
            # The web may be killed meanwhile: it has acknowledged nothing.
            with suppress(requests.RequestException):
                self._buy(f"Record {number}")
                # There are not so many an hour.
                if number % 5 == 1 and self._names:
                    self.ordered.add(self._who.order(self._names.pop()))
                self.look()

    def _buy(self, title: str) -> None:
        answer = self._who.buy(title)
        if answer.status_code == 303:
            self.bought.append(title)
        else:
            self.refused.append(f"{answer.status_code} {title}")

    def look(self) -> bool:
        """Fetch every picture that is done; say whether all that was ordered is."""
        for task in self.ordered - set(self._addresses):
            told = self._who.told_of(task)
            if shown := told["result_url"]:
                self._addresses[task] = _PICTURE.findall(self._who.ask("GET", shown).text)
            elif told["status"] == "ERROR":
                self._addresses[task] = []
        for address in {one for found in self._addresses.values() for one in found}:
            seen = self._who.ask("GET", address)
            assert seen.status_code == 200, address
            self.pictures.add(hashlib.sha256(seen.content).hexdigest())
        return set(self._addresses) == self.ordered

    def end(self) -> None:
        self._ends.set()
        self.join()


@pytest.mark.slow
def test_what_people_were_told_holds_whatever_is_killed(
    open_house: OpenHouse, letterboxd: FakeLetterboxd
) -> None:
    seed = int(os.environ.get("NEEDLEDROP_TEST_SEED", "0")) or secrets.randbelow(10**6) + 1
    print(f"{KILLS} kills, seed {seed}")  # noqa: T201 - to play it again
    chance, house = random.Random(seed), open_house
    names = [f"member{number}" for number in range(12)]
    today = datetime.now(UTC).date()
    for number, name in enumerate(names):
        letterboxd.member(name, diary(number, today, count=4))
    web, worker = house.start_web(), house.run(ROOT / "worker.py")

    with Browser(house.url) as maya, Pollers(maya, *_PAGES, count=2) as others:
        maya.log_in("maya")
        customer = Customer(maya, names)
        customer.start()
        for number in range(KILLS):
            others.have_seen(chance.randint(5, 60))
            if number % 2:
                web.kill()
                web.wait()
                web = house.start_web()
            else:
                worker.kill()
                worker.wait()
                worker = house.run(ROOT / "worker.py")
        others.have_seen(40)
        customer.end()
        wait(customer.look, PATIENCE_SECONDS, "the last pictures")
        assert set(others.told) <= {"200", "303", "none"}
    house.wait_till_done(PATIENCE_SECONDS)
    house.close()

    # A start makes files and rows agree.
    house.start("quick,long")
    house.wait_for(house.enqueue("nothing"), "COMPLETE")
    house.wait_till_done(PATIENCE_SECONDS)
    house.stop()
    everything_holds(house.db)
    assert files_and_rows_agree(house.db, house.pictures) >= len(customer.pictures) > 0
    with house.db.reading() as session:
        assert customer.pictures <= set(session.scalars(select(Mosaic.sha256)))
    kept = house.records()
    assert set(customer.bought) <= set(kept) and len(kept) == len(set(kept))
    assert customer.ordered <= set(house.ends())
    only_the_unlucky_failed(house.db)
    assert customer.refused == []
    print(f"{len(customer.bought)} records, {len(customer.ordered)} orders, {dict(others.told)}")  # noqa: T201

"""What the other tests and the demo lean on holds: the fakes answer, and fail, as they say."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection, IncompleteRead
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

import demo
from core.settings import PREFIX, ROOT, Settings
from fakes.artwork import WAYS, Sheet
from fakes.diary import Viewing, diary
from fakes.films import films, find
from fakes.letterboxd import FakeLetterboxd
from fakes.posters import poster
from fakes.server import Asked, Fake, Reply


class Greeter(Fake):
    def reply(self, asked: Asked) -> Reply:
        return Reply(200, {"Content-Type": "text/plain"}, b"hello " + asked.route.encode())


@pytest.fixture
def fake() -> Iterator[Greeter]:
    with Greeter() as made:
        yield made


def get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        line.request("GET", parts.path or "/")
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def test_a_fault_holds_for_so_many_requests_below_a_path(fake: Greeter) -> None:
    fake.answers(503, body=b"no", times=2, path_prefix="/a")

    seen = [get(fake.url + path)[0] for path in ("/b", "/a", "/a/b", "/a")]

    assert seen == [200, 503, 503, 200]
    assert [asked.path for asked in fake.requests] == ["/b", "/a", "/a/b", "/a"]


def test_faults_come_in_the_order_they_were_told_and_end_when_forgotten(fake: Greeter) -> None:
    fake.answers(500, times=1)
    fake.truncates(times=1)
    fake.html()

    seen = [get(fake.url + "/x") for _ in range(3)]
    fake.behaves()

    assert [status for status, _ in seen] == [500, 200, 200]
    assert seen[1][1] == b"hell"
    assert b"<html>" in seen[2][1]
    assert get(fake.url + "/x") == (200, b"hello /x")


def test_a_slow_answer_is_a_good_one(fake: Greeter) -> None:
    fake.slow(0.01)

    assert get(fake.url + "/x") == (200, b"hello /x")


def test_a_dropped_answer_misses_its_end(fake: Greeter) -> None:
    fake.drops()

    with pytest.raises(IncompleteRead):
        get(fake.url + "/x")


def test_it_ends_while_somebody_still_listens() -> None:
    with Greeter() as fake:
        fake.endless()
        parts = urlsplit(fake.url)
        line = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        line.request("GET", "/")
        answer = line.getresponse()
        assert answer.read(3) == b"xxx"
    answer.close()
    line.close()


def test_the_films_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(films()) >= 300
    assert len({film.id for film in films()}) == len(films())
    assert len({film.slug for film in films()}) == len(films())
    assert len({(film.title, film.year) for film in films() if film.title != "Leo"}) == (
        len(films()) - 2
    )
    assert all(film.director and 1900 <= film.year <= 2026 for film in films())


@pytest.mark.parametrize("sign", ["東", "기", "君", "ה", "ح", "ह", "ส", "З", "❤"])
def test_their_titles_are_written_in_many_ways(sign: str) -> None:
    assert any(sign in film.title for film in films())


def test_a_poster_is_the_same_each_time_and_another_for_each_film() -> None:
    remakes = [find("Nosferatu", year) for year in (1922, 2024)]

    drawn = [poster(film) for film in remakes]

    assert drawn[0] != drawn[1]
    assert [poster.__wrapped__(film) for film in remakes] == drawn


@pytest.mark.parametrize(("width", "size"), [(600, (600, 900)), (500, (500, 750))])
@pytest.mark.parametrize(
    "title", ["Pi", "Amélie", "東京物語", max((f.title for f in films()), key=len)]
)
def test_posters_are_jpegs_two_by_three(title: str, width: int, size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(poster(find(title), width))) as picture:
        assert (picture.format, picture.size) == ("JPEG", size)


def test_every_poster_can_be_drawn() -> None:
    for seed, way in enumerate(WAYS):
        for turn in range(2):
            way(Sheet.of(seed * 10 + turn))


def test_a_diary_is_the_same_for_the_same_seed() -> None:
    day = date(2026, 3, 1)

    first = diary(7, day, 30)

    assert first == diary(7, day, 30) != diary(8, day, 30)
    assert len(first) == 30
    assert first[0].watched_on == day
    assert all(a.watched_on >= b.watched_on for a, b in pairwise(first))


def test_a_feed_shows_fifty_and_its_pictures_are_there() -> None:
    with FakeLetterboxd() as fake:
        fake.member("ada", diary(1, date(2026, 3, 1), 80))
        status, feed = get(f"{fake.url}/ada/rss/")
        at = feed.decode().partition('<img src="')[2].partition('"')[0]
        answer = get(at)
        missing = get(f"{fake.url}/resized/film-poster/1/1-none-0-600-0-900-crop.jpg")

    assert status == 200
    assert feed.count(b"<letterboxd:watchedDate>") == 50
    assert feed.count(b"<item>") == 52
    assert answer[0] == 200 and answer[1].startswith(b"\xff\xd8")
    assert missing[0] == 404


def test_as_many_films_of_one_day_are_as_many_entries() -> None:
    day, found = date(2026, 3, 1), []
    with FakeLetterboxd() as fake:
        for start in range(0, 300, 50):
            fake.member("ada", [Viewing(film, day) for film in films()[start : start + 50]])
            feed = get(f"{fake.url}/ada/rss/")[1]
            found += re.findall(rb"<guid[^>]*>letterboxd-watch-(\d+)<", feed)

    assert len(set(found)) == len(found) == 300


def test_the_fakes_lean_on_nothing_of_the_program() -> None:
    program = (
        "import sys, fakes.letterboxd, fakes.tmdb;"
        "print({n.partition('.')[0] for n in sys.modules}"
        " & {'core', 'clients', 'database', 'webapp', 'worker_jobs'})"
    )

    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "set()"


def test_a_demo_asks_nobody_but_this_machine(tmp_path: Path) -> None:
    told = demo.surroundings(tmp_path, {"ports": [1, 2, 3, 4, 5, 6]})

    services = [
        f"{PREFIX}{name.upper()}"
        for name, field in Settings.model_fields.items()
        if str(field.default).startswith("https://")
    ]
    assert len(services) == 17
    assert all(told[name].startswith("http://127.0.0.1:") for name in services)

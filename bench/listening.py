"""Measure listening beside Maloja 3.2.3: import, a POST of 1,000 listens, pages after a play.

    python -m bench.listening [--plays 200000] [--rounds 10] [--maloja PROGRAM] [--alone]
    python -m bench.listening --round-trip [--plays 3000]

The same history goes into both, from the same file of Maloja's own format; then both run as
their servers do, on this machine, and are asked over HTTP. Without --maloja it is installed
into an environment of its own, which takes the internet. Maloja's import of 200,000 plays
takes some ten minutes; --alone leaves it out. --round-trip carries a history from here into a
running Maloja instead, and compares what both count.
"""

import argparse
import http.client
import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import maloja, plays
from bench.maloja import Maloja
from bench.processes import Family, python, running
from database import people, tokens
from database.engine import Database
from database.people import NewPerson
from supervisor import programs

_LISTENS = 1_000
_CARRIED = 3_000  # Maloja takes some ten seconds for these
_NEW = plays.FIRST + plays.SECONDS + 86_400  # after the history; in seconds
_START_SECONDS = 30


class Pages(NamedTuple):
    home: str
    artist: str


class Side(NamedTuple):
    """One of the two while it runs. `headers`: who asks."""

    name: str
    port: int
    submit: str
    headers: dict[str, str]
    pages: Pages

    def ask(self, method: str, path: str, body: bytes | None = None) -> float:
        """Return the seconds until the last byte of an answer that is fine."""
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request(method, path, body, self.headers)
        answer = connection.getresponse()
        said = answer.read()
        taken = time.perf_counter() - begun
        connection.close()
        if answer.status != http.HTTPStatus.OK:
            sys.exit(f"{self.name}: {path} answered {answer.status}: {said[:200]!r}")
        return taken


class Import(NamedTuple):
    seconds: float
    processor: float


class Figures(NamedTuple):
    """Seconds, but for memory in MB."""

    listens: float
    home: list[float]
    artist: list[float]
    idle_mb: float
    used_mb: float


def listens(first: int, many: int) -> bytes:
    """Return the body of a POST of listens, one a minute from `first` on."""
    payload = [
        {
            "listened_at": first + 60 * nth,
            "track_metadata": {
                "artist_name": f"Artist {nth % 200}",
                "track_name": f"New track {nth % 50}",
                "release_name": f"New album {nth % 10}",
            },
        }
        for nth in range(many)
    ]
    kind = "single" if many == 1 else "import"
    return json.dumps({"listen_type": kind, "payload": payload}).encode()


def measured(side: Side, family: Callable[[], dict[int, int]], rounds: int) -> Figures:
    idle = _mb(family)
    posted = side.ask("POST", side.submit, listens(_NEW, _LISTENS))
    at = _NEW + 60 * (_LISTENS + 1)
    times: dict[str, list[float]] = {page: [] for page in side.pages}
    for nth in range(rounds):
        for page in side.pages:
            # What a person sees who has just put the next record on.
            side.ask("POST", side.submit, listens(at, 1))
            at += 60
            taken = side.ask("GET", page)
            if nth:  # the first one compiles
                times[page].append(taken)
    return Figures(posted, times[side.pages.home], times[side.pages.artist], idle, _mb(family))


def _mb(family: Callable[[], dict[int, int]]) -> float:
    return sum(family().values()) / 1024


@contextmanager
def ours(folder: Path, file: Path) -> Iterator[tuple[Side, Callable[[], dict[int, int]], Import]]:
    port = free_port()
    environment = {
        "NEEDLEDROP_DATA": str(folder),
        "NEEDLEDROP_HOST": "127.0.0.1",
        "NEEDLEDROP_PORT": str(port),
    }
    with (
        running(programs()["web"], environment) as web,
        running(programs()["worker"], environment) as worker,
    ):
        _wait(port)
        token, artist = _person(folder), 1
        used = worker.cpu_seconds()
        begun = time.perf_counter()
        command = python("-m", "webapp", "import", str(file), "--user", "bench")
        with running(command, environment) as bringing:
            while bringing.is_alive:
                time.sleep(0.05)
        brought = Import(time.perf_counter() - begun, worker.cpu_seconds() - used)
        headers = {"Authorization": f"Token {token}"}
        side = Side(
            "Needledrop", port, "/1/submit-listens", headers,
            Pages("/listening/", f"/listening/artists/{artist}"),
        )  # fmt: skip
        time.sleep(2)
        yield side, lambda: web.resident() | worker.resident(), brought


def _person(folder: Path) -> str:
    db = Database(f"sqlite:///{folder / 'needledrop.sqlite3'}", folder / "run")
    with db.writing() as session:
        new = NewPerson(username="bench", password="a bench's own secret")  # noqa: S106
        person = people.add(session, new, zone="UTC")
        token = tokens.add(session, person.id, "bench")
    db.close()
    return token


def _wait(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The server does not answer.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def theirs(side: Maloja, family: Family, rounds: int) -> Figures:
    headers = {"Authorization": f"Token {maloja.KEY}", "Content-Type": "application/json"}
    submit = "/apis/listenbrainz/1/submit-listens"
    asked = Side("Maloja", side.port, submit, headers, Pages("/", "/artist?artist=Artist+0"))
    return measured(asked, family.resident, rounds)


def round_trip(folder: Path, many: int, program: Path | None) -> None:
    """Export a history as Maloja reads it, import it there, and compare.

    Raises:
        SystemExit: they do not count the same.
    """
    file, carried = folder / "maloja_export_1.json", folder / "maloja_export_2.json"
    plays.write_export(file, many)
    with ours(folder / "needledrop", file) as (side, _, _):
        carried.write_bytes(_fetched(side.port, "/listening/export/maloja.json", side.headers))
        path = "/listening/artists?period=all&format=json"
        own = json.loads(_fetched(side.port, path, side.headers))
    peer = Maloja(program or maloja.install(folder / "maloja"), folder / "data", free_port())
    peer.bring(carried)
    with peer.running():
        said = json.loads(_fetched(peer.port, "/apis/mlj_1/charts/artists?in=alltime", {}))
        total = json.loads(_fetched(peer.port, "/apis/mlj_1/numscrobbles?in=alltime", {}))
    there = {row["artist"]: row["scrobbles"] for row in said["list"]}
    here = {row["artist"]: row["plays"] for row in own["artists"]}
    differ = {name: found for name, found in here.items() if there.get(name) != found}
    print(f"{many:,} plays carried into Maloja: it counts {total['amount']:,}")
    print(f"of our first {len(here)} artists {len(here) - len(differ)} count the same there")
    if differ or total["amount"] != many:
        sys.exit(f"not the same: {differ}")


def _fetched(port: int, path: str, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.HTTPStatus.OK:
        sys.exit(f"{path} answered {answer.status}: {body[:200]!r}")
    return body


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--plays", type=int, default=200_000)
    given.add_argument("--rounds", type=int, default=10)
    given.add_argument("--maloja", type=Path, metavar="PROGRAM")
    given.add_argument("--alone", action="store_true", help="without Maloja beside")
    given.add_argument("--round-trip", action="store_true", help="carry a history to Maloja")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.round_trip:
            round_trip(folder, min(asked.plays, _CARRIED), asked.maloja)
            return
        file = folder / "maloja_export_1.json"
        plays.write_export(file, asked.plays)
        with ours(folder / "needledrop", file) as (side, family, brought):
            own = measured(side, family, asked.rounds)
        other, seconds = None, 0.0
        if not asked.alone:
            program = asked.maloja or maloja.install(folder / "maloja")
            peer = Maloja(program, folder / "maloja-data", free_port())
            seconds = peer.bring(file)
            with peer.running() as running_peer:
                other = theirs(peer, running_peer, asked.rounds)
    rate, used = asked.plays / brought.seconds, asked.plays / brought.processor
    print(f"import of {asked.plays:,} plays: {rate:,.0f} a second ({used:,.0f} of the processor's)")
    _told("1,000 listens", own.listens, other and other.listens)
    _told("home after a play", _p50(own.home), other and _p50(other.home))
    _told("artist after a play", _p50(own.artist), other and _p50(other.artist))
    print(f"home p95 {_p95(own.home):.0f} ms, artist p95 {_p95(own.artist):.0f} ms")
    print(f"memory idle {own.idle_mb:.0f} MB, after {own.used_mb:.0f} MB")
    if other:
        rate, times = asked.plays / seconds, seconds / brought.seconds
        print(f"Maloja: import {rate:,.0f} a second, ours {times:.0f}x")
        print(f"Maloja: memory idle {other.idle_mb:.0f} MB, after {other.used_mb:.0f} MB")


def _told(what: str, own: float, other: float | None) -> None:
    beside = f"; Maloja {other * 1000:,.0f} ms, {other / own:.0f}x" if other else ""
    print(f"{what}: {own * 1000:,.0f} ms{beside}")


def _p50(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def _p95(times: list[float]) -> float:
    return 1000 * sorted(times)[int(0.95 * (len(times) - 1))]


if __name__ == "__main__":
    main()

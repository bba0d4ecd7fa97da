"""Measure the whole program on a small Pi's share of this machine: 300 MB, a tenth of a processor.

    python -m bench.small_pi [--memory 300] [--processor 0.1] [--at-once]
                             [--films 500] [--plays 100000] [--releases 200000] [--dump FILE]

Pages, worker and all that they start are in there, started as ./run starts them. Somebody sets the
house up, has a mosaic made of an export, brings a history of plays and has a crate made of a dump,
one after the other or, with --at-once, all of it together; another browser opens pages meanwhile.
It fails where a page does, where a task does not end well, and where the kernel ends the web for
lack of memory. Needs root, for the control group.
"""

import argparse
import itertools
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from bench import dumps, plays
from bench.memory import free_port
from bench.processes import Family, end_in_order
from bench.services import services
from bench.small_machine import NoMachine, SmallMachine
from bench.visitor import Asked, Unexpected, Visitor, share
from core.dump_files import RELEASES, name_of
from core.settings import PREFIX, ROOT
from fakes.diary import diary
from fakes.export import export

PAGES = (
    "/", "/shelf", "/shelf/stats", "/listening/", "/listening/artists", "/library", "/crates",
    "/films", "/mosaics", "/tasks", "/account", "/admin",
)  # fmt: skip
_NAME, _PASSWORD = "maya", "needles and records"
_VERSION = "20261001"
_SETUP = re.compile(r"/setup\?code=\S+")
_START_SECONDS, _TASK_SECONDS = 300.0, 3600.0
_POLL_SECONDS, _PAGE_SECONDS, _LOOK_SECONDS = 2.0, 3.0, 0.25
_PATIENCE_SECONDS = 120.0


class Brought(NamedTuple):
    """What is brought into the house: files; the dump lies in its folder already."""

    films: Path
    plays: Path
    dump: str


class Step(NamedTuple):
    """Something that somebody waited for."""

    what: str
    seconds: float


def bring(folder: Path, data: Path, asked: argparse.Namespace) -> Brought:
    """Write an export of so many films, so many plays and a dump of so many releases."""
    films, history = folder / "letterboxd.zip", folder / "maloja.json"
    films.write_bytes(export(_NAME, diary(7, datetime.now(UTC).date(), asked.films)))
    plays.write_export(history, asked.plays)
    name = name_of(_VERSION, RELEASES)
    (data / "dumps").mkdir(parents=True)
    if asked.dump:
        shutil.copyfile(asked.dump, data / "dumps" / name)
    else:
        dumps.write(data / "dumps" / name, asked.releases)
    return Brought(films, history, name)


class Program:
    """The program, running there as ./run starts it; `port` is where its pages are."""

    def __init__(self, machine: SmallMachine, data: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        own = {"DATA": str(data), "HOST": "127.0.0.1", "PORT": str(self.port)}
        self._log = data.with_name("log")
        with self._log.open("wb") as log:
            self._family = Family(
                [*machine.command, sys.executable, str(ROOT / "supervisor.py")],
                machine.environment
                | dict(environment)
                | {f"{PREFIX}{name}": said for name, said in own.items()},
                stderr=log,
                stdout=log,
            )

    def setup_page(self) -> str:
        """Wait for the link by which a house is set up.

        Raises:
            Unexpected: there is none.
        """
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._family.is_alive:
            if found := _SETUP.search(self.said()):
                return found[0]
            time.sleep(0.05)
        raise Unexpected(f"It did not start:\n{self.said()}")

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        self._family.stop()


class Journey:
    """A new user's; `steps` is what was waited for."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.visitor = Visitor(program.port, patience=_PATIENCE_SECONDS)
        self.steps: list[Step] = []

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.steps.append(Step(what, time.monotonic() - begun))

    def move_in(self) -> None:
        with self._timed("start, until it says where it is"):
            setup = self._program.setup_page()
        typed = {"username": _NAME, "password": _PASSWORD}
        with self._timed("set it up: the page, the account"):
            code = setup.partition("=")[2]
            self._demand(self.visitor.send(setup, typed | {"code": code}, to="/setup").status)
        with self._timed("log out, log in"):
            self._demand(self.visitor.send("/account", {}, to="/logout").status)
            self._demand(self.visitor.send("/login", typed).status)
        for page in PAGES:
            with self._timed(f"{page} for the first time"):
                self._demand(self.visitor.see(page).status, HTTPStatus.OK)

    def work(self, brought: Brought, *, at_once: bool) -> None:
        """Order everything, wait for everything."""
        orders = {
            "a mosaic of an export": ("/", {"of": "export", "period": "all"}, "/mosaics"),
            "the history of plays": ("/listening/import", {"at_once": "1"}, "/listening/import"),
            "the crate": (
                "/crates/dumps",
                {"file": brought.dump, "scope": "all"},
                "/crates/dumps/import",
            ),
        }
        files = dict(zip(orders, (brought.films, brought.plays, None), strict=True))
        begun, ordered = time.monotonic(), {}
        for what, (page, fields, to) in orders.items():
            begun = begun if at_once else time.monotonic()
            file = files[what]
            sent = ("export", file) if file else None
            ordered[what] = self.visitor.order(page, fields, to=to, file=sent)
            if not at_once:
                self._wait(what, ordered.pop(what), begun)
        for what, task in ordered.items():
            self._wait(what, task, begun)

    def _wait(self, what: str, task: str, begun: float) -> None:
        state = self.visitor.wait(task, _TASK_SECONDS, _POLL_SECONDS)
        if state["status"] != "COMPLETE":
            raise Unexpected(f"{what}: {state['status']}, {state['error_msg']}")
        self.steps.append(Step(what, time.monotonic() - begun))
        result = self.visitor.see(state["result_url"] or task)
        self._demand(result.status, HTTPStatus.OK)

    def look_around(self, ends: threading.Event) -> list[Asked]:
        """Log in with another browser and open page after page until it `ends`."""
        other = Visitor(self._program.port, patience=_PATIENCE_SECONDS)
        typed = {"username": _NAME, "password": _PASSWORD}
        self._demand(other.send("/login", typed).status)
        for page in itertools.cycle(PAGES):
            other.see(page)
            if ends.wait(_PAGE_SECONDS):
                return other.asked
        return []

    def _demand(self, status: int, wanted: int = HTTPStatus.SEE_OTHER) -> None:
        if status != wanted:
            last = self.visitor.asked[-1]
            raise Unexpected(f"{last.what} answered {status} and not {wanted}")


class Watch(threading.Thread):
    """Looks at the machine several times a second."""

    def __init__(self, machine: SmallMachine) -> None:
        super().__init__(daemon=True)
        self._machine, self._ends = machine, threading.Event()

    def run(self) -> None:
        while not self._ends.wait(_LOOK_SECONDS):
            self._machine.look()

    def end(self) -> None:
        self._ends.set()
        self.join()


def live(program: Program, brought: Brought, *, at_once: bool) -> tuple[Journey, list[Asked]]:
    journey, ends = Journey(program), threading.Event()
    journey.move_in()
    meanwhile: list[Asked] = []
    other = threading.Thread(target=lambda: meanwhile.extend(journey.look_around(ends)))
    other.start()
    try:
        journey.work(brought, at_once=at_once)
    finally:
        ends.set()
        other.join()
    return journey, meanwhile


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wanted.add_argument("--memory", type=int, default=300, help="MB")
    wanted.add_argument("--processor", type=float, default=0.1, help="as a part of one")
    wanted.add_argument("--at-once", action="store_true")
    wanted.add_argument("--films", type=int, default=500)
    wanted.add_argument("--plays", type=int, default=100_000)
    wanted.add_argument("--releases", type=int, default=200_000)
    wanted.add_argument("--dump", type=Path, metavar="FILE", help="instead of one made up")
    asked = wanted.parse_args()
    end_in_order()
    with tempfile.TemporaryDirectory(prefix="bench-small-") as name, services() as around:
        folder, data = Path(name), Path(name) / "data"
        brought = bring(folder, data, asked)
        try:
            with SmallMachine(asked.memory, asked.processor) as machine:
                _measure(machine, Program(machine, data, around), brought, asked)
        except NoMachine:
            sys.exit("This is measured in a control group, which only root may make.")


def _measure(
    machine: SmallMachine, program: Program, brought: Brought, asked: argparse.Namespace
) -> None:
    watch = Watch(machine)
    watch.start()
    try:
        journey, meanwhile = live(program, brought, at_once=asked.at_once)
    except Unexpected as error:
        sys.exit(f"{error}\nKilled: {machine.killed()}\n{program.said()}")
    finally:
        watch.end()
        program.stop()
    killed = machine.killed()
    _report(journey.steps, [*journey.visitor.asked, *meanwhile])
    peak = f"{machine.peak_pss_mb:.0f} MB by its processes, {machine.peak_mb():.0f} with files"
    print(f"\nMemory at the most: {peak}, of {asked.memory}.")
    print(f"Ended by the kernel: {machine.kills()} ({', '.join(killed) or 'nobody'}).")
    failures = [one for one in (*journey.visitor.asked, *meanwhile) if one.is_failure]
    for one in failures:
        print(f"{one.what}: {one.status} after {one.seconds:.1f} s")
    if failures or "server" in killed:
        sys.exit("It does not fit in there.")


def _report(steps: list[Step], asked: list[Asked]) -> None:
    first = [step for step in steps if step.what.endswith("for the first time")]
    print("| what | seconds |\n| --- | ---: |")
    for step in steps:
        if step not in first:
            print(f"| {step.what} | {step.seconds:.1f} |")
    slowest = max(first, key=lambda step: step.seconds)
    rest = sum(step.seconds for step in first) / len(first)
    print(f"| a page for the first time, of {len(first)} | {rest:.2f} |")
    print(f"| the slowest of them, {slowest.what.split()[0]} | {slowest.seconds:.2f} |")
    pages = [one for one in asked if one.what.startswith("GET")]
    for name, part in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
        print(f"| of {len(pages):,} pages, {name} | {share(pages, part) / 1000:.2f} |")


if __name__ == "__main__":
    main()

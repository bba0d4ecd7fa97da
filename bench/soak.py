"""Live in a house for a while, with everybody at it at once, and see whether anything grows.

    python -m bench.soak [--minutes 20] [--people 10] [--pollers 50]
                         [--database sqlite|postgresql] [--folder FOLDER]

The household of ./run demo and some more people, all at the pages, at their players, ordering
pictures and bringing files at once; others stand by and poll a task's page every 2 s. It fails
where a request is answered by 5xx or not at all, where a task ends as ERROR, where anything
unexpected is in the logs, where open files or threads grow, and where SQLite's log goes beyond
16 MB. What memory grows by is told, from the fifth minute to the end.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

import demo
from bench import plays, postgres, shelf
from bench.memory import free_port
from bench.processes import Family, end_in_order, python
from bench.samples import Growth, Samples, growth, size_of
from bench.services import services
from bench.soak_people import Member, Person, Polled, Pollers
from bench.visitor import Asked, Visitor, share
from core import clock
from core.settings import PREFIX
from database import people, tasks, tokens
from database.engine import Database
from database.models import Task
from database.owner import Owner
from database.people import NewPerson
from supervisor import programs

_MB = 1 << 20
_WAL_MB = 16
_MORE_FILES, _MORE_THREADS = 8, 2
_START_SECONDS, _END_SECONDS = 300.0, 600.0
_WARM_SECONDS = 300.0
_TOO_OFTEN, _REFUSED = 429, 400
_PLAYS, _RECORDS, _ARTISTS = 10_000, 600, 200


class House(NamedTuple):
    """`members` use it; `families` are its processes, `logs` what they say."""

    port: int
    db: Database
    folder: Path
    members: list[Member]
    families: dict[str, Family]
    logs: dict[str, Path]


class Outcome(NamedTuple):
    people: list[Person]
    polled: list[Asked]
    seconds: float

    @property
    def asked(self) -> list[Asked]:
        return [each for person in self.people for each in person.visitor.asked]


# --- the house --------------------------------------------------------------------------------


@contextmanager
def house(folder: Path, many: int, url: str) -> Iterator[House]:
    """Furnish one and run it; `url` "" is SQLite in its folder."""
    data = folder / "data"
    household = demo.the_household(data)
    port = free_port()
    with ExitStack() as stack:
        own = stack.enter_context(services()) | demo.surroundings(data, household)
        own |= {f"{PREFIX}HOST": "127.0.0.1", f"{PREFIX}PORT": str(port)}
        own |= {f"{PREFIX}DATABASE_URL": url, "MALLOC_ARENA_MAX": "2"}
        part = python(demo.__file__, "--data", str(data))
        logs = {name: folder / f"{name}.log" for name in ("people", "services", *programs())}
        moved_in = _started([*part, "people"], own, logs["people"])
        while moved_in.is_alive:
            time.sleep(0.1)
        if moved_in.code:
            sys.exit(logs["people"].read_text())
        db = Database(
            url.replace("://", "+psycopg://") or f"sqlite:///{data / 'needledrop.sqlite3'}",
            data / "run",
        )
        stack.callback(db.close)
        members = list(_members(db, data, household["passwords"], many))
        commands = {"services": [*part, "services"], **programs()}
        families = {}
        for name, command in commands.items():
            families[name] = _started(command, own, logs[name])
            stack.callback(families[name].stop)
        _wait_for(port)
        yield House(port, db, folder, members, families, logs)


def _started(command: list[str], environment: Mapping[str, str], log: Path) -> Family:
    with log.open("wb") as out:
        return Family(command, environment, stderr=out, stdout=subprocess.DEVNULL)


def _members(db: Database, data: Path, passwords: Mapping[str, str], many: int) -> Iterator[Member]:
    """Yield the two of the demo, and others who move in with records and plays of their own."""
    with db.reading() as session:
        known = {person.name: person.id for person in people.listed(session)}
    for number in range(1, many + 1):
        name = list(passwords)[number - 1] if number <= len(passwords) else f"Person {number}"
        password = passwords.get(name, f"needles and records {number}")
        person_id = known.get(name) or _moved_in(db, name, password, number)
        with db.writing() as session:
            token = tokens.add(session, person_id, "a player", folder=data)
        yield Member(name, password, token, number)


def _moved_in(db: Database, name: str, password: str, number: int) -> int:
    with db.writing() as session:
        wanted = NewPerson(username=name, password=password)
        person_id = people.add(session, wanted, zone="UTC").id
    shelf.furnish(db, person_id, shelf.Size(_RECORDS, _ARTISTS))
    plays.fill(db, person_id, _PLAYS, seed=number)
    return person_id


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    visitor = Visitor(port)
    while visitor.ask("GET", "/healthz").status == 0:
        if time.monotonic() > until:
            sys.exit("The pages do not answer.")
        time.sleep(0.2)
    visitor.close()


# --- living in it -----------------------------------------------------------------------------


def live(in_it: House, minutes: float, pollers: int) -> Outcome:
    """Have everybody at it for so many minutes, then wait until what they ordered is done."""
    seconds = 60 * minutes
    polled = _polled(in_it)
    begun = time.monotonic()
    polling = Pollers(polled, pollers, seconds)
    everybody = [
        Person(in_it.port, member, in_it.folder, begun + seconds) for member in in_it.members
    ]
    for person in everybody:
        person.start()
    for person in everybody:
        person.join()
    polls = list(polling.ended())
    _wait_until_done(in_it.db)
    return Outcome(everybody, polls, time.monotonic() - begun)


def _polled(in_it: House) -> Polled:
    """Return the page of a task that stays open."""
    member = in_it.members[0]
    visitor = Visitor(in_it.port)
    visitor.send("/login", {"username": member.name, "password": member.password})
    with in_it.db.writing() as session:
        person = next(each for each in people.listed(session) if each.name == member.name)
        order = {"letterboxd_username": "polled"}
        later = clock.now() + clock.DAY
        task = tasks.enqueue(session, "create_mosaic", order, owner=Owner(person.id), run_at=later)
        page = f"/tasks/{task.public_id}"
    visitor.close()
    return Polled(in_it.port, page, visitor.cookie)


def _wait_until_done(db: Database) -> None:
    until = time.monotonic() + _END_SECONDS
    while _due(db) and time.monotonic() < until:
        time.sleep(1)


def _due(db: Database) -> int:
    """Return how many tasks are open that are not put off."""
    query = select(func.count()).select_from(Task)
    query = query.where(Task.finished_at.is_(None), Task.run_at < clock.now() + clock.MINUTE)
    with db.reading() as session:
        return session.scalar(query) or 0


# --- what came of it --------------------------------------------------------------------------


def report(in_it: House, seen: Outcome, samples: Samples, warm: float) -> list[str]:
    """Print figures as rows; return what is wrong."""
    wrong = [*_requests(seen), *_tasks(in_it.db), *_logs(in_it.logs)]
    wrong += _growing(samples, warm)
    for name, size in samples.largest.items():
        print(f"| {name} at the most, MB | {size / _MB:.1f} |")
        if name == "WAL" and size > _WAL_MB * _MB:
            wrong.append(f"SQLite's log had {size / _MB:.0f} MB")
    left = [path.name for path in (in_it.folder / "data" / "uploads").iterdir()]
    if left:
        wrong.append(f"{len(left)} files were left in uploads")
    return wrong


def _requests(seen: Outcome) -> list[str]:
    wrong = [f"{one.what} was answered {one.status}" for one in seen.polled if not _is_well(one)]
    wrong += [f"{one.what} was answered {one.status}" for one in seen.asked if not _is_well(one)]
    stumbled = [said for person in seen.people for said in person.stumbled]
    print("| what | |\n| --- | ---: |")
    print(f"| polls | {len(seen.polled):,} |")
    for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        print(f"| of polls, {name}, ms | {share(seen.polled, part):.1f} |")
    print(f"| requests of people | {len(seen.asked):,} |")
    for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        print(f"| of these, {name}, ms | {share(seen.asked, part):.1f} |")
    print(
        f"| not answered, or by 5xx | {sum(one.is_failure for one in seen.asked + seen.polled)} |"
    )
    often = sum(one.status == _TOO_OFTEN for one in seen.asked)
    print(f"| told that it was too often | {often} |")
    return wrong + [said for said in stumbled if f"answered {_TOO_OFTEN}" not in said]


def _is_well(one: Asked) -> bool:
    return 0 < one.status < _REFUSED or one.status == _TOO_OFTEN


def _tasks(db: Database) -> list[str]:
    query = select(Task.action, Task.status, Task.error_msg)
    with db.reading() as session:
        rows = session.execute(query).all()
    counts = Counter(row.status for row in rows)
    print(f"| tasks | {', '.join(f'{many} {status}' for status, many in sorted(counts.items()))} |")
    wrong = [f"{row.action} failed: {row.error_msg}" for row in rows if row.status == "ERROR"]
    if due := _due(db):
        wrong.append(f"{due} tasks are still open")
    return wrong


def _logs(logs: Mapping[str, Path]) -> list[str]:
    wrong = []
    for name, file in logs.items():
        lines = file.read_text(errors="replace").splitlines()
        print(f"| log of the {name}, lines | {len(lines):,} |")
        wrong += [
            f"{name}: {line[:300]}"
            for line in lines
            if '"level": "ERROR"' in line or "Traceback" in line
        ]
    return wrong


def _growing(samples: Samples, warm: float) -> list[str]:
    wrong = []
    print(f"| processes, with those that came and went | {samples.processes()} |")
    for name, taken in samples.lasting(warm).items():
        if name == "services":
            continue
        memory = growth([each.memory for each in taken])
        files = growth([each.files for each in taken])
        threads = growth([each.threads for each in taken])
        print(f"| {name}: memory, MB | {_told(memory, 1)} |")
        print(f"| {name}: open files, threads | {_told(files, 0)}, {_told(threads, 0)} |")
        wrong += [f"the {name} opens more and more files"] * (files.by > _MORE_FILES)
        wrong += [f"the {name} has more and more threads"] * (threads.by > _MORE_THREADS)
    return wrong


def _told(values: Growth, digits: int) -> str:
    return f"{values.first:.{digits}f} → {values.last:.{digits}f}"


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wanted.add_argument("--minutes", type=float, default=20)
    wanted.add_argument("--people", type=int, default=10)
    wanted.add_argument("--pollers", type=int, default=50)
    wanted.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted.add_argument("--folder", type=Path, help="an empty one that stays, with all logs")
    asked = wanted.parse_args()
    end_in_order()
    with ExitStack() as stack:
        own = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-soak-"))
        folder = (asked.folder or Path(own) / "house").resolve()
        folder.mkdir(exist_ok=True)
        url = ""
        if asked.database == "postgresql":
            url = stack.enter_context(postgres.server(Path(own))).database("soak")
        in_it = stack.enter_context(house(folder, asked.people, url))
        samples = Samples(
            {name: family for name, family in in_it.families.items() if name != "services"},
            {
                "WAL": lambda: size_of(folder / "data" / "needledrop.sqlite3-wal"),
                "logs": lambda: sum(map(size_of, in_it.logs.values())),
            },
        )
        samples.start()
        seen = live(in_it, asked.minutes, asked.pollers)
        samples.end()
        wrong = report(in_it, seen, samples, min(_WARM_SECONDS, 15 * asked.minutes))
    for said, many in Counter(wrong).most_common():
        print(f"{many} × {said}")
    if wrong:
        sys.exit("It does not bear it.")


if __name__ == "__main__":
    main()

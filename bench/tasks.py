"""Measure the queue against Huey and Procrastinate, side by side in one run.

    python -m bench.tasks [--quick] [--only NAME ...] [--folder FOLDER]

Rates and latencies are medians of three rounds in which the contestants take turns: a
machine that slows down slows down everybody. A commit is worth what the disk makes of
it, so the time of an fsync is printed beside each round. All of it lies in a temporary
folder; the figures are kept in bench/out/tasks.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from bench import postgres
from bench.queues import huey_sqlite, measures, needledrop, procrastinate_pg
from bench.queues.contestant import Contestant, Place
from bench.queues.measures import Bench
from core.settings import ROOT

OURS = "Needledrop SQLite"
CONTESTANTS = (
    Contestant(OURS, needledrop.on_sqlite),
    Contestant("Needledrop PostgreSQL", needledrop.on_postgresql),
    Contestant("Huey SQLite", huey_sqlite.Huey),
    Contestant("Procrastinate", procrastinate_pg.Procrastinate),
)
# By whom each of ours is measured: on the same database.
AGAINST = {OURS: "Huey SQLite", "Needledrop PostgreSQL": "Procrastinate"}
OUT = ROOT / "bench" / "out" / "tasks.json"
_numbers = count(1)

Figures = dict[str, float | None]


class Size(NamedTuple):
    """How much of everything."""

    rounds: int
    enqueued: int
    drained: int
    stamps: int
    kills: int
    slow: int
    idle_seconds: float


FULL = Size(rounds=3, enqueued=1000, drained=4000, stamps=150, kills=15, slow=150, idle_seconds=20)
QUICK = Size(rounds=1, enqueued=300, drained=1000, stamps=40, kills=5, slow=50, idle_seconds=10)

# (key, what it is called, decimals)
ROWS = (
    ("enqueue", "enqueue, commits/s", 0),
    ("drain_1", "claim to complete, 1 worker, jobs/s", 0),
    ("drain_4", "claim to complete, 4 workers, jobs/s", 0),
    ("p50", "enqueue to start, p50 ms", 1),
    ("p99", "enqueue to start, p99 ms", 1),
    ("recovery", "kill -9 to running again, s", 2),
    ("left_behind", "left behind by the storm of kills", 0),
    ("given_up", "told as failed after three deaths", 0),
    ("ended_twice", "done twice in the storm", 0),
    ("settle", "storm to all settled, s", 1),
    ("idle_cpu", "idle, % of a core", 2),
    ("idle_written", "idle, bytes written", 0),
    ("resident", "idle worker, PSS in MB", 0),
)


@contextmanager
def benched(contestant: Contestant, parent: Path, server: postgres.Server) -> Iterator[Bench]:
    """Give a contestant an empty store."""
    folder = parent / f"store{next(_numbers)}"
    folder.mkdir()
    queue = contestant.make(Place(folder, server))
    try:
        yield Bench(queue, folder / "log")
    finally:
        queue.close()


def once(size: Size) -> dict[str, Callable[[Bench], Figures]]:
    """Return what is measured in every round."""

    def latency(bench: Bench) -> Figures:
        found = measures.latencies(bench, size.stamps)
        return {"p50": found[len(found) // 2], "p99": found[int(len(found) * 0.99)]}

    return {
        "enqueue": lambda bench: {"enqueue": measures.enqueue_rate(bench, size.enqueued)},
        "drain_1": lambda bench: {"drain_1": measures.drain_rate(bench, 1, size.drained)},
        "drain_4": lambda bench: {"drain_4": measures.drain_rate(bench, 4, size.drained)},
        "latency": latency,
    }


def seldom(size: Size) -> dict[str, Callable[[Bench], Figures]]:
    """Return what takes long, and is measured in the first round."""

    def recovery(bench: Bench) -> Figures:
        return {"recovery": measures.recovery_seconds(bench)}

    def storm(bench: Bench) -> Figures:
        found = measures.storm(bench, size.kills, size.slow)
        return {
            "left_behind": found.left_behind,
            "given_up": found.given_up,
            "ended_twice": found.ended_twice,
            "settle": found.settle_seconds,
        }

    def idle(bench: Bench) -> Figures:
        _, cpu, written, resident = measures.idle(bench, size.idle_seconds)
        return {"idle_cpu": cpu, "idle_written": written, "resident": resident / 1024}

    return {"recovery": recovery, "storm": storm, "idle": idle}


def fsync_ms(folder: Path) -> float:
    """Return the median time of making 4 kB durable."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(os.urandom(4096))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def compare(contestants: Sequence[Contestant], size: Size, parent: Path) -> dict[str, Any]:
    found: dict[str, list[Figures]] = {contestant.name: [] for contestant in contestants}
    fsyncs = []
    with postgres.server(parent) as server:
        for number in range(size.rounds):
            fsyncs.append(fsync_ms(parent))
            print(f"round {number + 1} of {size.rounds}: fsync p50 {fsyncs[-1]:.2f} ms", flush=True)
            wanted = once(size) | (seldom(size) if number == 0 else {})
            for name, measure in wanted.items():
                for contestant in contestants:
                    with benched(contestant, parent, server) as bench:
                        figures = measure(bench)
                    found[contestant.name].append(figures)
                    print(f"  {name:9} {contestant.name:22} {_short(figures)}", flush=True)
    figures_of = {name: _medians(rounds) for name, rounds in found.items()}
    return {"fsync_ms": fsyncs, "size": size._asdict(), "figures": figures_of, "rounds": found}


def _short(figures: Figures) -> str:
    return " ".join(
        f"{key} {'never' if value is None else f'{value:,.2f}'}" for key, value in figures.items()
    )


def _medians(rounds: Sequence[Figures]) -> Figures:
    medians: Figures = {}
    for key, _, _ in ROWS:
        found = [figures[key] for figures in rounds if key in figures]
        known = [value for value in found if value is not None]
        if found:
            medians[key] = statistics.median(known) if known else None
    return medians


def table(figures: Mapping[str, Figures]) -> Iterator[str]:
    """Say it in Markdown, as docs/figures.md has it."""
    pairs = [(ours, peer) for ours, peer in AGAINST.items() if {ours, peer} <= set(figures)]
    ratios = [f"{ours} / {peer}" for ours, peer in pairs]
    yield f"| | {' | '.join((*figures, *ratios))} |"
    yield f"|---|{'---:|' * (len(figures) + len(ratios))}"
    for key, called, decimals in ROWS:
        cells = [_cell(figures[name], key, decimals) for name in figures]
        cells += [_ratio(figures[ours], figures[peer], key) for ours, peer in pairs]
        yield f"| {called} | {' | '.join(cells)} |"


def _cell(figures: Figures, key: str, decimals: int) -> str:
    if key not in figures:
        return "–"
    value = figures[key]
    return "not in 20 s" if value is None else f"{value:,.{decimals}f}"


def _ratio(ours: Figures, peer: Figures, key: str) -> str:
    mine, theirs = ours.get(key), peer.get(key)
    return f"{mine / theirs:.2f}" if mine is not None and theirs else "–"


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the queue against its peers.")
    arguments.add_argument("--quick", action="store_true", help="one round, less of everything")
    arguments.add_argument("--only", nargs="+", default=[], help="words of contestants' names")
    arguments.add_argument("--folder", type=Path, help="on the disk to measure")
    given = arguments.parse_args()
    size = QUICK if given.quick else FULL
    contestants = [
        contestant
        for contestant in CONTESTANTS
        if not given.only
        or any(word.casefold() in contestant.name.casefold() for word in given.only)
    ]
    with tempfile.TemporaryDirectory(prefix="bench-tasks-", dir=given.folder) as folder:
        # The server's own user must be able to pass.
        Path(folder).chmod(0o711)
        found = compare(contestants, size, Path(folder))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2))
    print("\n".join(table(found["figures"])))


if __name__ == "__main__":
    main()

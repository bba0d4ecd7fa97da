"""/metrics: the house's figures as Prometheus reads them, the same from whichever process.

Closed to all but an admin, whose token a Prometheus shows; without one there is nothing here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, Response

from core import clock
from webapp import vitals
from webapp.access import admin_only
from webapp.database import database, settings
from webapp.vitals import Vitals

bp = Blueprint("metrics", __name__)

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# What is counted in memory (core/counters.py): name there, name here, label, what it is.
_COUNTED = (
    ("requests", "requests", "status", "Requests answered, by the first figure of the status."),
    ("calls", "service_calls", "service", "Requests to services."),
    ("refusals", "service_refusals", "service", "Of these, answered with 429."),
    ("cache", "cache", "outcome", "What was remembered, asked for: hit, miss, failure, skip."),
    ("attempts", "task_attempts", "action", "Attempts at tasks, however they ended."),
)
_Rows = Sequence[tuple[dict[str, str], float]]


class _Family(NamedTuple):
    name: str
    kind: str
    told: str
    rows: _Rows


@bp.get("/metrics")
@admin_only
def metrics() -> Response:
    return Response(
        "".join(map(_written, _families(vitals.look(database(), settings())))), content_type=_TYPE
    )


def _families(now: Vitals) -> Iterator[_Family]:
    about = {"version": now.version, "database": now.engine}
    yield _Family("info", "gauge", "What runs here.", [(about, 1)])
    lanes = [
        ({"lane": lane.name, "status": status}, count)
        for lane in now.lanes
        for status, count in (("waiting", lane.waiting), ("progressing", lane.running))
    ]
    yield _Family("tasks_open", "gauge", "Tasks that are not over.", lanes)
    waits = 0 if now.oldest_at is None else max(0, clock.now() - now.oldest_at)
    yield _gauge("task_waits_seconds", "How long the first task waits.", waits / clock.SECOND)
    yield _Family("tasks_total", "counter", "Tasks that were ever put in.", [({}, now.ever)])
    for name, shown, label, told in _COUNTED:
        rows = [({label: of}, count) for of, count in sorted(now.counts.get(name, {}).items())]
        yield _Family(f"{shown}_total", "counter", told, rows)
    spent = [
        ({"action": of}, ms / clock.SECOND)
        for of, ms in sorted(now.counts.get("attempt-ms", {}).items())
    ]
    yield _Family("task_attempt_seconds_total", "counter", "Time of these attempts.", spent)
    rests = [
        ({"service": one.name}, max(0, one.rest.until - clock.now()) / clock.SECOND)
        for one in now.services
        if one.rest is not None
    ]
    yield _Family("service_rests_seconds", "gauge", "For how long nobody asks it.", rests)
    yield from _of_the_machine(now)


def _of_the_machine(now: Vitals) -> Iterator[_Family]:
    yield _gauge("workers", "Processes that do tasks.", now.workers)
    yield _gauge("database_bytes", "The database, without its log.", now.size)
    yield _gauge("database_log_bytes", "SQLite's log.", now.log_size)
    yield _gauge("database_damaged", "1: pages give way to one that says so.", now.is_damaged)
    yield _gauge("disk_free_bytes", "Room for the folder of data.", now.free)
    made = None if now.backup is None else now.backup.when / clock.SECOND
    yield _gauge("backup_timestamp_seconds", "When the newest backup was begun.", made)
    yield _gauge("temperature_celsius", "The warmest part of the machine.", now.celsius)
    yield _gauge("held_back", "1: for want of voltage or for warmth.", _is_held_back(now))


def _is_held_back(now: Vitals) -> bool | None:
    return None if now.held_back is None else bool(now.held_back)


def _gauge(name: str, told: str, value: float | None) -> _Family:
    return _Family(name, "gauge", told, [] if value is None else [({}, float(value))])


def _written(family: _Family) -> str:
    if not family.rows:
        return ""
    name = f"needledrop_{family.name}"
    lines = [f"# HELP {name} {family.told}", f"# TYPE {name} {family.kind}"]
    lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in family.rows]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

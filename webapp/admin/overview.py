"""How the house is: what it holds, how much room there is, whether somebody works."""

import re
import shutil
import sqlite3
from functools import cache

from flask import render_template

from core.settings import ROOT
from database import inspection, overview, schedules, workers
from webapp.access import admin_only
from webapp.admin import bp
from webapp.database import database, settings

_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


@bp.get("")
@admin_only
def index() -> str:
    db = database()
    with db.reading() as session:
        holdings = overview.holdings(session)
        lanes = overview.open_tasks(session)
        size = overview.size(db, session)
        planned = schedules.listed(session)
        server = None if db.is_sqlite else inspection.postgres_version(session)
    return render_template(
        "admin/index.html",
        version=program_version(),
        engine=_engine(server),
        size=size,
        free=shutil.disk_usage(settings().data).free,
        held=holdings,
        waiting=sum(lane.waiting for lane in lanes),
        running=sum(lane.running for lane in lanes),
        workers=workers.alive(db),
        schedules=planned,
    )


@cache
def program_version() -> str:
    found = _VERSION.search((ROOT / "pyproject.toml").read_text())
    return found[1] if found else "unknown"


def _engine(server: str | None) -> str:
    if server is not None:
        return f"PostgreSQL {server}"
    return f"SQLite {sqlite3.sqlite_version}"

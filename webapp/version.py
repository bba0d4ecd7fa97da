"""Which version of the program this is, and of what the data is kept in."""

import re
import sqlite3
from functools import cache

from sqlalchemy.orm import Session

from core.settings import ROOT
from database import inspection
from database.engine import Database

_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


@cache
def program_version() -> str:
    found = _VERSION.search((ROOT / "pyproject.toml").read_text())
    return found[1] if found else "unknown"


def engine(db: Database, session: Session) -> str:
    """Return what keeps the data, "SQLite 3.40.1" say."""
    if db.is_sqlite:
        return f"SQLite {sqlite3.sqlite_version}"
    return f"PostgreSQL {inspection.postgres_version(session)}"

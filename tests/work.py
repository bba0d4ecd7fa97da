"""How much work something is: in calls of functions, never in seconds."""

import cProfile
import pstats
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


def calls(do: Callable[[], object]) -> int:
    """Return how many functions `do` called."""
    profile = cProfile.Profile()
    profile.runcall(do)
    stats: Any = pstats.Stats(profile)
    return int(stats.total_calls)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Hand out a list that every statement of the engine is written into."""
    seen: list[str] = []

    def write(_conn: object, _cursor: object, sql: str, *_: object) -> None:
        seen.append(sql)

    event.listen(engine, "before_cursor_execute", write)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", write)

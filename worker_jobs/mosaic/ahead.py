"""Work that is done ahead in threads and taken in order, with little of it in memory at once."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

Done = TypeVar("Done")
Report = Callable[[str, int, int], None]
_SIGN_OF_LIFE = 0.5  # seconds
_MESSAGE = "Building the picture"


def in_order(
    calls: Sequence[Callable[[], Done]], threads: int, report: Report | None = None
) -> Generator[Done, None, None]:
    """Give what each of `calls` returns, in their order; at most `threads` + 1 are under way.

    `report` is called from here, before each and at least twice a second; what it raises
    ends the work.
    """
    waiting: deque[Future[Done]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for done in range(-threads, len(calls)):
            if done + threads < len(calls):
                waiting.append(pool.submit(calls[done + threads]))
            if done >= 0:
                yield _awaited(waiting.popleft(), report, done, len(calls))
    finally:
        pool.shutdown(cancel_futures=True)
    if report:
        report(_MESSAGE, len(calls), len(calls))


def _awaited(work: Future[Done], report: Report | None, done: int, of: int) -> Done:
    while True:
        if report:
            report(_MESSAGE, done, of)
        try:
            return work.result(_SIGN_OF_LIFE if report else None)
        except NotYet:
            if work.done():
                raise  # not ours: the work itself timed out

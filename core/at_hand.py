"""What is at hand right now, a request or a task: its log lines say so.

A process that serves pages has several requests at hand, one a thread; a runner has one
task, and whatever threads its job starts are about that one.
"""

from contextvars import ContextVar

_request: ContextVar[str] = ContextVar("request", default="")
_in_hand: dict[str, int] = {}


def begin_request(number: str) -> None:
    _request.set(number)


def end_request() -> None:
    _request.set("")


def request() -> str:
    """Return the number of the request of this thread, "" outside of one."""
    return _request.get()


def begin_task(task_id: int) -> None:
    _in_hand["task"] = task_id


def end_task() -> None:
    _in_hand.pop("task", None)


def task() -> int | None:
    """Return the id of the task that this process has in hand, None if it has none."""
    return _in_hand.get("task")

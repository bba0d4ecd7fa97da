"""What is to be said of a task at this moment. Values in, values out."""

from typing import Any, NamedTuple, Self

from core import clock
from database.models import Task
from database.progress import Progress
from database.tasks import label

_LIVELY = 10 * clock.SECOND


class State(NamedTuple):
    """How a task stands; `done` of `of` pieces, None where there is no counting."""

    task: Task
    label: str
    msg: str
    done: int | None
    of: int | None
    ahead: int

    @classmethod
    def of_task(cls, task: Task, said: Progress | None, ahead: int = 0) -> Self:
        """`said` counts only if it is this attempt's; `ahead` is how many go first."""
        is_now = task.status == "PROGRESSING" and said is not None and said.attempt == task.attempt
        msg, done, of = (said.msg, said.done, said.of) if is_now and said else (None, None, None)
        return cls(task, label(task.action, task.args), msg or _message(task), done, of, ahead)

    @property
    def is_stopping(self) -> bool:
        return self.task.is_open and self.task.cancel_asked_at is not None

    @property
    def refresh_seconds(self) -> int:
        """How soon its page asks again: sooner while it is young, most are done by then."""
        return 1 if clock.now() - self.task.created_at < _LIVELY else 2

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        if self.task.status == "COMPLETE":
            return 1.0
        if not self.of or self.done is None:
            return 0.0
        return min(1.0, max(0.0, self.done / self.of))

    def as_json(self, result_url: str | None) -> dict[str, Any]:
        return {
            "task": self.task.public_id,
            "action": self.task.action,
            "status": self.task.status,
            "progress_msg": self.msg,
            "error_msg": self.task.error_msg,
            "done": self.done,
            "of": self.of,
            "result_url": result_url,
        }


def _message(task: Task) -> str:
    if task.is_retrying:
        return "Trying again soon"
    if task.is_put_off:
        return "Going on later"
    return {
        "WAITING": "Waiting for its turn",
        "PROGRESSING": task.progress_msg or "Starting",
        "COMPLETE": "Complete",
        "ERROR": "Failed",
        "CANCELLED": "Cancelled",
    }[task.status]


class Disc(NamedTuple):
    """A record being played, 100 wide to each side of its middle.

    `arm` has turned that many degrees from the edge inwards; `radius` and `width`
    are the middle and the breadth of the ring that it has played.
    """

    arm: float
    radius: float
    width: float

    @classmethod
    def at(cls, share: float, *, edge: float = 92, label: float = 38, turn: float = 22) -> Self:
        """Lay out the record after `share` of it, 0 to 1."""
        width = (edge - label) * share
        return cls(round(turn * share, 2), round(edge - width / 2, 2), round(width, 2))

"""One thing that was looked at, and how it is."""

from typing import Literal, NamedTuple

Status = Literal["ok", "warn", "fail"]
MB = 1_000_000


class Check(NamedTuple):
    """`fail` keeps Needledrop from working, `warn` does not; `hint` says what to do, or why."""

    name: str
    status: Status
    detail: str
    hint: str = ""


def better(name: str, is_well: bool, detail: str, hint: str, *, otherwise: Status) -> Check:
    """Return a check that is ok without a hint, or `otherwise` with it."""
    return Check(name, "ok", detail) if is_well else Check(name, otherwise, detail, hint)

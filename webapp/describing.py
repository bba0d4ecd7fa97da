"""The words in which an area tells scripts of its addresses: what each takes, what it answers.

They stand in the area's module `described`, as `AREA`. Nobody loads it before the document
is asked for: what a house that no script visits need not hold in its memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

LARGEST = 2**63 - 1


class Failure(TypedDict):
    """Why not: one sentence, fit to be shown."""

    error: str
    problems: NotRequired[
        Annotated[
            dict[str, str],
            Field(description='Of a form: a sentence a field; "" is the form as a whole.'),
        ]
    ]


class PutIn(TypedDict):
    """The task that does it: ask for `url` until it has ended."""

    task: str
    url: str


class Before(TypedDict):
    """Where a list goes on."""

    before: NotRequired[
        Annotated[int, Field(ge=1, le=LARGEST, description="What the last answer said: the older.")]
    ]


class Part(TypedDict):
    """Of one kind: how many were added, changed or removed, and the first fifty."""

    kind: str
    how: Literal["added", "changed", "removed"]
    count: int
    first: list[dict[str, Any]]


class Binary(str):
    """The media type of an answer that is a file."""

    __slots__ = ()


@dataclass(frozen=True)
class Operation:
    """One method of one address.

    `answers` names for each status the type of its JSON, a Binary, several of them, or None for
    an empty body. `fails` are the statuses beyond what every address of its kind may answer,
    `failure` their type where it is not the area's. `query` and `body` are types with a field a
    parameter; with `is_partial` a body may leave any of them out. `files` tells of the files
    beside the body, by field, `headers` of what it is asked by, by name.
    """

    summary: str
    answers: Mapping[int, Any]
    fails: tuple[int, ...] = ()
    query: Any = None
    body: Any = None
    is_partial: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: Any = None

    def answered(self, status: int) -> tuple[Any, ...]:
        """Return the types of an answer."""
        kind = self.answers[status]
        if kind is None:
            return ()
        return kind if isinstance(kind, tuple) else (kind,)


def ordered(
    summary: str,
    fails: tuple[int, ...] = (),
    *,
    body: Any = None,
    files: Mapping[str, str] | None = None,
) -> Operation:
    """Describe what puts a task in."""
    return Operation(summary, {202: PutIn}, (*fails, 429), body=body, files=files or {})


@dataclass(frozen=True)
class Area:
    """What an area tells; `operations` by endpoint, or "POST endpoint" where it has several.

    `failure` is the type of the JSON of what fails, `unclear` the status where what was sent
    needs another look. Where an area `is_by_token_alone`, no session counts, and what is sent
    is JSON.
    """

    name: str
    about: str
    operations: Mapping[str, Operation]
    failure: Any = Failure
    unclear: int = 422
    is_by_token_alone: bool = False

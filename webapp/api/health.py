"""What is told of the two addresses that belong to no area: is the house well?"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from webapp.describing import Area, Operation


class Alive(TypedDict):
    status: Literal["ok"]


class Ready(TypedDict):
    """Whether it can work; `reasons` why not, to an admin and on the machine itself."""

    status: Literal["ready", "not ready"]
    reasons: NotRequired[list[str]]


AREA = Area(
    "Health",
    "Whether the house is well.",
    {
        "health.alive": Operation("Whether the web process lives", {200: Alive}),
        "health.ready": Operation(
            "Whether database, schema, worker and disk are as they should be",
            {200: Ready, 503: Ready},
        ),
    },
)

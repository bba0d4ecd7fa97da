"""What scripts are told of tasks."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from webapp.describing import Area, Binary, Operation, ordered


class Task(TypedDict):
    """How far a task is."""

    task: str
    action: Annotated[str, Field(description="What it does, like create_mosaic.")]
    status: Annotated[
        Literal["WAITING", "PROGRESSING", "COMPLETE", "ERROR", "CANCELLED"],
        Field(description="The last three are final."),
    ]
    progress_msg: Annotated[str, Field(description="A sentence for people.")]
    error_msg: Annotated[str | None, Field(description="Why it failed, or why it is tried again.")]
    done: Annotated[int | None, Field(description="So many of `of` pieces; null: no counting.")]
    of: int | None
    result_url: Annotated[
        str | None, Field(description="Where the result is, once it is COMPLETE.")
    ]


AREA = Area(
    "Tasks",
    "Whatever takes time is a task: put in by one request, asked for by others.",
    {
        "tasks.show": Operation("How far a task is", {200: Task}),
        "tasks.cancel": Operation("Stop a task", {303: None}, (409,)),
        "tasks.again": ordered("Put a finished task in once more", (409,)),
        "tasks.sketch": Operation(
            "What the picture will be from afar, while it is built", {200: Binary("image/jpeg")}
        ),
    },
)

"""What a person asks of a mosaic, and how that becomes a task. Making it is the worker's."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from core.errors import Conflict
from core.names import fold
from database import quota, tasks
from database.models import Mosaic
from database.owner import Owner
from database.tasks import Enqueued

ACTION = "create_mosaic"
# In which sequence the posters stand: the key, "-" for downwards, and what that is called.
NEWEST_FIRST = "-watched"
SEQUENCES = {
    NEWEST_FIRST: "newest viewing first",
    "watched": "oldest viewing first",
    "-rating": "best rated first",
    "rating": "lowest rated first",
    "-year": "newest film first",
    "year": "oldest film first",
    "title": "by title, A to Z",
    "-title": "by title, Z to A",
}
# A profile's address, pasted: the name is the first part of its path.
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?letterboxd\.com/([^/?#\s]+)", re.IGNORECASE)


def account(typed: Any) -> Any:
    """Return the name in what was typed or pasted: "letterboxd.com/dave/films" is "dave"."""
    if not isinstance(typed, str):
        return typed
    found = _ADDRESS.match(typed.strip())
    return found[1] if found else typed.strip().removeprefix("@")


class Order(BaseModel):
    """A mosaic of whatever source; `period` says which viewings."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    period: str = Field(
        "month",
        pattern=r"^(month|last30|all|year:(18|19|20)\d\d|month:(18|19|20)\d\d-(0[1-9]|1[0-2]))$",
        description="Choose month, last30, all, year:2025 or month:2025-03.",
    )
    sequence: str = Field(
        NEWEST_FIRST,
        pattern="^-?(watched|rating|year|title)$",
        description="Choose watched, rating, year or title; with - before it downwards.",
    )
    layout: Literal["sheet"] = Field("sheet", description="Choose sheet.")
    scale: int = Field(2, ge=1, le=3, description="Choose 1, 2 or 3.")


class FeedOrder(Order):
    """Of the films in somebody's public feed, about the newest fifty."""

    letterboxd_username: Annotated[str, BeforeValidator(account)] = Field(
        pattern="^[A-Za-z0-9_]{1,40}$",
        description="Give a Letterboxd name: letters, digits and _, at most 40.",
    )


def place(
    session: Session,
    order: Order,
    *,
    owner: Owner,
    zone: str,
    upload: tuple[str, str] | None = None,
) -> Enqueued:
    """Put the order in the queue; the same once more, while it is open, is the same task.

    `upload` is a file's name in DATA/uploads and what the person calls it; without
    it and without a name, the films are those of the person's own collection.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    name = order.letterboxd_username if isinstance(order, FeedOrder) else None
    source = "feed" if name else "export" if upload else "films"
    args = {
        "source": source,
        "letterboxd_username": name,
        "upload": upload[0] if upload else None,
        "file_name": upload[1] if upload else None,
        "zone": zone,
        **order.model_dump(include={"period", "sequence", "layout", "scale"}),
    }
    return _enqueue(session, args, owner)


def again(session: Session, mosaic: Mosaic, *, owner: Owner, zone: str) -> Enqueued:
    """Order a mosaic once more as it was ordered, for whoever asks.

    One of a collection is ordered for the person whose collection it is: an admin who
    asks would get the admin's own films instead.

    Raises:
        Conflict: it came from a file, which is gone.
        TooMany: too much of the owner's is open already.
    """
    if not is_repeatable(mosaic):
        raise Conflict("This mosaic came from a file: bring the file again to make it anew.")
    args = {name: said for name, said in mosaic.recipe.items() if name != "note"}
    if args.get("source") == "films" and owner.person_id != mosaic.person_id:
        return _enqueue(session, args, Owner(mosaic.person_id))
    return _enqueue(session, args | {"zone": zone}, owner)


def is_repeatable(mosaic: Mosaic) -> bool:
    return not mosaic.recipe.get("upload")


def _enqueue(session: Session, args: dict[str, Any], owner: Owner) -> Enqueued:
    key = None if args.get("upload") else _key(args, owner)
    # A feed holds fifty films; a collection may be thousands, each with a poster to fetch.
    lane = tasks.QUICK if args.get("source") == "feed" else tasks.LONG
    placed = tasks.enqueue(session, ACTION, args, owner=owner, lane=lane, dedup_key=key)
    quota.check(session, owner)
    return placed


def _key(args: dict[str, Any], owner: Owner) -> str:
    whose = owner.person_id if owner.person_id is not None else owner.guest_hash
    name = fold(args.get("letterboxd_username") or "")
    sequence = args.get("sequence") or NEWEST_FIRST
    asked = (args["period"], sequence, args["layout"], args.get("scale", 2))
    return ":".join(str(part) for part in (ACTION, whose, args.get("source"), name, *asked))

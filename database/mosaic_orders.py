"""What a person asks of a mosaic, and how that becomes a task. Making it is the worker's."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from core.names import fold
from database import quota, tasks
from database.models import Mosaic
from database.mosaic_sizes import EXACT, NORMAL, WORDS
from database.mosaic_words import NEWEST_FIRST, RECORDS
from database.owner import Owner
from database.tasks import Enqueued

ACTION = "create_mosaic"
# Of a collection, beside the time: all, what was seen more than once, what is liked, what is
# rated so many half stars or more, a list by its id.
ALL, REWATCHES, LIKED = "all", "rewatches", "liked"
MOST_COLUMNS, MOST_APART, MOST_TINT = 200, 20, 0.4
_LARGEST = 2**53  # the largest whole number that JSON keeps everywhere
# A profile's address, pasted: the name is the first part of its path.
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?letterboxd\.com/([^/?#\s]+)", re.IGNORECASE)


_Period = Annotated[
    str,
    Field(
        pattern=r"^(month|last-month|last30|all|year:(18|19|20)\d\d"
        r"|month:(18|19|20)\d\d-(0[1-9]|1[0-2]))$",
        description="Choose month, last-month, last30, all, year:2025 or month:2025-03.",
    ),
]


def account(typed: Any) -> Any:
    """Return the name in what was typed or pasted: "letterboxd.com/dave/films" is "dave"."""
    if not isinstance(typed, str):
        return typed
    found = _ADDRESS.match(typed.strip())
    return found[1] if found else typed.strip().removeprefix("@")


def _blank(given: Any) -> Any:
    return None if given == "" else given


class Order(BaseModel):
    """A mosaic of whatever source: `period` and `only` say of which films."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    period: _Period = "month"
    only: str = Field(
        ALL,
        pattern=r"^(all|rewatches|liked|rated:([1-9]|10)|list:\d{1,15})$",
        description="Choose all, rewatches, liked, rated:8 (half stars) or list:3 (its number).",
    )
    sequence: str = Field(
        NEWEST_FIRST,
        pattern="^-?(watched|rating|year|title|spectrum|islands|listed)$",
        description="Choose watched, rating, year, title, spectrum, islands or listed; - before "
        "it turns it round.",
    )
    layout: Literal["sheet", "wall", "photo"] = Field(
        "sheet", description="Choose sheet, wall or photo."
    )
    scale: int = Field(2, ge=1, le=3, description="Choose 1, 2 or 3.")
    size: str = Field(NORMAL, description=f"Choose one of {', '.join(WORDS)}.")
    columns: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=MOST_COLUMNS, description=f"From 1 to {MOST_COLUMNS}; empty: what fits."
    )
    small_tiles: bool = Field(
        default=False, description="Print pictures smaller than 12 mm as well."
    )
    # Of a wall.
    gap: Literal["none", "thin", "wide"] = Field("thin", description="Choose none, thin or wide.")
    ground: Literal["night", "black", "white", "mean"] = Field(
        "night", description="Choose night, black, white or mean."
    )
    heading: bool = Field(default=False, description="Say at the top whose they are.")
    captions: bool = Field(
        default=False, description="Set each title and its stars below the picture."
    )
    # Of a picture made of posters. `target` is a film's poster, unless a file is sent.
    target: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=_LARGEST, description="Choose one of your films, or send a picture."
    )
    tint: float = Field(
        0.25, ge=0, le=MOST_TINT, description="From 0, not at all, to 0.4: tinted by the picture."
    )
    apart: int = Field(
        4, ge=0, le=MOST_APART, description="From 0 to 20 cells between two of the same."
    )
    most_uses: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=40_000, description="How often one may be used; empty: any number."
    )
    once: bool = Field(default=False, description="Use each one once at the most.")
    seed: int = Field(
        0,
        ge=0,
        le=_LARGEST,
        description="With each one once: another number, another picture.",
    )

    @field_validator("size")
    @classmethod
    def _known(cls, size: str) -> str:
        if size not in WORDS:
            raise PydanticCustomError("sentence", f"Choose one of {', '.join(WORDS)}.")
        return size

    @model_validator(mode="after")
    def _sheets_are_as_they_are(self) -> Self:
        if self.layout == "sheet" and self.size != NORMAL:
            raise PydanticCustomError(
                "sentence", "A sheet is as large as its text needs: choose a wall for that size."
            )
        return self

    @property
    def args(self) -> dict[str, Any]:
        """What the worker is told: nothing that the layout has no use for."""
        told = self.model_dump(exclude={"letterboxd_username"})
        if not self.once:
            told["seed"] = 0  # there is nothing that it could decide
        return {name: told[name] for name in (*_OF_ALL, *_OF_LAYOUT[self.layout])}


# What stands in a mosaic's recipe beside the order.
_NOT_ASKED = ("note", "fingerprint", "recipe_id", "made_for")
_OF_ALL = ("period", "only", "sequence", "layout")
_OF_LAYOUT = {
    "sheet": ("scale",),
    "wall": ("size", "columns", "small_tiles", "gap", "ground", "heading", "captions"),
    "photo": (
        *("size", "columns", "small_tiles", "target", "tint", "apart", "most_uses", "once"),
        "seed",
    ),
}
# What only some layouts have a use for.
_OF_SOME = {name for names in _OF_LAYOUT.values() for name in names}


def of_use(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form gave, without what its layout has no use for and does not show."""
    used = _OF_LAYOUT.get(str(given.get("layout", "sheet")), _OF_SOME)
    return {name: said for name, said in given.items() if name in used or name not in _OF_SOME}


class FeedOrder(Order):
    """Of the films in somebody's public feed, about the newest fifty."""

    letterboxd_username: Annotated[str, BeforeValidator(account)] = Field(
        pattern="^[A-Za-z0-9_]{1,40}$",
        description="Give a Letterboxd name: letters, digits and _, at most 40.",
    )


class RecordsOrder(Order):
    """Of the covers of a person's own records: `period` is of their purchase."""

    period: _Period = "all"
    only: str = Field(
        ALL,
        pattern=r"^(all|rated:([1-9]|10))$",
        description="Choose all or rated:8 (out of ten).",
    )
    sequence: str = Field(
        NEWEST_FIRST,
        pattern="^-?(watched|rating|year|title|artist|spectrum|islands)$",
        description="Choose watched (bought), rating, year, title, artist, spectrum or islands; "
        "- before it turns it round.",
    )
    target: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=_LARGEST, description="Choose one of the records, or send a picture."
    )


# The sources that are a person's own, and nobody else's to ask for.
_OWN = ("films", RECORDS)


def of_source(source: str | None) -> type[Order]:
    """Return what may be asked of the films or records of that source, whoever's they are."""
    return RecordsOrder if source == RECORDS else Order


class Files(NamedTuple):
    """What was sent with an order: names in DATA/uploads, and what the person calls the export."""

    export: str | None = None
    export_name: str | None = None
    target: str | None = None


NO_FILES = Files()


def place(
    session: Session, order: Order, *, owner: Owner, zone: str, files: Files = NO_FILES
) -> Enqueued:
    """Put the order in the queue; the same once more, while it is open, is the same task.

    Without an export and without a name, the films are those of the person's own collection;
    a RecordsOrder is of their own shelf.

    Raises:
        InvalidInput: a picture made of posters has no picture to be made after.
        TooMany: too much of the owner's is open already.
    """
    # A film's poster is chosen out of a collection; a guest has none.
    target = order.target if owner.guest_hash is None else None
    if order.layout == "photo" and target is None and files.target is None:
        own = "a record's cover" if isinstance(order, RecordsOrder) else "a film's poster"
        raise InvalidInput({"target": f"Choose {own}, or send a picture."})
    name = order.letterboxd_username if isinstance(order, FeedOrder) else None
    args = {
        "source": _source(order, files),
        "letterboxd_username": name,
        "upload": files.export,
        "file_name": files.export_name,
        "zone": zone,
        **order.args,
    }
    if files.target is not None:
        args["target_upload"] = files.target
    return enqueue(session, args, owner)


def _source(order: Order, files: Files) -> str:
    if isinstance(order, RecordsOrder):
        return RECORDS
    if isinstance(order, FeedOrder):
        return "feed"
    return "export" if files.export else "films"


def again(session: Session, mosaic: Mosaic, *, owner: Owner, zone: str) -> Enqueued:
    """Order a mosaic once more as it was ordered, for whoever asks.

    One of a collection is ordered for the person whose collection it is: an admin who
    asks would get the admin's own films instead.

    Raises:
        Conflict: it came from a file, which is gone.
        NotFound: it is of somebody else's collection, and only shared with this one.
        TooMany: too much of the owner's is open already.
    """
    return _anew(session, mosaic, wanted_again(mosaic), owner, zone)


def at_size(session: Session, mosaic: Mosaic, size: str, *, owner: Owner, zone: str) -> Enqueued:
    """Order a mosaic once more at one of `mosaic_sizes.WORDS`; a sheet becomes a wall.

    Raises:
        InvalidInput: there is no such size.
        Conflict, NotFound, TooMany: as of `again`.
    """
    if size not in WORDS:
        raise InvalidInput({"size": f"Choose one of {', '.join(WORDS)}."})
    args = wanted_again(mosaic) | {"size": size}
    if args["layout"] == "sheet":
        args["layout"] = "wall"
    if size in EXACT:
        args["columns"] = None  # as many as fit: those asked for were of another shape
    kept = {name: said for name, said in args.items() if name not in Order.model_fields}
    wanted = of_source(args.get("source")).model_validate(args)
    return _anew(session, mosaic, kept | wanted.args, owner, zone)


def _anew(
    session: Session, mosaic: Mosaic, args: dict[str, Any], owner: Owner, zone: str
) -> Enqueued:
    if not may_ask_again(mosaic, owner):
        raise NotFound("mosaic of yours", mosaic.public_id)
    if mosaic.recipe_id is not None and mosaic.person_id == owner.person_id:
        args = args | {"recipe_id": mosaic.recipe_id}
    if args.get("source") in _OWN and owner.person_id != mosaic.person_id:
        return enqueue(session, args, Owner(mosaic.person_id))
    return enqueue(session, args | {"zone": zone}, owner)


def may_ask_again(mosaic: Mosaic, owner: Owner) -> bool:
    """Say whether it can be made once more for this one: not from what others only share."""
    is_public = mosaic.recipe.get("source") not in _OWN
    return is_repeatable(mosaic) and (is_public or owner.owns(mosaic.person_id, mosaic.guest_hash))


def wanted_again(mosaic: Mosaic) -> dict[str, Any]:
    """Return what was asked for this mosaic, for it to be asked once more.

    Raises:
        Conflict: it came from a file, which is gone.
    """
    if not is_repeatable(mosaic):
        raise Conflict("This mosaic came from a file: bring the file again to make it anew.")
    return {name: said for name, said in mosaic.recipe.items() if name not in _NOT_ASKED}


def is_repeatable(mosaic: Mosaic) -> bool:
    return not mosaic.recipe.get("upload")


def enqueue(
    session: Session, args: dict[str, Any], owner: Owner, *, is_checked: bool = True
) -> Enqueued:
    """Put in what `Order.args` said. A schedule, which may put in what it likes, does not check.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    came_with_files = args.get("upload") or args.get("target_upload")
    key = None if came_with_files else _key(args, owner)
    # A feed holds fifty films; a collection may be thousands, each with a poster to fetch.
    is_quick = args.get("source") == "feed" and is_checked  # nobody waits for a schedule's
    lane = tasks.QUICK if is_quick else tasks.LONG
    placed = tasks.enqueue(session, ACTION, args, owner=owner, lane=lane, dedup_key=key)
    if is_checked:
        quota.check(session, owner)
    return placed


def _key(args: dict[str, Any], owner: Owner) -> str:
    whose = owner.person_id if owner.person_id is not None else owner.guest_hash
    name = fold(args.get("letterboxd_username") or "")
    asked = {**args, "letterboxd_username": name, "zone": None, "file_name": None}
    said = json.dumps(asked, sort_keys=True).encode()
    return f"{ACTION}:{whose}:{sha256(said).hexdigest()}"

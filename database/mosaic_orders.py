"""How what a person asks of a mosaic becomes a task. Making it is the worker's."""

import json
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from core.names import fold
from database import mosaic_plays, quota, tasks
from database.models import Mosaic
from database.mosaic_asked import FeedOrder, Order, PlaysOrder, RecordsOrder, of_source
from database.mosaic_sizes import EXACT, WORDS
from database.mosaic_words import PLAYS, RECORDS
from database.owner import Owner
from database.tasks import Enqueued

ACTION = "create_mosaic"
# What stands in a mosaic's recipe beside the order.
_NOT_ASKED = ("note", "fingerprint", "recipe_id", "made_for")
# The sources that are a person's own, and nobody else's to ask for.
_OWN = ("films", RECORDS, PLAYS)
_PICTURES = {RECORDS: "a record's cover", PLAYS: "an album's cover"}


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
    a RecordsOrder is of their own shelf, a PlaysOrder of plays that they may see.

    Raises:
        InvalidInput: a picture made of posters has no picture to be made after.
        NotFound, Forbidden: there is nobody whose plays are asked for, or they hide them.
        TooMany: too much of the owner's is open already.
    """
    # A film's poster is chosen out of a collection; a guest has none.
    target = order.target if owner.guest_hash is None else None
    if isinstance(order, PlaysOrder):
        mosaic_plays.asked(session, order.whose, owner)
    if order.layout == "photo" and target is None and files.target is None:
        own = _PICTURES.get(_source(order, files), "a film's poster")
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
    if isinstance(order, PlaysOrder):
        return PLAYS
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

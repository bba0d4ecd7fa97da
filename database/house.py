"""Ties a database to its folder of data, which holds the pictures that its rows name.

Beside another folder every picture would count as lost and be forgotten. So both bear the
same id, made at the first start: a row here, the file `house` there.
"""

import os
import uuid
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import CannotStart, WrongFolder
from core.folders import sync
from core.store import FOLDER, Store
from database.engine import Database
from database.models import House

_ADD = text("""
    INSERT INTO house (id, uuid)
         VALUES (1, :uuid)
    ON CONFLICT (id)
     DO NOTHING
      RETURNING id
""")


def settle(db: Database, data: Path, store: Store = FOLDER) -> None:
    """Tie a new database to its folder, and see that a known one has its own.

    Safe when web and worker start at the same moment.

    Raises:
        CannotStart: they do not belong together; it says how to join them deliberately.
    """
    try:
        with db.reading() as session:
            is_new = uuid_of(session) is None
        if is_new:
            with db.writing() as session:
                _tie(session, data, store)
        known = check(db, data, store)
        if known is not None and uuid_in(data) != known:
            # The store has it; backups are called by the one that lies here.
            _write(data, known)
    except WrongFolder as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(f"{_file(data)} cannot be kept: {error.strerror}.") from None


def check(db: Database, data: Path, store: Store = FOLDER) -> str | None:
    """Return the id of a database that has the folder it is tied to; None if it is tied to none.

    It changes nothing: what is looked at may be somebody else's.

    Raises:
        WrongFolder: it is another one, or one that is not there any more.
    """
    with db.reading() as session:
        known = uuid_of(session)
    # The store's own, and not what this host remembers of it.
    if known is not None and known != _uuid_for_all(data, store):
        raise WrongFolder(
            f"{store.called(data)} is not the one of this database, which all machines of a"
            f" house share: set {store.setting} to that one; or, to go on with this one and"
            f" lose the pictures that are not in it, write {known} into"
            f" {store.called(_file(data))}."
        )
    return known


def uuid_of(session: Session) -> str | None:
    """Return what tells this house from every other; None before it is settled."""
    row = session.get(House, 1)
    return row.uuid if row else None


def _tie(session: Session, data: Path, store: Store) -> None:
    there = _uuid_for_all(data, store)
    mine = there or str(uuid.uuid4())
    # On PostgreSQL a second one waits here, and then finds what the first has made.
    is_first = session.scalar(_ADD, {"uuid": mine}) is not None
    if is_first and there is None:
        # Before the commit: a row without its file would be refused for ever.
        _write(data, mine, store)
    elif is_first and _holds_pictures(data, store):
        raise WrongFolder(
            f"{store.called(data)} holds the pictures of another database: set {store.setting}"
            f" to another one; or, to lose those pictures, delete {store.called(_file(data))}."
        )


def _write(data: Path, mine: str, store: Store = FOLDER) -> None:
    file = _file(data)
    # Two that start at once each write their own.
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.part")
    with unfinished.open("w") as out:
        out.write(f"{mine}\n")
        out.flush()
        os.fsync(out.fileno())
    store.keep(file, unfinished)
    unfinished.rename(file)
    sync(file.parent)


def uuid_in(data: Path) -> str | None:
    """Return the id in a folder of data, None where none is written down."""
    return _uuid_for_all(data, FOLDER)


def _uuid_for_all(data: Path, store: Store) -> str | None:
    said = store.read(_file(data)) or b""
    return said.decode(errors="replace").strip() or None


def _file(data: Path) -> Path:
    return data / "house"


def _holds_pictures(data: Path, store: Store) -> bool:
    return any(store.listed(folder) for folder in (data / "pictures", data / "posters"))

"""What is known of pictures on the web: where one was, what its bytes were, when to ask again.

The bytes themselves are files named by their hash, kept by the worker; here is
which of them are there and which were used last.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.orm import Session

from core import clock
from database.models import Picture, PictureAddress

_BATCH = 500
# That a picture was used today is written once: not at each mosaic, for the SD card.
_USED_LATELY = clock.DAY

_SAVE_PICTURE = text("""
    INSERT INTO pictures (sha256, size, used_at)
         VALUES (:sha256, :size, :now)
    ON CONFLICT (sha256)
      DO UPDATE SET used_at = excluded.used_at
""")
_SAVE_ADDRESS = text("""
    INSERT INTO picture_addresses
                (address, sha256, etag, last_modified, fetched_at, expires_at)
         VALUES (:address, :sha256, :etag, :last_modified, :now, :expires_at)
    ON CONFLICT (address)
      DO UPDATE SET sha256        = excluded.sha256,
                    etag          = excluded.etag,
                    last_modified = excluded.last_modified,
                    fetched_at    = excluded.fetched_at,
                    expires_at    = excluded.expires_at
""")
_LEAST_USED = text("""
    SELECT sha256
      FROM (SELECT sha256, used_at,
                   sum(size) OVER (ORDER BY used_at DESC, sha256) AS kept
              FROM pictures) AS p
     WHERE kept > :over_bytes
     ORDER BY used_at, sha256 DESC
""")
_TOUCH = text("""
    UPDATE pictures
       SET used_at = :now
     WHERE sha256 IN :sha256s
       AND used_at < :before
""").bindparams(bindparam("sha256s", expanding=True))


class Found(NamedTuple):
    """`sha256` is None where there was nothing: not to be asked again before `expires_at`."""

    sha256: str | None
    etag: str | None
    last_modified: str | None
    expires_at: int


def path_of(folder: Path, sha256: str) -> Path:
    """Return where a picture's bytes are kept below DATA/cache/posters."""
    return folder / sha256[:2] / sha256


def find(session: Session, addresses: Collection[str]) -> dict[str, Found]:
    """Return what is known of each address; those never asked for are left out."""
    found: dict[str, Found] = {}
    for batch in _batches(addresses):
        query = select(
            PictureAddress.address,
            PictureAddress.sha256,
            PictureAddress.etag,
            PictureAddress.last_modified,
            PictureAddress.expires_at,
        ).where(PictureAddress.address.in_(batch))
        found |= {row.address: Found(*row[1:]) for row in session.execute(query)}
    return found


def save(  # noqa: PLR0913 - what an answer says, by name
    session: Session,
    address: str,
    *,
    sha256: str,
    size: int,
    etag: str | None = None,
    last_modified: str | None = None,
    expires_at: int,
) -> None:
    """Keep what was found at an address, or that it is still there: then with a new expiry."""
    now = clock.now()
    session.execute(_SAVE_PICTURE, {"sha256": sha256, "size": size, "now": now})
    row = {"address": address, "sha256": sha256, "etag": etag, "last_modified": last_modified}
    session.execute(_SAVE_ADDRESS, row | {"now": now, "expires_at": expires_at})


def save_missing(session: Session, address: str, *, expires_at: int) -> None:
    """Remember that there was nothing."""
    row = {"address": address, "sha256": None, "etag": None, "last_modified": None}
    session.execute(_SAVE_ADDRESS, row | {"now": clock.now(), "expires_at": expires_at})


def forget_missing(session: Session, addresses: Collection[str]) -> None:
    """Forget that there was nothing at these addresses: they are asked for again."""
    for batch in _batches(addresses):
        nothing = PictureAddress.address.in_(batch), PictureAddress.sha256.is_(None)
        session.execute(delete(PictureAddress).where(*nothing))


def touch(session: Session, sha256s: Collection[str]) -> None:
    """Mark pictures as used now; those used within a day are left as they are."""
    now = clock.now()
    for batch in _batches(sha256s):
        session.execute(_TOUCH, {"now": now, "before": now - _USED_LATELY, "sha256s": batch})


def least_used(session: Session, over_bytes: int) -> list[str]:
    """Return what to drop so that at most `over_bytes` are kept, the longest unused first."""
    return list(session.scalars(_LEAST_USED, {"over_bytes": over_bytes}))


def of_address(session: Session, start: str, before: int) -> list[str]:
    """Return what was found before that moment, and not since, at addresses that start so."""
    query = select(PictureAddress.sha256).where(
        PictureAddress.address.startswith(start, autoescape=True),
        PictureAddress.fetched_at < before,
        PictureAddress.sha256.is_not(None),
    )
    return [sha256 for sha256 in session.scalars(query.distinct()) if sha256 is not None]


def forget(session: Session, sha256s: Collection[str]) -> None:
    """Drop pictures and the addresses that led to them; the files go afterwards."""
    for batch in _batches(sha256s):
        session.execute(delete(PictureAddress).where(PictureAddress.sha256.in_(batch)))
        session.execute(delete(Picture).where(Picture.sha256.in_(batch)))


def total(session: Session) -> int:
    """Return how many bytes all pictures have together."""
    return int(session.scalar(select(func.coalesce(func.sum(Picture.size), 0))) or 0)


def all_hashes(session: Session) -> set[str]:
    """Return the hash of every picture that should have a file."""
    return set(session.scalars(select(Picture.sha256)))


def parts(session: Session, sha256s: Collection[str]) -> dict[str, bytes]:
    """Return the colours of pictures that were looked at before, by hash."""
    found: dict[str, bytes] = {}
    for batch in _batches(sha256s):
        query = select(Picture.sha256, Picture.parts)
        query = query.where(Picture.sha256.in_(batch), Picture.parts.is_not(None))
        found |= {row.sha256: row.parts for row in session.execute(query) if row.parts}
    return found


def keep_parts(session: Session, found: dict[str, bytes]) -> None:
    """Keep the colours of pictures, by hash; what was dropped meanwhile is left out.

    Row by row in one sequence, so that two that keep the same never wait for each other.
    """
    query = update(Picture).where(Picture.sha256 == bindparam("of"))
    session.connection().execute(
        query.values(parts=bindparam("found")),
        [{"of": sha256, "found": colours} for sha256, colours in sorted(found.items())],
    )


def _batches(values: Collection[str]) -> Iterator[Sequence[str]]:
    rest = sorted(set(values))
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]

"""A release of a record, as somebody published it: what every place that knows some tells of one.

A place is a service that the worker asks, or a database of our own; the pages show what
they find alike.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Release:
    """`format` and `genre` are ours; `cover_address` may be asked; `owners`: so many have it."""

    discogs_id: int
    title: str
    artists: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    catalogue_number: str | None = None
    barcode: str | None = None
    year: int | None = None
    country: str | None = None
    format: str | None = None
    genre: str | None = None
    cover_address: str | None = None
    owners: int | None = None
    details: str = ""

    @property
    def artist(self) -> str:
        return " / ".join(self.artists)

    @property
    def label(self) -> str:
        return "; ".join(self.labels)

    @property
    def address(self) -> str:
        """Where Discogs shows it to people."""
        return f"https://www.discogs.com/release/{self.discogs_id}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Self:
        """Return what `as_json` made; fields of another version of the program are left out."""
        known = {field.name for field in fields(cls)}
        told = {name: value for name, value in said.items() if name in known}
        for name in ("artists", "labels"):
            told[name] = tuple(told.get(name) or ())
        return cls(**told)


@dataclass(frozen=True)
class Wanted:
    """What is looked for: by `words`, by `barcode`, or by what a record is called.

    `medium` is "Vinyl", "Cassette" or "CD"; "" is any.
    """

    words: str = ""
    barcode: str = ""
    artist: str = ""
    title: str = ""
    year: int | None = None
    medium: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

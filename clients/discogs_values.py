"""What is known from Discogs: releases with their songs, copies in collections."""

from dataclasses import dataclass, field

from core.releases import Release


@dataclass(frozen=True)
class Track:
    position: str | None
    title: str
    seconds: int | None


@dataclass(frozen=True)
class Told:
    """All that is told of one release."""

    release: Release
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Held:
    """A copy in somebody's collection.

    `added_at` is the time on the clock there, "2015-11-30 10:54:13"; `rating` 1 to 5, 0 for
    none; `notes` is what stands in the fields of the collection, by their number.
    """

    release: Release
    folder_id: int
    rating: int
    added_at: str
    colour: str | None
    edition: str | None
    notes: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of a collection, in the order in which copies were added; `odd` were left out."""

    held: tuple[Held, ...]
    odd: int
    pages: int
    copies: int

"""What the import of a dump hands to the crate: rows of every table, as plain values."""

from array import array
from typing import NamedTuple

VIDEOS, ALL = "videos", "all"  # the scopes: releases with a video alone, or every one
# Kinds of facets: what stands on a release, once each.
GENRE, STYLE, COUNTRY, YEAR, FORMAT, DESCRIPTION = (
    "genre", "style", "country", "year", "format", "description",
)  # fmt: skip
ONLY = "only"
ANY, WITH_VIDEO, ONE_PER_MASTER = "any", "with video", "one per master"
KINDS = (GENRE, STYLE, COUNTRY, YEAR, FORMAT, DESCRIPTION)

Facets = dict[tuple[str, str], "array[int]"]  # (kind, name): ids of releases, ascending


class ReleaseRow(NamedTuple):
    """`artist`, `label`, `format` as they are shown; `videos`: how many; `barcode`: digits."""

    id: int
    title: str | None
    artist: str | None
    label: str | None
    catno: str | None
    year: int | None
    country: str | None
    format: str | None
    master_id: int | None
    is_main: bool
    videos: int
    barcode: str | None


class Aside(NamedTuple):
    """A record that could not be read: its number in the dump, its id if it says one, and why."""

    record: int
    release_id: int | None
    reason: str
    start: bytes


class Batch(NamedTuple):
    """Rows of some releases.

    `release_artists`, `release_labels`: (artist's or label's id, release's id). `artists`,
    `labels`: names by id. `videos`: (release's id, position, number of core.videos, seconds,
    title).
    """

    releases: list[ReleaseRow]
    release_artists: list[tuple[int, int]]
    release_labels: list[tuple[int, int]]
    artists: dict[int, str | None]
    labels: dict[int, str | None]
    videos: list[tuple[int, int, int, int | None, str | None]]
    facets: Facets
    aside: list[Aside]


def empty() -> Batch:
    return Batch([], [], [], {}, {}, [], {}, [])


class MasterRow(NamedTuple):
    id: int
    title: str | None
    artist: str | None
    year: int | None
    main_release: int | None

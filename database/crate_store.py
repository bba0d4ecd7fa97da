"""What a crate can be asked for, whatever keeps it: a file of SQLite, a schema of PostgreSQL.

Ids of releases, artists and labels are Discogs' own. Bitmaps come as a new one each time, which
the caller may change. Lists of rows come in the order of the ids asked for, without those that
are not there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from core.crate_rows import KINDS, ONLY

if TYPE_CHECKING:
    from pyroaring import BitMap

ARTIST, LABEL, TITLE = "artist", "label", "title"
Named = Literal["artist", "label"]
Field = Literal["artist", "label", "title"]
Column = Literal["artist", "title", "videos", "year"]  # what releases can be in order by
Facet = tuple[str, str]  # its kind, and the name of a value

MOST_TITLES = 1_000  # that are looked at of those that begin alike
SHORTEST = 3  # letters of a beginning that titles with marks are found by, too
LAST_LETTER = "\U0010ffff"
# Kinds of facets that every page asks for: a store keeps them as they came, as far as there is
# room, the first ones for good. Those that releases are in order by are too many.
KEPT = {*KINDS, ONLY}
MOST_KEPT = 48 * 1024 * 1024  # bytes: all that four million releases with videos have


class Row(NamedTuple):
    """A release, as it is shown. `videos`: how many; `is_main`: the main one of its master."""

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


class Name(NamedTuple):
    """An artist or a label. `releases`: how many of them are in this crate."""

    id: int
    name: str | None
    releases: int


class Master(NamedTuple):
    """What a dump of masters says of one."""

    id: int
    title: str | None
    artist: str | None
    year: int | None
    main_release: int | None


class Video(NamedTuple):
    """`of`: the release, or master, that it stands on. `id`: YouTube's eleven characters."""

    of: int
    id: str
    seconds: int | None
    title: str | None


class Version(NamedTuple):
    """A release of a master. `is_main`: its main one."""

    master_id: int
    id: int
    is_main: bool


class Word(NamedTuple):
    """A word that has to occur; `begins`: one that begins so will do."""

    text: str
    begins: bool


class Store(Protocol):
    @property
    def sizes(self) -> Mapping[Facet, int]:
        """How many releases have a value, by kind and name of every facet."""

    @property
    def about(self) -> Mapping[str, str]:
        """What a crate says of itself: version, scope, how many there are of what."""

    def bitmap(self, kind: str, name: str) -> "BitMap":
        """Return the releases that have a value of a facet."""

    def bitmaps(self, facets: Iterable[Facet]) -> Iterator[tuple[Facet, "BitMap"]]:
        """Yield as `bitmap` does, of each of many, in their order.

        They need not be in memory at the same time: those of a whole kind can be very large.
        """

    def releases_of(self, named: Named, id_: int) -> "BitMap":
        """Return the releases of an artist or a label."""

    def named(self, named: Named, folded: str) -> list[Name]:
        """Return the artists or labels whose whole name is `folded`, by core.names.bare."""

    def beginning(self, named: Named, folded: str, limit: int) -> list[Name]:
        """Return artists or labels whose name begins so: most releases first, then by id."""

    def one(self, named: Named, id_: int) -> Name | None:
        """Return an artist or a label."""

    def beside(self, named: Named, id_: int) -> list[Name]:
        """Return an artist's aliases, or the label that a label belongs to, by name."""

    def of_release(self, named: Named, release_id: int) -> list[Name]:
        """Return the artists or labels of a release: most releases first, then by id."""

    def with_words(self, words: Sequence[Word], field: Field | None) -> "BitMap":
        """Return the releases in whose `field`, None: in any, every one of the words occurs."""

    def titled(self, title: str) -> "BitMap":
        """Return the releases whose whole title it is, by core.names.bare."""

    def titles(self, folded: str, limit: int) -> list[str]:
        """Return titles that begin so; of many thousands the first by the alphabet.

        Of those, the ones that most releases have come first.
        """

    def rows(self, ids: Iterable[int]) -> list[Row]:
        """Return releases."""

    def keys(
        self, column: Column, ids: Iterable[int]
    ) -> list[tuple[str, int]] | list[tuple[int | None, int]]:
        """Return (value, id) of releases, in any order; "" for no artist and no title."""

    def versions(self, master_ids: Iterable[int]) -> list[Version]:
        """Return every release of some masters."""

    def with_barcode(self, barcode: str) -> list[int]:
        """Return the releases with a barcode, upwards."""

    def videos(self, ids: Iterable[int]) -> list[Video]:
        """Return the videos of releases, in their order on each."""

    def master(self, id_: int) -> Master | None:
        """Return what a dump of masters says, None without one."""

    def master_videos(self, ids: Iterable[int]) -> list[Video]:
        """Return the videos of masters, in their order on each."""

"""A Letterboxd export, from the zip or from one table of it, as lists of rows.

Reads a file and returns values; it knows neither the database nor the network.
A row that does not fit is left out and told in `problems`: only a file that is
no export at all is an error.

The tables do not join by address. In diary and reviews it is the viewing's, in
all others the film's; name and year are what they share, and even that pair
may stand for two films.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PurePosixPath

from core.errors import BadFile
from core.names import fold
from worker_jobs.imports import archive
from worker_jobs.imports.export_rows import (
    MAX_TITLE,
    Cells,
    DiaryRow,
    FilmListing,
    FilmRow,
    Odd,
    Table,
    diary_row,
    film_row,
)
from worker_jobs.imports.tables import Problems

MAX_READ = 500  # members that are read
MAX_IN_ALL = 200_000  # rows of all tables together; the fullest real exports have half of that
# No film is watched so often, nor are so many of one name: what is more would only cost time.
MAX_A_DAY = 50
MAX_NAMESAKES = 50
_TABLES = {
    "profile.csv": "profile",
    "watched.csv": "watched",
    "ratings.csv": "ratings",
    "diary.csv": "diary",
    "reviews.csv": "reviews",
    "watchlist.csv": "watchlist",
    "likes/films.csv": "likes",
}
_LISTS = "lists"
# Removed by the member, or left without its film: neither is part of the collection.
_IGNORED = {"deleted", "orphaned", "__MACOSX"}
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")

Pair = tuple[str, int | None]


@dataclass(frozen=True)
class Export:
    """What an export says. `tables` names those that were in it: absent is not empty.

    `diary` is in the export's order, the oldest entry first, with reviews merged
    in; `reviews` are only those. `skipped` counts the rows that were left out,
    `problems` says why, some of them one by one.
    """

    username: str | None = None
    diary: list[DiaryRow] = field(default_factory=list)
    watched: list[FilmRow] = field(default_factory=list)
    ratings: list[FilmRow] = field(default_factory=list)
    reviews: list[DiaryRow] = field(default_factory=list)
    likes: list[FilmRow] = field(default_factory=list)
    watchlist: list[FilmRow] = field(default_factory=list)
    lists: list[FilmListing] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: int = 0
    tables: frozenset[str] = frozenset()


def read(path: Path, *, name: str) -> Export:
    """Read an export; `name` is what its owner's computer calls the file.

    Raises:
        BadFile: it is none, it is damaged, or it is more than an export can be.
    """
    reading = _Reading()
    if archive.is_zip(path):
        with archive.opened(path) as zipped:
            _read_members(reading, zipped)
    else:
        if path.stat().st_size > archive.MAX_MEMBER:
            raise BadFile(f"This file is larger than {archive.MAX_MEMBER // archive.MB} MB.")
        reading.single(path.read_bytes(), name)
    return reading.joined()


def _read_members(reading: "_Reading", zipped: archive.Archive) -> None:
    root = _root(zipped.names)
    wanted = [(kind, name) for name in zipped.names if (kind := _kind(name, root))]
    if not wanted:
        raise BadFile(
            "This zip holds no Letterboxd data:"
            " diary.csv, watched.csv, ratings.csv and the like were looked for."
        )
    for kind, name in wanted[:MAX_READ]:
        reading.table(kind, zipped.read(name), name)
    if len(wanted) > MAX_READ:
        reading.problems.append(f"Only the first {MAX_READ} tables of the zip were read.")


def _root(names: Iterable[str]) -> tuple[str, ...]:
    """Return the folder that some programs wrap around everything."""
    roots = [
        path.parent.parts
        for path in map(PurePosixPath, names)
        if path.name in _TABLES and not _IGNORED.intersection(path.parts)
    ]
    return min(roots, key=len, default=())


def _kind(name: str, root: tuple[str, ...]) -> str | None:
    parts = PurePosixPath(name).parts
    if parts[: len(root)] != root:
        return None
    match parts[len(root) :]:
        case (folder, file) if folder == _LISTS and file.endswith(".csv"):
            return _LISTS
        case inside:
            return _TABLES.get("/".join(inside))


class _Reading:
    """One export while it is being read."""

    def __init__(self) -> None:
        self.username: str | None = None
        self.entries: dict[str, list[DiaryRow]] = {"diary": [], "reviews": []}
        self.films: dict[str, list[FilmRow]] = {
            kind: [] for kind in ("watched", "ratings", "likes", "watchlist")
        }
        self.lists: list[FilmListing] = []
        self.problems: list[str] = []
        self.skipped = 0
        self.tables: set[str] = set()
        self.rows = 0
        # By hashes: the names themselves would take more room than the rows.
        self.days: dict[int, int] = defaultdict(int)
        self.addresses: dict[int, str] = {}
        self.more_addresses: dict[int, set[str]] = defaultdict(set)

    def single(self, content: bytes, name: str) -> None:
        """Take a file that is one table, known by its columns."""
        table = Table(content, Problems(PurePosixPath(name.replace("\\", "/")).name))
        kind = _recognised(table, name.casefold())
        if kind is None:
            raise BadFile(
                "This is neither a Letterboxd export (a zip) nor one of its tables:"
                " diary.csv, watched.csv, ratings.csv, reviews.csv, watchlist.csv or a list."
            )
        self._take(kind, table, name)

    def table(self, kind: str, content: bytes, name: str) -> None:
        """Take a member of the zip that bears the name of a table."""
        problems = Problems(name)
        table = Table(content, problems)
        if not _fits(kind, table):
            problems.say("its columns are not those of a Letterboxd export; it was left out.")
            self.problems += problems.sentences
            return
        self._take(kind, table, name)

    def _take(self, kind: str, table: Table, name: str) -> None:
        if kind == "profile":
            # Nothing else of it is looked at: there is an e-mail address in it.
            said = table.first(lambda row: row.text("username")) or ""
            self.username = said if _NAME.fullmatch(said) else None
        elif kind == _LISTS:
            self._take_list(table, PurePosixPath(name).stem[:MAX_TITLE])
        elif kind in self.entries:
            self.entries[kind] += table.rows(lambda row: self._viewing(kind, row))
        else:
            self.films[kind] += table.rows(self._film)
        self.tables.add(kind)
        self.problems += table.problems.sentences
        self.skipped += table.problems.skipped

    def _viewing(self, kind: str, cells: Cells) -> DiaryRow:
        self._count()
        row = diary_row(cells)
        day = hash((kind, fold(row.name), row.year, row.watched_on))
        if self.days[day] >= MAX_A_DAY:
            raise Odd(f"there are {MAX_A_DAY} viewings of this film on this day already.")
        self.days[day] += 1
        return row

    def _film(self, cells: Cells) -> FilmRow:
        self._count()
        row = film_row(cells)
        if row.uri is None:
            return row
        pair = hash((fold(row.name), row.year))
        if self.addresses.setdefault(pair, row.uri) != row.uri:
            others = self.more_addresses[pair]
            if row.uri not in others and len(others) >= MAX_NAMESAKES - 1:
                raise Odd(f"there are {MAX_NAMESAKES} other films of this name and year already.")
            others.add(row.uri)
        return row

    def _count(self) -> None:
        self.rows += 1
        if self.rows > MAX_IN_ALL:
            raise BadFile(
                f"This export has more than {MAX_IN_ALL:,} rows; that is more than can be kept."
            )

    def _take_list(self, table: Table, slug: str) -> None:
        about = table.first(_about) or (None, None, None)
        table.read_columns()
        if not table.has("position", "name"):
            table.problems.say("its films were not found.")
            return
        films = tuple(table.rows(self._film))
        name, description, made_on = about
        self.lists.append(FilmListing(slug, name or slug, description, made_on, films))

    def joined(self) -> Export:
        """Return what was read, the diary joined with the tables beside it."""
        diary, reviews = self.entries["diary"], self.entries["reviews"]
        _join_reviews(diary, reviews)
        _join_films(diary, self.films, self.lists)
        return Export(
            username=self.username,
            diary=diary,
            reviews=reviews,
            lists=self.lists,
            problems=self.problems,
            skipped=self.skipped,
            tables=frozenset(self.tables),
            **self.films,
        )


def _about(row: Cells) -> tuple[str | None, str | None, str | None]:
    return row.text("name", MAX_TITLE), row.text("description"), row.day("date")


def _fits(kind: str, table: Table) -> bool:
    if kind == "profile":
        return table.has("username")
    if kind == _LISTS:
        return table.has("name", "date")
    needed = {"diary": ["watched date"], "reviews": ["watched date", "review"]}
    return table.has("name", "year", *needed.get(kind, []))


def _recognised(table: Table, name: str) -> str | None:
    """Tell what a table is by its columns, and by its name only where those are the same."""
    if table.has("date", "name", "url", "description"):
        return _LISTS
    if not table.has("name", "year", "letterboxd uri"):
        return None
    for column, kind in (("review", "reviews"), ("watched date", "diary"), ("rating", "ratings")):
        if table.has(column):
            return kind
    if "watchlist" in name:
        return "watchlist"
    return "likes" if "like" in name else "watched"


def _join_reviews(diary: list[DiaryRow], reviews: list[DiaryRow]) -> None:
    """Put each review into its viewing; one without a viewing in the diary becomes one."""
    addresses = {review.entry_uri for review in reviews if review.entry_uri}
    reviewed = {(review.name, review.year, review.watched_on) for review in reviews}
    by_address: dict[str, int] = {}
    by_day: dict[tuple[str, int | None, str], list[int]] = defaultdict(list)
    for at, row in enumerate(diary):
        if row.entry_uri in addresses and row.entry_uri:
            by_address[row.entry_uri] = at
        if (row.name, row.year, row.watched_on) in reviewed:
            by_day[row.name, row.year, row.watched_on].append(at)
    for review in reviews:
        found = by_address.get(review.entry_uri) if review.entry_uri else None
        if found is None:
            same_day = by_day[review.name, review.year, review.watched_on]
            found = next((at for at in same_day if _may_hold(diary[at], review)), None)
        if found is None:
            diary.append(review)
        else:
            diary[found] = _merged(diary[found], review)


def _may_hold(row: DiaryRow, review: DiaryRow) -> bool:
    # Two addresses are two viewings, though they be of one film on one day.
    return row.review is None and not (row.entry_uri and review.entry_uri)


def _merged(row: DiaryRow, review: DiaryRow) -> DiaryRow:
    return replace(
        row,
        review=review.review,
        half_stars=row.half_stars or review.half_stars,
        tags=row.tags or review.tags,
        entry_uri=row.entry_uri or review.entry_uri,
    )


def _join_films(
    diary: list[DiaryRow], films: dict[str, list[FilmRow]], lists: Iterable[FilmListing]
) -> None:
    """Give each viewing its film's address, and the film's rating where it has none of its own."""
    pairs = {(row.name, row.year) for row in diary}
    watched = _addresses(films["watched"], pairs)
    others = chain(films["ratings"], films["likes"], *(made.films for made in lists))
    elsewhere = _addresses(chain(others, films["watchlist"]), pairs)
    ratings: dict[Pair, set[int]] = defaultdict(set)
    for rated in films["ratings"]:
        if rated.half_stars and (rated.name, rated.year) in pairs:
            ratings[rated.name, rated.year].add(rated.half_stars)
    for at, row in enumerate(diary):
        pair = row.name, row.year
        # What was watched is in watched.csv; only where that is missing do the others count.
        found = watched.get(pair) or elsewhere.get(pair) or {}
        rated_as = ratings.get(pair, set())
        if found or rated_as:
            diary[at] = replace(
                row,
                film_uri=next(iter(found), None),
                is_uncertain=len(found) > 1,
                half_stars=row.half_stars or (next(iter(rated_as)) if len(rated_as) == 1 else None),
            )


def _addresses(films: Iterable[FilmRow], pairs: set[Pair]) -> dict[Pair, dict[str, None]]:
    """Return the addresses of those films that the diary names."""
    # A dict as a set that keeps the order: the first address is the first in the export.
    found: dict[Pair, dict[str, None]] = {}
    named: dict[str, Pair] = {}
    for film in films:
        pair = film.name, film.year
        # One address is one film's: of several names for it the first one counts.
        if film.uri and pair in pairs and named.setdefault(film.uri, pair) == pair:
            found.setdefault(pair, {})[film.uri] = None
    return found

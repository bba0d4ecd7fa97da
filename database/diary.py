"""Who watched what on which day: saving viewings, so that none is there twice and none is lost.

A feed and an export share no id. A viewing is found again by the id that its
own kind of source gave it; across the two, the nth viewing of a film on a day
is the nth. What is read for pages and mosaics is in `viewings`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session

from database.film_changes import Change
from database.free import Free, Ids
from database.models import FilmSource, Viewing

CHUNK = 500
_BATCH = 500

Row = TypeVar("Row")
Day = tuple[int, str]  # a film's id, YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Entry:
    """One viewing as a source tells it; None is "not told" and never overwrites.

    `entry_uri` is an export's id of it, `guid` a feed's. `is_uncertain`: two
    films bear this title and year, and `film_id` is only the first.
    """

    film_id: int
    watched_on: str
    half_stars: int | None = None
    is_rewatch: bool = False
    is_liked: bool | None = None
    is_uncertain: bool = False
    review: str | None = None
    tags: str | None = None
    logged_on: str | None = None
    entry_uri: str | None = None
    guid: str | None = None
    poster_address: str | None = None

    @property
    def day(self) -> Day:
        return self.film_id, self.watched_on


class Counts(NamedTuple):
    """`skipped` were given twice."""

    added: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Saved(NamedTuple):
    """What saving did: in numbers, and each viewing that was added or changed."""

    counts: Counts
    changes: list[Change]


# What a source may tell later, or otherwise; the film and the day are handled apart.
_TOLD = [
    told.name
    for told in fields(Entry)
    if told.name not in ("film_id", "watched_on", "is_uncertain")
]


_ROW = [*_TOLD, "is_uncertain", "film_id", "watched_on", "nth"]


def in_chunks(
    rows: Iterable[Row], day: Callable[[Row], Hashable], size: int = CHUNK
) -> Iterator[list[Row]]:
    """Part rows into lists of about `size` for `save`, in their order.

    Those of one `day`, a film's viewings of one day, stay together: which of them
    is the nth can only be told with all of them at hand.
    """
    days: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        days[day(row)].append(row)
    chunk: list[Row] = []
    for together in days.values():
        if chunk and len(chunk) + len(together) > size:
            yield chunk
            chunk = []
        chunk = chunk + together if chunk else together
    if chunk:
        yield chunk


def save(session: Session, source_id: int, entries: Sequence[Entry]) -> Counts:
    """Add what is new and complete what is known; saving the same again changes nothing.

    The oldest viewing comes first, as in an export; a feed is turned round before.
    """
    return save_telling(session, source_id, entries).counts


def save_telling(session: Session, source_id: int, entries: Sequence[Entry]) -> Saved:
    """Do as `save` does, and say what became of each viewing."""
    _only_one(session, source_id)
    saving = _Saving(session, source_id, entries)
    counts = saving.run()
    return Saved(counts, list(saving.changes()))


def _only_one(session: Session, source_id: int) -> None:
    # For PostgreSQL: two that save for one source at once would count the same nth.
    session.execute(select(FilmSource.id).where(FilmSource.id == source_id).with_for_update())


@dataclass(eq=False)
class _Kept:
    """A viewing that is in the database, or about to be; its `order` among those of its day."""

    row: dict[str, Any]
    order: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    former: dict[str, Any] = field(default_factory=dict)  # what `changes` replaced
    is_taken: bool = False
    version: int = 0

    @property
    def day(self) -> Day:
        return self.row["film_id"], self.row["watched_on"]

    @property
    def ids(self) -> Ids:
        return _ids(self.row["guid"], self.row["entry_uri"])

    def take(self) -> None:
        self.is_taken = True
        self.version += 1

    def may_be(self, entry: Entry) -> bool:
        """Say whether they can be one and the same: two ids of one kind are two viewings."""
        return not self.is_taken and all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in (
                (self.row["guid"], entry.guid),
                (self.row["entry_uri"], entry.entry_uri),
            )
        )

    def set(self, name: str, value: Any) -> None:
        if self.row[name] != value:
            self.former.setdefault(name, self.row[name])
            self.row[name] = self.changes[name] = value


def _ids(guid: str | None, entry_uri: str | None) -> Ids:
    return frozenset(kind for kind, has in (("guid", guid), ("uri", entry_uri)) if has)


class _Saving:
    def __init__(self, session: Session, source_id: int, entries: Sequence[Entry]) -> None:
        self.session, self.source_id, self.entries = session, source_id, entries
        self.free: dict[Day, Free[_Kept]] = defaultdict(Free)
        self.last: dict[Day, int] = {entry.day: 0 for entry in entries}  # the highest nth
        self.by_id: dict[str, _Kept] = {}
        self.known = [_Kept(row, order) for order, row in enumerate(self._load())]
        self.new: list[dict[str, Any]] = []
        for kept in self.known:
            self._remember(kept)

    def _load(self) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for wanted in self._wanted():
            query = select(Viewing.__table__).where(Viewing.source_id == self.source_id, wanted)
            for row in self.session.execute(query).mappings():
                found[row["id"]] = dict(row)
        return sorted(found.values(), key=lambda row: (row["nth"], row["id"]))

    def _wanted(self) -> Iterator[ColumnElement[bool]]:
        columns: tuple[tuple[Any, set[Any]], ...] = (
            (tuple_(Viewing.film_id, Viewing.watched_on), set(self.last)),
            (Viewing.entry_uri, {entry.entry_uri for entry in self.entries if entry.entry_uri}),
            (Viewing.guid, {entry.guid for entry in self.entries if entry.guid}),
        )
        for column, values in columns:
            rest = sorted(values)
            for start in range(0, len(rest), _BATCH):
                yield column.in_(rest[start : start + _BATCH])

    def _remember(self, kept: _Kept) -> None:
        self.free[kept.day].put(kept)
        # One that was found by its id may be of a day that is not told of: not all of that is here.
        if kept.day in self.last:
            self.last[kept.day] = max(self.last[kept.day], kept.row["nth"])
        for own_id in (kept.row["guid"], kept.row["entry_uri"]):
            if own_id:
                self.by_id[own_id] = kept

    def run(self) -> Counts:
        matched: dict[int, _Kept] = {}
        skipped: set[int] = set()
        # First those that are known by their id: none of them may be taken for another.
        for at, entry in enumerate(self.entries):
            kept = self.by_id.get(entry.guid or "") or self.by_id.get(entry.entry_uri or "")
            if kept is not None and kept.is_taken:
                skipped.add(at)
            elif kept is not None:
                kept.take()
                matched[at] = kept
        for at, entry in enumerate(self.entries):
            if at in matched:
                self._complete(matched[at], entry)
            elif at not in skipped and not self._find_or_add(entry):
                skipped.add(at)
        self._store()
        changed = sum(bool(kept.changes) for kept in self.known)
        same = len(self.entries) - len(skipped) - len(self.new) - changed
        return Counts(len(self.new), changed, same, len(skipped))

    def _find_or_add(self, entry: Entry) -> bool:
        """Return False if it was among these entries before."""
        own_ids = [own_id for own_id in (entry.guid, entry.entry_uri) if own_id]
        if any(own_id in self.by_id for own_id in own_ids):
            return False
        kept = self.free[entry.day].first(_ids(entry.guid, entry.entry_uri))
        if kept is not None:
            kept.take()
            self._complete(kept, entry)
        else:
            kept = self._add(entry)
        self.by_id |= dict.fromkeys(own_ids, kept)
        return True

    def _add(self, entry: Entry) -> _Kept:
        row = {told.name: getattr(entry, told.name) for told in fields(Entry)}
        row |= {"source_id": self.source_id, "nth": self._next(entry.day)}
        row["is_liked"] = bool(entry.is_liked)
        self.new.append(row)
        return _Kept(row, is_taken=True)

    def _next(self, day: Day) -> int:
        if day not in self.last:
            self.last[day] = next_nth(self.session, self.source_id, *day) - 1
        self.last[day] += 1
        return self.last[day]

    def _complete(self, kept: _Kept, entry: Entry) -> None:
        if kept.day != entry.day:
            self._move(kept, entry)
        for name in _TOLD:
            if (told := getattr(entry, name)) is not None:
                kept.set(name, told)
        # Once settled, by a person or by a better source, it stays settled.
        if not entry.is_uncertain:
            kept.set("is_uncertain", value=False)

    def _move(self, kept: _Kept, entry: Entry) -> None:
        # The member put another day or film into the entry. A guess moves nothing.
        film_id = kept.row["film_id"] if entry.is_uncertain else entry.film_id
        day = film_id, entry.watched_on
        if day == kept.day:
            return
        kept.set("nth", self._next(day))
        kept.set("film_id", film_id)
        kept.set("watched_on", entry.watched_on)

    def _store(self) -> None:
        for kept in self.known:
            if kept.changes:
                self.session.execute(
                    update(Viewing).where(Viewing.id == kept.row["id"]).values(**kept.changes),
                    execution_options={"synchronize_session": False},
                )
        if self.new:
            query = insert(Viewing).returning(Viewing.id, sort_by_parameter_order=True)
            ids = self.session.scalars(query, self.new).all()
            for row, viewing_id in zip(self.new, ids, strict=True):
                row["id"] = viewing_id

    def changes(self) -> Iterator[Change]:
        for row in self.new:
            yield Change("viewing", row["id"], None, told_of(row))
        for kept in self.known:
            if kept.changes:
                before = kept.row | kept.former
                yield Change(
                    "viewing",
                    kept.row["id"],
                    told_of(before),
                    told_of(kept.row),
                    film_id=before["film_id"],
                )


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a viewing's row says, without whose it is."""
    return {name: row[name] for name in _ROW}


def restore(session: Session, now: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Make the viewing of the row `now` what it was; one that moved takes the next free place."""
    values = dict(before)
    day = values["film_id"], values["watched_on"]
    if day == (now["film_id"], now["watched_on"]):
        del values["nth"]
    elif _is_taken(session, now["source_id"], *day, values["nth"]):
        values["nth"] = next_nth(session, now["source_id"], *day)
    session.execute(
        update(Viewing).where(Viewing.id == now["id"]).values(**values),
        execution_options={"synchronize_session": False},
    )


def _is_taken(session: Session, source_id: int, film_id: int, watched_on: str, nth: int) -> bool:
    place = select(Viewing.id).where(
        Viewing.source_id == source_id,
        Viewing.film_id == film_id,
        Viewing.watched_on == watched_on,
        Viewing.nth == nth,
    )
    return session.scalar(place) is not None


def move(session: Session, gone: int, keep: int) -> None:
    """Let all viewings of the film `gone` be of the film `keep`.

    Where both have one on a day and the two may be the same, as one from a feed
    and one from an export, they become one.
    """
    query = select(Viewing.__table__).where(or_(Viewing.film_id == gone, Viewing.film_id == keep))
    days: dict[tuple[int, str], list[_Kept]] = defaultdict(list)
    moving: list[_Kept] = []
    for row in session.execute(query.order_by(Viewing.nth, Viewing.id)).mappings():
        kept = _Kept(dict(row))
        if row["film_id"] == gone:
            moving.append(kept)
        else:
            days[row["source_id"], row["watched_on"]].append(kept)
    for kept in moving:
        _move_one(session, kept, days[kept.row["source_id"], kept.row["watched_on"]], keep)


def _move_one(session: Session, moving: _Kept, there: list[_Kept], keep: int) -> None:
    told = {told.name: moving.row[told.name] for told in fields(Entry)}
    entry = Entry(**told)
    same = next((kept for kept in there if kept.may_be(entry)), None)
    mine = Viewing.id == moving.row["id"]
    if same is None:
        nth = 1 + max((kept.row["nth"] for kept in there), default=0)
        session.execute(update(Viewing).where(mine).values(film_id=keep, nth=nth))
        moving.row["nth"], moving.is_taken = nth, True
        there.append(moving)
        return
    same.is_taken = True
    for name in _TOLD:
        if same.row[name] is None:
            same.set(name, told[name])
    session.execute(delete(Viewing).where(mine))
    if same.changes:
        session.execute(update(Viewing).where(Viewing.id == same.row["id"]).values(**same.changes))


def next_nth(session: Session, source_id: int, film_id: int, watched_on: str) -> int:
    """Return the number that the next viewing of this film on this day gets."""
    query = select(func.max(Viewing.nth)).where(
        Viewing.source_id == source_id,
        Viewing.film_id == film_id,
        Viewing.watched_on == watched_on,
    )
    return 1 + (session.scalar(query) or 0)

"""What an import brings: counted by kind, and the first rows of each in words.

Values in, values out; an import and a dry run tell the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from database.diary import Counts
from database.film_changes import Change

FIRST = 50  # rows that are told one by one, of each kind and of what became of it
_LONGEST = 100  # letters of a title

Kind = Literal["viewings", "films", "likes", "watchlist", "lists"]
How = Literal["added", "changed", "removed"]
Row = Mapping[str, Any]
Names = Mapping[int, tuple[str, int | None]]  # title and year, by a film's id
Thing = TypeVar("Thing")

_WATCHED = ("watched_on", "half_stars", "is_liked")
# What a mark must have said before for a film to be no news among those.
_KNOWN_BY: dict[Kind, tuple[str, ...]] = {
    "films": _WATCHED,
    "likes": ("is_liked",),
    "watchlist": ("wanted_on",),
}


class Told(NamedTuple):
    """One row in words: which film or list, on which day if on any, and what became of it."""

    film: str
    on: str | None
    what: str


@dataclass
class _Part:
    count: int = 0
    first: list[Told] = field(default_factory=list)


class Tally:
    def __init__(self) -> None:
        self._parts: dict[tuple[Kind, How], _Part] = {}
        self.same: dict[Kind, int] = {}

    def viewings(self, changes: Iterable[Change], counts: Counts, names: Names) -> None:
        self._keep_same("viewings", counts)
        for change in changes:
            how: How = "added" if change.before is None else "changed"
            self._tell("viewings", how, change, lambda change: _viewing(change, names))

    def marks(self, kind: Kind, changes: Iterable[Change], counts: Counts, names: Names) -> None:
        self._keep_same(kind, counts)
        for change in changes:
            before = change.before or {}
            how: How = "changed" if any(before.get(name) for name in _KNOWN_BY[kind]) else "added"
            self._tell(kind, how, change, lambda change: _mark(kind, change, names))

    def taken_off(self, kind: Kind, changes: Iterable[Change], names: Names) -> None:
        for change in changes:
            self._tell(
                kind, "removed", change, lambda change: Told(_name(names, change.key), None, "")
            )

    def listing(self, how: How | None, name: str, made_on: str | None, films: int) -> None:
        """Count a list that was added or changed; None: neither."""
        if how is None:
            self._keep_same("lists", Counts(same=1))
        else:
            told = Told(_short(name), made_on, f"{films} film{'' if films == 1 else 's'}")
            self._tell("lists", how, told, lambda told: told)

    def _keep_same(self, kind: Kind, counts: Counts) -> None:
        self.same[kind] = self.same.get(kind, 0) + counts.same

    def _tell(self, kind: Kind, how: How, thing: Thing, word: Callable[[Thing], Told]) -> None:
        part = self._parts.setdefault((kind, how), _Part())
        part.count += 1
        if len(part.first) < FIRST:
            part.first.append(word(thing))

    def as_json(self) -> list[dict[str, Any]]:
        """Return {"kind", "how", "count", "first": rows} of each, in the order of their coming."""
        return [
            {
                "kind": kind,
                "how": how,
                "count": part.count,
                "first": [told._asdict() for told in part.first],
            }
            for (kind, how), part in self._parts.items()
        ]


def _viewing(change: Change, names: Names) -> Told:
    what = ", ".join(_words(change.before or {}, change.after))
    return Told(_name(names, change.after["film_id"]), change.after["watched_on"], what)


def _mark(kind: Kind, change: Change, names: Names) -> Told:
    name, after = _name(names, change.key), change.after
    if kind == "films":
        return Told(name, after["watched_on"], ", ".join(_words(change.before or {}, after)))
    return Told(name, after["wanted_on"] if kind == "watchlist" else None, "")


def _words(before: Row, after: Row) -> Iterator[str]:
    """Yield what is new or otherwise in a row; `before` is empty where the row itself is new."""
    for name, word in _COLUMNS.items():
        was, now = before.get(name), after.get(name)
        if was != now and (now or was) and (before or name not in _DETAILS):
            yield from word(was, now)


def _rating(was: int | None, now: int | None) -> Iterator[str]:
    stars = f"{(now or 0) / 2:g}"
    yield f"rating {was / 2:g} → {stars}" if was else f"rating {stars}"


def _day(was: str | None, now: str | None) -> Iterator[str]:
    # The new day stands beside it anyway.
    if was:
        yield f"day {was} → {now}"


def _film(was: int | None, _now: int | None) -> Iterator[str]:
    if was:
        yield "of another film before"


def _flag(yes: str, no: str) -> Callable[[Any, Any], Iterator[str]]:
    def word(_was: bool | None, now: bool | None) -> Iterator[str]:
        yield yes if now else no

    return word


def _text(new: str, other: str) -> Callable[[Any, Any], Iterator[str]]:
    def word(was: str | None, _now: str | None) -> Iterator[str]:
        yield other if was else new

    return word


_COLUMNS: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "half_stars": _rating,
    "watched_on": _day,
    "film_id": _film,
    "is_rewatch": _flag("rewatch", "no rewatch"),
    "is_liked": _flag("liked", "liked no longer"),
    "is_uncertain": _flag("one of several films", "certain by now"),
    "review": _text("review", "another review"),
    "tags": _text("tags", "other tags"),
    "logged_on": _text("day of logging", "another day of logging"),
    "entry_uri": _text("address", "another address"),
}
_DETAILS = {"logged_on", "entry_uri"}  # nobody asks for these where the row itself is new


def _name(names: Names, film_id: int) -> str:
    title, year = names.get(film_id, ("a film", None))
    return f"{_short(title)} ({year})" if year else _short(title)


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"

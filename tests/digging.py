"""A small crate to dig in, and what a dig finds in it by plain sets: nothing of ours is asked."""

import unicodedata
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from core import crate_rows
from core.crate_rows import ANY, ONE_PER_MASTER, ONLY, WITH_VIDEO, Batch, ReleaseRow
from database.crate_digs import Dig

ARTISTS = {
    1: "Mötley Crüe", 2: "Artefakt", 3: "Artefakt (2)", 4: "Can", 5: "Various", 6: "Björk",
    7: "Beyoncé", 8: "宇多田ヒカル", 9: "Straße", 10: "MOTLEY CRUE",
}  # fmt: skip
LABELS = {1: "Spoon Records", 2: "Warp", 3: "Ostgut Ton", 4: "Not On Label", 5: "DELSIN"}
TITLES = (
    "Tago Mago", "Untitled", "UNTITLED", "Untitled Two", "Début", "Debut", "???", "...", "Ägypten",
    "love", "Love Songs", "zero", "Zero", "II", "Straße", "Strasse", "Ⅱ", None,
)  # fmt: skip


class Pressing(NamedTuple):
    """A release as a test makes it up; artists and labels by their number above."""

    id: int
    title: str | None = "Tago Mago"
    artists: tuple[int, ...] = (4,)
    labels: tuple[int, ...] = (1,)
    genre: tuple[str, ...] = ("Rock",)
    style: tuple[str, ...] = ()
    country: str | None = "Germany"
    year: int | None = 1971
    format: tuple[str, ...] = ("Vinyl",)
    description: tuple[str, ...] = ("LP",)
    master_id: int | None = None
    is_main: bool = True
    videos: int = 0
    barcode: str | None = None

    @property
    def artist(self) -> str:
        return " & ".join(ARTISTS[one] for one in self.artists)

    @property
    def label(self) -> str:
        return LABELS[self.labels[0]]

    def values(self, kind: str) -> set[str]:
        """Return what it has of a facet."""
        found: object = getattr(self, kind)
        each = found if isinstance(found, tuple) else (found,)
        return {str(value) for value in each if value is not None}


def batch(pressings: Iterable[Pressing]) -> Batch:
    """Return the rows of a crate of these, as an import hands them on."""
    made = crate_rows.empty()
    for one in sorted(pressings):
        made.releases.append(
            ReleaseRow(
                one.id,
                one.title,
                one.artist,
                one.label,
                None,
                one.year,
                one.country,
                ", ".join(one.format),
                one.master_id,
                one.is_main,
                one.videos,
                one.barcode,
            )
        )
        made.release_artists.extend((artist, one.id) for artist in one.artists)
        made.release_labels.extend((label, one.id) for label in one.labels)
        made.artists.update((artist, ARTISTS[artist]) for artist in one.artists)
        made.labels.update((label, LABELS[label]) for label in one.labels)
        made.videos.extend(
            (one.id, nth, one.id * 100 + nth, 60, f"Video {nth}") for nth in range(one.videos)
        )
        for value in _facets(one):
            made.facets.setdefault(value, array("I")).append(one.id)
    return made


def _facets(one: Pressing) -> Iterable[tuple[str, str]]:
    for kind in crate_rows.KINDS:
        yield from ((kind, value) for value in sorted(one.values(kind)))
    yield ONLY, ANY
    if one.videos:
        yield ONLY, WITH_VIDEO
    if one.is_main:
        yield ONLY, ONE_PER_MASTER


def plain(text: str | None) -> str:
    """Fold a text, in the words of this test."""
    spread = unicodedata.normalize("NFKD", text or "")
    return " ".join("".join(c for c in spread if not unicodedata.combining(c)).casefold().split())


def words(text: str | None) -> set[str]:
    folded = plain(text)
    return set("".join(c if c.isalnum() else " " for c in folded).split())


def expected(
    pressings: Iterable[Pressing], dig: Dig, owned: Mapping[int, int] | None = None
) -> set[int]:
    """Return what a dig finds: every release is looked at, by every rule."""
    rules = [*_listed(dig), *_named(dig), *_flags(dig), *_on_the_shelf(dig, owned or {})]
    return {one.id for one in pressings if all(rule(one) for rule in rules)}


Rule = Callable[[Pressing], bool]


def _listed(dig: Dig) -> Iterable[Rule]:
    for kind in ("genre", "style", "country", "format", "description"):
        wanted = {plain(value) for value in dig.wanted(kind)}
        unwanted = {plain(value) for value in dig.unwanted(kind)}
        if wanted:
            yield lambda one, k=kind, w=wanted: bool(w & set(map(plain, one.values(k))))  # type: ignore[misc]
        yield lambda one, k=kind, u=unwanted: not u & set(map(plain, one.values(k)))  # type: ignore[misc]
    wanted_years = _years(dig.wanted("year"), dig.wanted("decade"))
    unwanted_years = _years(dig.unwanted("year"), dig.unwanted("decade"))
    if dig.wanted("year") or dig.wanted("decade"):
        yield lambda one: one.year in wanted_years
    yield lambda one: one.year not in unwanted_years


def _years(single: Sequence[str], decades: Sequence[str]) -> set[int]:
    found = {year for said in decades for year in range(int(said), int(said) + 10)}
    for said in single:
        first, *last = map(int, said.split("-"))
        found.update(range(first, (last or [first])[0] + 1))
    return found


def _named(dig: Dig) -> Iterable[Rule]:
    has = _is_called if dig.match == "whole" else _contains
    if dig.artist or dig.artist_id:
        yield (
            lambda one: (
                bool(set(one.artists) & set(dig.artist_id))
                or any(
                    has(said, [ARTISTS[artist] for artist in one.artists], one.artist)
                    for said in dig.artist
                )
            )
        )
    if dig.label or dig.label_id:
        yield (
            lambda one: (
                bool(set(one.labels) & set(dig.label_id))
                or any(
                    has(said, [LABELS[label] for label in one.labels], one.label)
                    for said in dig.label
                )
            )
        )
    if dig.title:
        yield lambda one: any(has(said, [one.title or ""], one.title) for said in dig.title)
    if dig.q:
        yield lambda one: _contains(dig.q, [], f"{one.title or ''} {one.artist} {one.label}")


def _is_called(said: str, names: Iterable[str], _shown: str | None) -> bool:
    return plain(said) in map(plain, names)


def _contains(said: str, _names: Iterable[str], shown: str | None) -> bool:
    asked = words(said)
    return bool(asked) and asked <= words(shown)


def _flags(dig: Dig) -> Iterable[Rule]:
    if dig.has_video:
        yield lambda one: one.videos > 0
    if dig.main:
        yield lambda one: one.is_main


def _on_the_shelf(dig: Dig, owned: Mapping[int, int]) -> Iterable[Rule]:
    if dig.owned:
        yield lambda one: (one.id in owned) == (dig.owned == "yes")
    if dig.rating_from or dig.rating_to:
        lowest, highest = dig.rating_from or 1, dig.rating_to or 10
        yield lambda one: lowest <= owned.get(one.id, 0) <= highest


def one_per_master(pressings: Iterable[Pressing], found: set[int]) -> set[int]:
    """Return what is shown of what was found: of a master the main version, or else the first."""
    versions: dict[tuple[str, int], list[Pressing]] = {}
    for one in pressings:
        if one.id in found:
            key = ("master", one.master_id) if one.master_id else ("release", one.id)
            versions.setdefault(key, []).append(one)
    return {min(some, key=lambda one: (not one.is_main, one.id)).id for some in versions.values()}


def in_order(pressings: Iterable[Pressing], shown: set[int], sort: str) -> list[int]:
    """Return releases in an order, those without a year last."""

    def key(one: Pressing) -> tuple[object, ...]:
        if sort in {"artist", "title"}:
            text: str = (one.artist if sort == "artist" else one.title) or ""
            return text.encode().lower(), one.id
        if sort == "videos":
            return -one.videos, -one.id
        way = -1 if sort == "newest" else 1
        return one.year is None, way * (one.year or 0), way * one.id

    return [one.id for one in sorted((p for p in pressings if p.id in shown), key=key)]

"""What an import makes of a shelf: counted, and the first records of each kind in words.

Values in, values out; an import and a dry run tell the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from database.record_copies import Copy
from database.record_details import price_text
from database.record_matches import NOT_KNOWN, How, Match

FIRST = 50  # records that are told one by one, of each kind
TWINS = 5  # of them are named
_LONGEST = 100  # letters of a name
_WORDS = {
    "year": "year",
    "genre": "genre",
    "colour": "colour",
    "edition": "edition",
    "copy_number": "number",
    "catalogue_number": "catalogue number",
    "barcode": "barcode",
    "media_condition": "condition",
    "sleeve_condition": "sleeve",
    "folder": "folder",
}
_NAMED = {
    "remarks": "other remarks",
    "review": "a review",
    "artists": "its artist",
    "labels": "its label",
    "cover_address": "where its cover is",
    "musicbrainz_id": "its number at MusicBrainz",
}


class Told(NamedTuple):
    """A record in words: which, bought on which day, and what becomes of it."""

    record: str
    on: str
    what: str


class Tally:
    def __init__(self) -> None:
        self.count: dict[How, int] = {"added": 0, "changed": 0, "same": 0}
        self.twins = 0
        self.first_twins: list[str] = []
        self._first: dict[How, list[Told]] = {"added": [], "changed": []}

    def keep(self, matches: Iterable[Match]) -> None:
        for match in matches:
            how = match.how
            self.count[how] += 1
            if match.has_twin:
                self._keep_twin(match)
            first = self._first.get(how)
            if first is not None and len(first) < FIRST:
                first.append(_told(match))

    def _keep_twin(self, match: Match) -> None:
        self.twins += 1
        if len(self.first_twins) < TWINS:
            self.first_twins.append(_called(match.after))

    def as_json(self) -> list[dict[str, Any]]:
        """Return {"kind", "how", "count", "first": rows} of what was added and changed."""
        return [
            {
                "kind": "records",
                "how": how,
                "count": self.count[how],
                "first": [told._asdict() for told in first],
            }
            for how, first in self._first.items()
            if first
        ]


def _told(match: Match) -> Told:
    copy = match.after
    what = _new(match) if match.before is None else _news(match.before, copy)
    return Told(_called(copy), copy["purchased_on"], ", ".join(what))


def _called(copy: Copy) -> str:
    artist = " / ".join(one["name"] for one in copy["artists"])
    name = f"{_short(artist)} – {_short(copy['title'])}"
    year = copy.get("year")
    return f"{name} ({year})" if year else name


def _new(match: Match) -> Iterator[str]:
    copy = match.after
    yield copy["format"] if copy["format"] != NOT_KNOWN else "format not known"
    yield copy["genre"] if copy["genre"] != NOT_KNOWN else "genre not known"
    if copy["price"] is not None:
        yield f"{price_text(copy['price'])} {copy['currency']}"
    if copy["ratings"]:
        yield f"rated {copy['ratings'][-1]['value']}"
    if match.has_twin:
        yield "one of this title is here already"


def _news(before: Copy, after: Copy) -> Iterator[str]:
    for name, word in _WORDS.items():
        was, now = before[name], after[name]
        if was != now:
            yield f"{word} {_short(str(was or '–'))} → {_short(str(now or '–'))}"
    for name, word in _NAMED.items():
        if before[name] != after[name]:
            yield word
    if before["price"] != after["price"]:
        yield f"price {price_text(after['price'])} {after['currency']}"
    if before["ratings"] != after["ratings"]:
        was = f"{before['ratings'][-1]['value']} → " if before["ratings"] else ""
        yield f"rating {was}{after['ratings'][-1]['value']}"
    if before["discogs_key"] != after["discogs_key"] or before["discogs_id"] != after["discogs_id"]:
        yield "known at Discogs by now"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""A Discogs that knows the records of the fakes, and wants a token as the real one does.

What it says it says in the real one's words: names with numbers behind, years that are 0,
text where it does not belong.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from fakes.covers import cover
from fakes.records import Owned, Record, records
from fakes.server import NOT_FOUND, Asked, Fake, Reply

_JSON = {"Content-Type": "application/json"}
_COVER = re.compile(r"/covers/(\d+)\.jpg")
_RELEASE = re.compile(r"/releases/(\d+)")
_USER = re.compile(r"/users/([\w.\-]+)/collection/(folders|fields|folders/0/releases)")
_FOLDERS = ("All", "Uncategorized", "Living room")
_FIELDS = ("Media Condition", "Sleeve Condition", "Notes")
_MEDIA = ("Near Mint (NM or M-)", "Very Good Plus (VG+)", "Very Good (VG)")
# What our formats are over there: a kind, how many of it, and what is said of them.
_FORMATS = {
    "LP": ("Vinyl", 1, ["LP", "Album"]),
    "2xLP": ("Vinyl", 2, ["LP", "Album"]),
    "MLP": ("Vinyl", 1, ['12"', "Mini-Album"]),
    "Pic-LP": ("Vinyl", 1, ["LP", "Album", "Picture Disc"]),
    'Pic-7"': ("Vinyl", 1, ['7"', "Single", "Picture Disc"]),
    "Tape": ("Cassette", 1, ["Album"]),
    "CD": ("CD", 1, ["Album"]),
}
_MANY = 60_000  # requests a minute: no test waits for its turn


class FakeDiscogs(Fake):
    """Answers whoever brings one of `tokens`, which lead to names; shows covers to anybody.

    `a_minute` is how often it says that it may be asked, `left` how much of that is left.
    """

    def __init__(
        self, tokens: dict[str, str] | None = None, port: int = 0, *, a_minute: int = _MANY
    ) -> None:
        super().__init__(port)
        self._tokens = tokens if tokens is not None else {"token": "vinyl_ada"}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self.a_minute, self.left = a_minute, a_minute

    def collects(self, name: str, owned: Iterable[Owned]) -> None:
        """Let somebody have these copies in their collection."""
        self.has(name, [copy_of(one, self.url) for one in owned])

    def has(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Let the rows of somebody's collection be these, word for word."""
        self._rows[name] = list(rows)

    def reply(self, asked: Asked) -> Reply:
        if (picture := _COVER.fullmatch(asked.route)) is not None:
            return _picture(int(picture[1]))
        scheme, _, token = asked.headers.get("authorization", "").partition(" token=")
        if scheme != "Discogs" or token not in self._tokens or not asked.headers.get("user-agent"):
            return self._json({"message": "You must authenticate to access this resource."}, 401)
        return self._answer(asked, self._tokens[token])

    def _answer(self, asked: Asked, name: str) -> Reply:
        if asked.route == "/oauth/identity":
            return self._json({"id": 1, "username": name, "consumer_name": "x"})
        if asked.route == "/database/search":
            return self._json(_found(asked.query, self.url))
        if (one := _RELEASE.fullmatch(asked.route)) is not None:
            return self._release(int(one[1]))
        if (user := _USER.fullmatch(asked.route)) is not None:
            return self._of_user(user[1], user[2], asked.query)
        return self._unknown()

    def _release(self, release_id: int) -> Reply:
        record = _by_id(release_id)
        return self._json(_whole(record, self.url)) if record else self._unknown()

    def _of_user(self, name: str, what: str, query: dict[str, str]) -> Reply:
        if name not in self._tokens.values():
            return self._unknown()
        if what == "fields":
            return self._json({"fields": _numbered(_FIELDS, 1)})
        if what == "folders":
            return self._json({"folders": _numbered(_FOLDERS, 0)})
        return self._json(_page(self._rows.get(name, []), query))

    def _unknown(self) -> Reply:
        return self._json({"message": "The requested resource was not found."}, 404)

    def _json(self, body: dict[str, Any], status: int = 200) -> Reply:
        told = {
            "X-Discogs-Ratelimit": str(self.a_minute),
            "X-Discogs-Ratelimit-Used": str(self.a_minute - self.left),
            "X-Discogs-Ratelimit-Remaining": str(self.left),
        }
        return Reply(status, _JSON | told, json.dumps(body).encode())


def copy_of(owned: Owned, address: str, hour: str = "10:54:13-08:00") -> dict[str, Any]:
    """Return a copy as a collection lists it."""
    record = owned.record
    media = _MEDIA[record.id % len(_MEDIA)]
    said = (media, _MEDIA[record.id % 2], "From a fair" if owned.was_gift else "")
    return {
        "id": record.id,
        "instance_id": record.id + 1,
        "folder_id": 1 + record.id % 2,
        "rating": owned.rating // 2,
        "date_added": f"{owned.bought_on.isoformat()}T{hour}",
        "notes": [
            {"field_id": number, "value": words} for number, words in enumerate(said, 1) if words
        ],
        "basic_information": _basics(record, address),
    }


def _by_id(release_id: int) -> Record | None:
    return next((record for record in records() if record.id == release_id), None)


def _numbered(names: Sequence[str], first: int) -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for number, name in enumerate(names, first)]


def _picture(release_id: int) -> Reply:
    record = _by_id(release_id)
    if record is None:
        return NOT_FOUND
    shown = cover(record.id, record.title, record.artists[0])
    return Reply(200, {"Content-Type": "image/jpeg"}, shown)


def _formats(record: Record) -> list[dict[str, Any]]:
    kind, number, words = _FORMATS.get(record.format, ("Vinyl", 1, [record.format]))
    return [{"name": kind, "qty": str(number), "descriptions": words}]


def _catalogue_number(record: Record) -> str:
    return f"{record.label[:3].upper()} {record.id % 1000:03}"


def _barcode(record: Record) -> str:
    return f"{4_000_000_000_000 + record.id}"


def _basics(record: Record, address: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "year": record.year,
        # As namesakes are told apart.
        "artists": [
            {"name": f"{name} (2)" if record.id % 5 == 0 else name, "anv": "", "join": ","}
            for name in record.artists
        ],
        "labels": [{"name": record.label, "catno": _catalogue_number(record)}],
        "formats": _formats(record),
        "genres": [record.genre],
        "styles": [],
        "cover_image": f"{address}/covers/{record.id}.jpg",
        "thumb": "",
    }


def _whole(record: Record, address: str) -> dict[str, Any]:
    tracks = [
        {"position": f"A{number}", "type_": "track", "title": song, "duration": "3:45"}
        for number, song in enumerate(record.songs, 1)
    ]
    heading = {"position": "", "type_": "heading", "title": "Side one", "duration": ""}
    return {
        **_basics(record, address),
        "country": record.countries[0],
        "tracklist": [heading, *tracks],
        "images": [{"type": "primary", "uri": f"{address}/covers/{record.id}.jpg", "uri150": ""}],
        "identifiers": [
            {"type": "Matrix / Runout", "value": "A-1 B-1"},
            {"type": "Barcode", "value": _barcode(record)},
        ],
    }


def _page(rows: Sequence[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    number, size = int(query.get("page", "1")), int(query.get("per_page", "50"))
    pages = max(1, -(-len(rows) // size))
    about = {"page": number, "pages": pages, "per_page": size, "items": len(rows)}
    in_order = sorted(rows, key=lambda row: str(row.get("date_added")))
    return {"pagination": about, "releases": in_order[(number - 1) * size : number * size]}


def _found(query: dict[str, str], address: str) -> dict[str, Any]:
    rows = [_hit(record, address) for record in records() if _fits(record, query)]
    return {"pagination": {"page": 1, "pages": 1, "items": len(rows)}, "results": rows[:50]}


def _fits(record: Record, query: dict[str, str]) -> bool:
    asked = {
        "artist": " ".join(record.artists),
        "release_title": record.title,
        "q": f"{' '.join(record.artists)} {record.title} {record.label}",
    }
    is_named = all(
        word in text.casefold()
        for name, text in asked.items()
        for word in query.get(name, "").casefold().split()
    )
    return (
        is_named
        and query.get("year", str(record.year)) == str(record.year)
        and query.get("barcode", _barcode(record)) == _barcode(record)
        and query.get("format") in (None, _formats(record)[0]["name"])
    )


def _hit(record: Record, address: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "type": "release",
        "title": f"{', '.join(record.artists)} - {record.title}",
        "year": str(record.year),
        "country": record.countries[0],
        "label": [record.label, "A pressing plant"],
        "genre": [record.genre],
        "catno": _catalogue_number(record),
        "barcode": ["A-1 B-1", _barcode(record)],
        "formats": _formats(record),
        "format": ["Vinyl"],
        "cover_image": f"{address}/covers/{record.id}.jpg",
        "community": {"have": record.id % 9000, "want": 7},
    }

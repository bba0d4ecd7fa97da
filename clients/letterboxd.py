"""A member's public Letterboxd feed: about the newest 50 entries of a diary.

The feed is all that is fetched: the pages are not for programs, and the whole
history is in the export that members download themselves. Pictures are the
business of `images`.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from clients.http import AGAIN, Answer, BadStatus, Http
from core.errors import InvalidInput, RemoteError
from core.names import fold

if TYPE_CHECKING:
    from lxml.etree import _Element

SERVICE = "Letterboxd"
MOST, SECONDS = 2 << 20, 40.0
# What is longer is nothing of Letterboxd's: titles are cut, the rest is left out. In
# bytes where it becomes a key: an index of PostgreSQL takes 2,700 of them.
MAX_TITLE, MAX_SLUG, MAX_ADDRESS = 500, 200, 2_000
EXPORT = "Bring your export instead: Letterboxd, Settings, Data."

_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")
_SLUG = re.compile(r"/film/([^/?#]+)")
_SPACE = {"letterboxd": "https://letterboxd.com", "tmdb": "https://themoviedb.org"}
_NOT_FOUND = b"<title>Letterboxd - Not Found"
_SPOILERS = "This review may contain spoilers"
_FORBIDDEN, _GONE, _TOO_OFTEN = 403, 404, 429


@dataclass(frozen=True)
class Entry:
    """One viewing in a diary, as its member logged it.

    `guid` is the feed's own id of the viewing, `slug` Letterboxd's name of the
    film. `half_stars` is 1 to 10. `review` is plain text, paragraphs parted by
    an empty line; None also where the member says that it has spoilers.
    """

    guid: str
    slug: str | None
    watched_on: date
    title: str
    year: int | None
    half_stars: int | None
    rewatch: bool
    liked: bool
    tmdb_kind: Literal["movie", "tv"] | None
    tmdb_id: int | None
    poster_url: str | None
    review: str | None


@dataclass(frozen=True)
class Feed:
    """The newest entries, in the feed's order; `etag` and `last_modified` ask for news later."""

    name: str
    entries: list[Entry]
    etag: str | None
    last_modified: str | None


class NoSuchFeed(RemoteError):
    """Nobody has that name there, or its feed is not public."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(SERVICE, f"{name} has no Letterboxd feed.")


class Letterboxd:
    def __init__(self, base_url: str, http: Http) -> None:
        self._url, self._http = base_url, http

    def feed(
        self, name: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Feed | None:
        """Return the feed of that member, or None if it is what it was.

        Raises:
            InvalidInput: that is no name of a member.
            NoSuchFeed: nobody has that name.
            RemoteError: no answer, or not one that we understand.
        """
        if not _NAME.fullmatch(name):
            wrong = "Give a Letterboxd name: up to 40 letters, digits and underscores."
            raise InvalidInput({"letterboxd_username": wrong})
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {field: value for field, value in known.items() if value}
        answer = self._get(name, headers)
        if answer.status == 304:  # noqa: PLR2004 - Not Modified
            return None
        return Feed(
            name,
            read(name, answer.body),
            answer.tag("ETag"),
            answer.tag("Last-Modified"),
        )

    def _get(self, name: str, headers: dict[str, str]) -> Answer:
        try:
            return self._http.get(
                SERVICE,
                f"{self._url}/{name}/rss/",
                headers=headers,
                most=MOST,
                seconds=SECONDS,
                fine=(304,) if headers else (),
            )
        except BadStatus as error:
            raise _explained(error, name) from None


def _explained(error: BadStatus, name: str) -> RemoteError:
    if error.code == _GONE:
        return NoSuchFeed(name)
    if error.code == _FORBIDDEN:
        return RemoteError(SERVICE, f"Letterboxd does not let this program in. {EXPORT}")
    if error.code == _TOO_OFTEN:
        sentence = f"Letterboxd is asked too often at the moment. Wait a while, or: {EXPORT}"
        return RemoteError(SERVICE, sentence, retry_after=error.retry_after)
    return error


def read(name: str, body: bytes) -> list[Entry]:
    """Return the diary entries of a feed; what is no viewing (a list, say) is left out.

    Raises:
        NoSuchFeed: it is the page that says so.
        RemoteError: it is no feed, or not a whole one.
    """
    # Not in a whole feed: a member may call themselves so.
    if b"<rss" not in body and _NOT_FOUND in body:
        raise NoSuchFeed(name)
    found = (_entry(item) for item in _parse(body).iterfind("channel/item"))
    return [entry for entry in found if entry is not None]


def _parse(body: bytes) -> "_Element":
    # Late: lxml is only needed where a feed is really read.
    from lxml import etree

    head, rss, _ = body.partition(b"<rss")
    if not rss:
        raise RemoteError(SERVICE, "Letterboxd sent a page instead of a feed.", retry_after=AGAIN)
    if b"<!DOCTYPE" in head:
        raise _strange()
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        if b"<!DOCTYPE" in body.partition(b"<channel")[0]:
            raise _strange() from None
        sentence = "The feed of Letterboxd broke off half way."
        raise RemoteError(SERVICE, sentence, retry_after=AGAIN) from None
    # Once more: a comment in front may have held the text that was taken for the feed's start.
    if root.getroottree().docinfo.doctype:
        raise _strange()
    return root


def _strange() -> RemoteError:
    return RemoteError(
        SERVICE, "The feed has a document type of its own; Letterboxd's never does. Not read."
    )


def _entry(item: "_Element") -> Entry | None:
    watched_on = _day(_text(item, "letterboxd:watchedDate"))
    title = _text(item, "letterboxd:filmTitle")[:MAX_TITLE].rstrip()
    # Some signs become eighteen when titles are folded.
    if watched_on is None or not title or _within(fold(title), MAX_ADDRESS) is None:
        return None
    link = _within(_text(item, "link"), MAX_ADDRESS) or ""
    slug = _SLUG.search(link)
    guid = _within(_text(item, "guid"), MAX_ADDRESS) or link
    poster_url, paragraphs = _described(_text(item, "description"))
    kind, tmdb_id = _tmdb(item)
    return Entry(
        guid=guid,
        slug=_within(slug[1], MAX_SLUG) if slug else None,
        watched_on=watched_on,
        title=title,
        year=_number(_text(item, "letterboxd:filmYear")),
        half_stars=_half_stars(_text(item, "letterboxd:memberRating")),
        rewatch=_text(item, "letterboxd:rewatch") == "Yes",
        liked=_text(item, "letterboxd:memberLike") == "Yes",
        tmdb_kind=kind,
        tmdb_id=tmdb_id,
        poster_url=poster_url,
        # Below a viewing without a review stands "Watched on Saturday…".
        review=_review(paragraphs) if guid.startswith("letterboxd-review-") else None,
    )


def _text(item: "_Element", tag: str) -> str:
    return (item.findtext(tag, namespaces=_SPACE) or "").strip()


def _within(text: str, most: int) -> str | None:
    """Return `text` where it has at most `most` bytes."""
    return text if len(text.encode()) <= most else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - fits every integer column


def _half_stars(text: str) -> int | None:
    try:
        stars = float(text)
    except ValueError:
        return None
    return int(stars * 2) if stars * 2 in range(1, 11) else None


def _tmdb(item: "_Element") -> tuple[Literal["movie", "tv"] | None, int | None]:
    movie_id = _number(_text(item, "tmdb:movieId"))
    if movie_id is not None:
        return "movie", movie_id
    tv_id = _number(_text(item, "tmdb:tvId"))
    return ("tv", tv_id) if tv_id is not None else (None, None)


def _described(html: str) -> tuple[str | None, list[str]]:
    """Return the address of the poster and the paragraphs of a description."""
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, huge_tree=False)
    root = etree.fromstring(f"<div>{html}</div>", parser)
    image = root.find(".//img[@src]")
    for line_break in root.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    paragraphs = ["".join(found.itertext()).strip() for found in root.iter("p")]
    address = _within(image.get("src") or "", MAX_ADDRESS) if image is not None else None
    return address, [text for text in paragraphs if text]


def _review(paragraphs: list[str]) -> str | None:
    if any(text.startswith(_SPOILERS) for text in paragraphs):
        return None
    return "\n\n".join(paragraphs) or None

"""A Letterboxd of a few made-up members: their feeds, and the pictures that these point to."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import format_datetime
from html import escape

from fakes.diary import Viewing, diary
from fakes.films import films
from fakes.posters import poster
from fakes.server import Asked, Fake, Reply

_XML = {"Content-Type": "application/rss+xml;charset=UTF-8"}
_HTML = {"Content-Type": "text/html;charset=UTF-8"}
_PICTURE = re.compile(r"/resized/film-poster/(?:\d/)+(\d+)-[^/]*-0-(\d+)-0-\d+-crop\.jpg")
_NEW_ZEALAND = timezone(timedelta(hours=13))
_NOT_FOUND = b"""<!DOCTYPE html>
<html lang="en"><head><title>Letterboxd - Not Found</title></head>
<body><p>Sorry, we can\xe2\x80\x99t find the page you\xe2\x80\x99ve requested.</p></body></html>"""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:letterboxd="https://letterboxd.com" \
xmlns:tmdb="https://themoviedb.org">
  <channel>
    <title>Letterboxd - {name}</title>
    <link>https://letterboxd.com/{name}/</link>
    <description>Letterboxd - {name}</description>
    <atom:link rel="self" href="https://letterboxd.com/{name}/rss/" type="application/rss+xml" />
"""
_FOOT = "  </channel>\n</rss>\n"

# Both stand in real feeds between the viewings, and are none.
_LIST = """    <item>
      <title>Comfort films</title>
      <link>https://letterboxd.com/{name}/list/comfort-films/</link>
      <guid isPermaLink="false">letterboxd-list-10110</guid>
      <pubDate>Sat, 7 Nov 2026 07:00:00 +1300</pubDate>
      <description><![CDATA[ <ul> <li><a href="https://letterboxd.com/film/paterson/">Paterson</a>\
</li> </ul> ]]></description>
      <dc:creator>{name}</dc:creator>
    </item>
"""
_UNDATED = """    <item>
      <title>Paterson, 2016</title>
      <link>https://letterboxd.com/{name}/film/paterson/</link>
      <guid isPermaLink="false">letterboxd-review-10111</guid>
      <pubDate>Sat, 7 Nov 2026 07:10:00 +1300</pubDate>
      <letterboxd:filmTitle>Paterson</letterboxd:filmTitle>
      <letterboxd:filmYear>2016</letterboxd:filmYear>
      <description><![CDATA[ <p>A review without a day of viewing.</p> ]]></description>
      <dc:creator>{name}</dc:creator>
    </item>
"""


class FakeLetterboxd(Fake):
    """Answers below `/NAME/rss/` and `/resized/`; addresses of pictures are its own.

    Whoever is not made a `member` gets the page "Letterboxd - Not Found".
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self._feeds: dict[str, tuple[bytes, datetime]] = {}

    def member(
        self,
        name: str,
        viewings: Sequence[Viewing] | None = None,
        *,
        seed: int = 1,
        today: date | None = None,
    ) -> list[Viewing]:
        """Give a member this diary, or one made up from a seed; return it, newest first.

        Again for the same name: the feed changes. It shows the newest 50.
        """
        today = today or datetime.now(UTC).date()
        kept = diary(seed, today) if viewings is None else list(viewings)
        kept.sort(key=lambda viewing: viewing.watched_on, reverse=True)
        feed = "".join(_feed(name, kept[:50], self.url)).encode()
        changed = datetime.combine(kept[0].watched_on if kept else today, time(12), UTC)
        self._feeds[name.lower()] = feed, changed
        return kept

    def reply(self, asked: Asked) -> Reply:
        if (picture := _PICTURE.fullmatch(asked.route)) is not None:
            return _picture(int(picture[1]), int(picture[2]))
        name, _, rest = asked.route.strip("/").partition("/")
        if rest != "rss" or name.lower() not in self._feeds:
            return Reply(404, _HTML, _NOT_FOUND)
        feed, changed = self._feeds[name.lower()]
        tags = {
            "ETag": f'W/"{hashlib.sha256(feed).hexdigest()[:16]}"',
            "Last-Modified": format_datetime(changed, usegmt=True),
        }
        # The ETag decides where both are asked.
        since = asked.headers.get("if-modified-since")
        if asked.headers.get("if-none-match", since) in tags.values():
            return Reply(304, tags)
        return Reply(200, {**_XML, **tags}, feed)


def _picture(film_id: int, width: int) -> Reply:
    film = next((film for film in films() if film.id == film_id), None)
    if film is None or not 0 < width <= 1000:  # noqa: PLR2004 - the widest that Letterboxd cuts
        return Reply(404, _HTML, _NOT_FOUND)
    picture = poster(film, width)
    tags = {"ETag": f'"{hashlib.sha256(picture).hexdigest()[:16]}"', "Content-Type": "image/jpeg"}
    return Reply(200, tags, picture)


def _feed(name: str, viewings: Sequence[Viewing], url: str) -> Iterator[str]:
    yield _HEAD.format(name=name)
    if viewings:
        yield _UNDATED.format(name=name)
    for place, viewing in enumerate(viewings):
        yield _item(name, viewing, _times_before(viewings, place), url)
        if place == 2:  # noqa: PLR2004 - somewhere in between
            yield _LIST.format(name=name)
    yield _FOOT


def _times_before(viewings: Sequence[Viewing], place: int) -> int:
    """Count the earlier viewings of the film at `place`, further down in the feed."""
    film = viewings[place].film
    return sum(viewing.film == film for viewing in viewings[place + 1 :])


def _item(name: str, viewing: Viewing, before: int, url: str) -> str:
    film, day = viewing.film, viewing.watched_on
    kind = "review" if viewing.review else "watch"
    # No two alike: real ids are unique, and a feed's reader counts on it.
    number = (day.toordinal() * 1_000_000 + film.id) * 100 + before
    logged = datetime.combine(day + timedelta(days=1), time(9, 20, 27), _NEW_ZEALAND)
    again = f"{before}/" if before else ""
    fields = [
        ("title", escape(_title(viewing))),
        ("link", f"https://letterboxd.com/{name}/film/{film.slug}/{again}"),
        ("pubDate", format_datetime(logged)),
        ("letterboxd:watchedDate", day.isoformat()),
        ("letterboxd:rewatch", "Yes" if viewing.rewatch or before else "No"),
        ("letterboxd:filmTitle", escape(film.title)),
        ("letterboxd:filmYear", str(film.year)),
        ("letterboxd:memberRating", _rating(viewing)),
        ("letterboxd:memberLike", "Yes" if viewing.liked else "No"),
        ("tmdb:movieId" if film.kind == "movie" else "tmdb:tvId", str(film.id)),
        ("description", f"<![CDATA[ {_description(viewing, url)} ]]>"),
        ("dc:creator", name),
    ]
    lines = [f"      <{tag}>{text}</{tag}>\n" for tag, text in fields if text]
    lines.insert(2, f'      <guid isPermaLink="false">letterboxd-{kind}-{number}</guid>\n')
    return f"    <item>\n{''.join(lines)}    </item>\n"


def _rating(viewing: Viewing) -> str:
    return f"{viewing.half_stars / 2:.1f}" if viewing.half_stars else ""


def _title(viewing: Viewing) -> str:
    stars = "★" * ((viewing.half_stars or 0) // 2) + "½" * ((viewing.half_stars or 0) % 2)
    title = f"{viewing.film.title}, {viewing.film.year}"
    warned = " (contains spoilers)" if viewing.spoilers else ""
    return title + (f" - {stars}" if stars else "") + warned


def _description(viewing: Viewing, url: str) -> str:
    film, day = viewing.film, viewing.watched_on
    digits = "/".join(str(film.id)[:5])
    image = f"{digits}/{film.id}-{film.slug}-0-600-0-900-crop.jpg?v={film.id % 65_521:x}&amp;k=1"
    warning = "<p><em>This review may contain spoilers.</em></p> " if viewing.spoilers else ""
    text = viewing.review or f"Watched on {day:%A %B} {day.day}, {day.year}."
    return f'<p><img src="{url}/resized/film-poster/{image}"/></p> {warning}<p>{text}</p>'

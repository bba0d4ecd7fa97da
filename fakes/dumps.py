"""Monthly dumps of Discogs, a few thousand records long: of either layout, odd, and damaged.

Layout "2020" has pictures, empty elements and numbers for letters beyond ASCII; "2025" leaves out
what is empty and has series, whose tag looks like their container's. Every release is made of its
number alone.
"""

import gzip
import random
from collections.abc import Callable, Iterable
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Layout = Literal["2020", "2025"]

OLD: Layout = "2020"
NEW: Layout = "2025"
NAMES = ("Aurora", "Björk", "Les Boîtes", "細野晴臣", "Mötley", "The Persuader", "O'Neill & Sons")
GENRES = ("Electronic", "Rock", "Jazz", "Folk, World, & Country", "Funk / Soul")
STYLES = ("Techno", "House", "Dub", "Shoegaze", "Bop")
COUNTRIES = ("Germany", "UK", "US", "UK & Europe", "Japan", "")
RELEASED = ("1999", "1999-03-00", "2003-11-21", "?", "", "0400-01-01", "197", "1987")
FORMATS = (("Vinyl", ('12"', "33 ⅓ RPM")), ("CD", ("Album",)), ("File", ("MP3", "320 kbps")))
_ADDRESSES = (
    "https://www.youtube.com/watch?v={}",
    "http://youtu.be/{}?t=3",
    "https://www.youtube.com/watch?v={}&t=3",
    "https://www.youtube.com/watch?feature=share&v={}",
    "https://www.youtube.com/embed/{}",
    "https://vimeo.com/{}",
)
_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ID_END = "AEIMQUYcgkosw048"
_NAMELESS = 8  # a label, as 212 was
_WITH_VIDEO = 0.2


def release(number: int, layout: Layout = NEW) -> bytes:
    """Return the record of a release; a fifth of them has videos, every fiftieth is odd."""
    made = _Release(number, layout)
    return f'<release id="{number}" status="Accepted">{made.body()}</release>\n'.encode()


def plain(number: int, title: str, *video_ids: str) -> bytes:
    """Return the record of a release that has little more than videos."""
    videos = "".join(
        f'<video src="https://www.youtube.com/watch?v={one}" duration="60" embed="true">'
        f"<title>{escape(title)}</title></video>"
        for one in video_ids
    )
    shown = f"<videos>{videos}</videos>" if videos else ""
    return (
        f'<release id="{number}" status="Accepted"><artists><artist><id>1</id><name>Aurora</name>'
        f"</artist></artists><title>{escape(title)}</title><tracklist><track><position>A</position>"
        f"<title>Side</title></track></tracklist>{shown}</release>\n"
    ).encode()


def dump(records: Iterable[bytes], kind: str = "releases") -> bytes:
    """Return a dump as it is before it is packed."""
    return b"<%b>\n%b</%b>\n" % (kind.encode(), b"".join(records), kind.encode())


def packed(xml: bytes, *, members: int = 1) -> bytes:
    """Return it packed; in several `members`, as some programs do."""
    size = len(xml) // members + 1
    parts = (xml[start : start + size] for start in range(0, len(xml), size))
    return b"".join(gzip.compress(part, 6, mtime=0) for part in parts)


def cut(file: bytes) -> bytes:
    """Return a file of which the end did not arrive."""
    return file[: len(file) * 2 // 3]


def flipped(file: bytes) -> bytes:
    """Return a file of which the checksum at its end is another: all of it can still be read."""
    return file[:-6] + bytes([file[-6] ^ 1]) + file[-5:]


def master(number: int, title: str, year: int, main: int, *video_ids: str) -> bytes:
    videos = "".join(
        f'<video src="https://youtu.be/{one}" duration=""><title>{escape(title)}</title></video>'
        for one in video_ids
    )
    return (
        f'<master id="{number}"><main_release>{main}</main_release><artists><artist><id>1</id>'
        f"<name>Aurora (2)</name></artist></artists><year>{year}</year><title>{escape(title)}"
        f"</title><videos>{videos}</videos></master>\n"
    ).encode()


def artist(number: int, name: str, *aliases: tuple[int, str]) -> bytes:
    others = "".join(f'<name id="{id_}">{escape(other)}</name>' for id_, other in aliases)
    shown = f"<aliases>{others}</aliases>" if others else ""
    return (
        f"<artist><id>{number}</id><name>{escape(name)}</name><profile>Of &lt;b&gt;</profile>"
        f"{shown}<members><name id='7'>Seven</name></members></artist>\n"
    ).encode()


def label(number: int, name: str, parent: tuple[int, str] | None = None) -> bytes:
    above = f'<parentLabel id="{parent[0]}">{escape(parent[1])}</parentLabel>' if parent else ""
    return (
        f"<label><id>{number}</id><name>{escape(name)}</name>{above}"
        f'<sublabels><label id="9">Below</label></sublabels></label>\n'
    ).encode()


# What was met in dumps: damage that costs nothing of the release but what is damaged.
MENDED: dict[str, Callable[[bytes], bytes]] = {
    "a bell": lambda record: record.replace(b"<title>", b"<title>\x07", 1),
    "a bell as a number": lambda record: record.replace(b"<title>", b"<title>&#7;", 1),
    "nothing as a number": lambda record: record.replace(b"<title>", b"<title>&#0;", 1),
    "U+FFFE": lambda record: record.replace(b"<title>", b"<title>\xef\xbf\xbe", 1),
    "bad UTF-8": lambda record: record.replace(b"<title>", b"<title>\xc3\x28", 1),
    "an entity of HTML": lambda record: record.replace(b"<title>", b"<title>&nbsp;", 1),
    "an open ampersand": lambda record: record.replace(b"<title>", b"<title>R&B ", 1),
}
# And damage that leaves nothing to make a release of.
LOST: dict[str, Callable[[bytes], bytes]] = {
    "no number": lambda record: record.replace(b" id=", b" was=", 1),
    "a number that is none": lambda record: record.replace(b'id="', b'id="x', 1),
    "too large a number": lambda record: record.replace(b'id="', b'id="99999999999', 1),
    "another element": lambda record: record.replace(b"<release", b"<release_of", 1),
}


class _Release:
    def __init__(self, number: int, layout: Layout) -> None:
        self._chance, self._layout = random.Random(number), layout
        self._is_odd = number % 50 == 0

    def body(self) -> str:
        formats = "".join(self._format() for _ in range(self._chance.randint(1, 2)))
        company = self._shown(self._words(2))
        return "".join((
            self._old("images", '<image type="primary" uri="" width="600" height="600"/>'),
            f"<artists>{self._artists(3)}</artists>",
            self._text("title", "" if self._is_odd else self._words(3)),
            f"<labels>{self._labels()}</labels>",
            "" if self._layout == OLD else '<series><series name="S" catno="1" id="4"/></series>',
            f"<extraartists>{self._artists(4)}</extraartists>",
            f"<formats>{formats}</formats>",
            f"<genres>{self._named('genre', self._some(GENRES))}</genres>",
            f"<styles>{self._named('style', self._some(STYLES))}</styles>",
            self._text("country", self._chance.choice(COUNTRIES)),
            self._text("released", self._chance.choice(RELEASED)),
            self._text("notes", f"Line\n\n{self._words(9)} <videos> & </tracklist>"),
            "<data_quality>Correct</data_quality>",
            self._master(),
            f"<tracklist>{''.join(self._track(at) for at in range(4))}</tracklist>",
            f"<identifiers>{self._identifiers()}</identifiers>",
            self._videos(),
            f"<companies><company><id>3</id><name>{company}</name></company></companies>",
        ))  # fmt: skip

    def _shown(self, text: str) -> str:
        if self._layout == NEW:
            return escape(text)
        return escape(text).encode("ascii", "xmlcharrefreplace").decode()

    def _text(self, tag: str, text: str) -> str:
        if text:
            return f"<{tag}>{self._shown(text)}</{tag}>"
        return self._old_empty(tag)

    def _old(self, tag: str, inside: str) -> str:
        return f"<{tag}>{inside}</{tag}>" if self._layout == OLD else ""

    def _old_empty(self, tag: str) -> str:
        return f"<{tag}/>" if self._layout == OLD else ""

    def _words(self, most: int) -> str:
        return " ".join(self._chance.choices(NAMES, k=self._chance.randint(1, most)))

    def _some(self, names: tuple[str, ...]) -> list[str]:
        some = self._chance.sample(names, self._chance.randint(1, 2))
        return [*some, "1"] if self._is_odd else some

    def _named(self, tag: str, names: Iterable[str]) -> str:
        return "".join(self._text(tag, name) for name in names)

    def _artists(self, most: int) -> str:
        return "".join(self._artist() for _ in range(self._chance.randint(1, most)))

    def _artist(self) -> str:
        at = self._chance.randrange(len(NAMES))
        name = f"{NAMES[at]} ({at})" if at % 2 else NAMES[at]
        # Nobody: with the number 0 once, then with none.
        number = self._text("id", str(at)) if at or self._layout == OLD else ""
        join = self._chance.choice((",", "&", "Feat.", ""))
        anv = self._chance.choice(("", "", NAMES[at][:4]))
        said = self._text("name", name) + self._text("anv", anv) + self._text("join", join)
        return f"<artist>{number}{said}{self._old_empty('role')}</artist>"

    def _labels(self) -> str:
        at = self._chance.randrange(1, 9)
        catno = self._chance.choice(("none", f"SK {at:03}", ""))
        name = quoteattr(self._shown(f"Label {at}")) if at != _NAMELESS else '""'
        return f'<label name={name} catno="{catno}" id="{at}"/>' * (1 + self._is_odd)

    def _format(self) -> str:
        name, described = self._chance.choice(FORMATS)
        inside = self._named("description", described)
        return (
            f'<format name="{name}" qty="1" text=""><descriptions>{inside}</descriptions></format>'
        )

    def _master(self) -> str:
        number = self._chance.choice((0, self._chance.randrange(1, 500)))
        is_main = self._chance.choice(("true", "false"))
        return f'<master_id is_main_release="{is_main}">{number}</master_id>' if number else ""

    def _track(self, at: int) -> str:
        inner = "<track><position>a</position><title>Part</title></track>"
        parts = f"<sub_tracks>{inner}</sub_tracks>" if at == 0 else ""
        credits_ = (
            f"<artists>{self._artist()}</artists><extraartists>{self._artist()}</extraartists>"
        )
        title = self._text("title", self._words(2))
        return f"<track><position>{at}</position>{title}{credits_}{parts}</track>"

    def _identifiers(self) -> str:
        figures = f"0 {self._chance.randrange(10_000, 99_999)}-25604-1 8"
        return (
            '<identifier type="Matrix / Runout" description="" value="A1"/>'
            f'<identifier type="Barcode" value="{figures}"/>'
        )

    def _videos(self) -> str:
        if self._chance.random() > _WITH_VIDEO:
            return ""
        shown = "".join(self._video() for _ in range(self._chance.randint(1, 4)))
        return f"<videos>{shown * (1 + self._is_odd)}</videos>"

    def _video(self) -> str:
        id_ = "".join(self._chance.choices(_ID, k=10)) + self._chance.choice(_ID_END)
        address = escape(self._chance.choice(_ADDRESSES).format(id_))
        seconds = self._chance.choice(("", "0", "296"))
        said = self._text("title", self._chance.choice(("", self._words(3))))
        about = self._text("description", "More at\n<a> & </video>")
        return f'<video src="{address}" duration="{seconds}" embed="true">{said}{about}</video>'

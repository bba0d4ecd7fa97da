"""How Discogs words what a release is, and how we do: names, formats, colours, figures."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.names import fold

MEDIA = ("Vinyl", "Cassette", "CD")
# How the name of an artist ends for certain: with the number that tells namesakes apart, or
# with the star of one who is called otherwise elsewhere.
_END = r"\(\d{1,6}\)\*?|(?<=[^\s*])\*"
_NUMBERED = re.compile(rf"\s*(?:{_END})$", re.ASCII)
_BETWEEN = re.compile(
    rf"(?:{_END})\s*(?:,|/|&|\+|and|vs\.?|feat\.?|featuring|with|x)\s+"
    r"(?!(?:The|A|An)\*?\s*(?:$|[,/&+]))",  # Beatles*, The
    re.ASCII | re.IGNORECASE,
)
_ARTICLE_LAST = re.compile(r"(.+), (The|A|An)", re.IGNORECASE)
_LONGEST_NAME = 200
_FIGURES = re.compile(r"[\s\-]+")
SIZES = ("LP", '12"', '10"', '7"')
_DISCS = {
    "Vinyl": "Vinyl",
    "Lathe Cut": "Vinyl",
    "Acetate": "Vinyl",
    "Flexi-disc": "Vinyl",
    "Shellac": "Vinyl",
    "Cassette": "Tape",
    "CD": "CD",
    "CDr": "CD",
}
_MOST_DISCS = 20
_COLOUR = re.compile(
    r"amber|aqua|beige|black|blue|bone|bronze|brown|clear|colou?red|copper|cream|crystal|cyan|gold"
    r"|golden|green|gr[ea]y|ivory|lavender|lilac|magenta|maroon|mint|multi-?colou?r(ed)?|navy|olive"
    r"|orange|pink|purple|rainbow|red|rose|sepia|silver|smok[ey]|teal|turquoise|violet|white|yellow",
    re.IGNORECASE,
)
# What may stand beside a colour; any other word says that it is not one.
_BESIDE = re.compile(
    r"&|and|with|in|on|light|dark|bright|deep|neon|opaque|solid|translucent|transparent|marbled?"
    r"|splatter(ed)?|swirl(ed)?|mixed|vinyl|half|glow",
    re.IGNORECASE,
)
_EDITIONS = {
    "Limited Edition": "lim",
    "Numbered": "numbered",
    "Record Store Day": "RSD",
    "Promo": "promo",
    "Test Pressing": "test pressing",
}
_SHORTEST_BARCODE = 8


class Discs(NamedTuple):
    """One entry of a release's formats: so many of a kind, and what is said of them."""

    name: str
    number: int
    descriptions: Sequence[str]
    text: str = ""


def plain_name(name: str) -> str:
    """Return a name as a sleeve has it, without the number that tells namesakes apart.

    >>> plain_name("Grimes (4)"), plain_name("Björk*"), plain_name("Sunn O)))")
    ('Grimes', 'Björk', 'Sunn O)))')
    >>> plain_name("Beatles, The")
    'The Beatles'
    """
    # A ";" would part it where it is corrected.
    spaced = " ".join(name.replace(";", ",").split())
    plain = _NUMBERED.sub("", spaced) or spaced
    if turned := _ARTICLE_LAST.fullmatch(plain):
        plain = f"{turned[2]} {_NUMBERED.sub('', turned[1])}"
    return plain[:_LONGEST_NAME].strip()


def plain_names(names: Iterable[str]) -> list[str]:
    """Return these names as a sleeve has them, each once."""
    found: dict[str, str] = {}
    for name in filter(None, map(plain_name, names)):
        found.setdefault(fold(name), name)
    return list(found.values())


def names_in(text: str) -> list[str]:
    """Return the artists that one text names, parted as far as that is certain.

    Discogs joins them with what the sleeve has between them: a comma, "&", "/". A comma or
    "&" may as well be part of a name, so that only "/" and what ends a name part two of them.

    >>> names_in("Grimes (4), d'Eon"), names_in("Earth, Wind & Fire"), names_in("Beatles, The")
    (['Grimes', "d'Eon"], ['Earth, Wind & Fire'], ['The Beatles'])
    """
    return plain_names(_BETWEEN.sub(" / ", " ".join(text.split())).split(" / "))


def figures(said: str) -> str | None:
    """Return a barcode as its figures; None for what is none.

    >>> figures("0 7599-25604-1 8"), figures("BIEM")
    ('075992560418', None)
    """
    found = _FIGURES.sub("", said)
    is_one = found.isascii() and found.isdigit() and len(found) >= _SHORTEST_BARCODE
    return found if is_one else None


def format_of(formats: Sequence[Discs]) -> str | None:
    """Return what we call the format of a release; None where nothing is said.

    >>> format_of([Discs("Vinyl", 2, ["LP", "Album"])])
    '2xLP'
    >>> format_of([Discs("Vinyl", 1, ['7"', "Single", "Picture Disc"])])
    'Pic-7"'
    >>> format_of([Discs("Box Set", 1, []), Discs("Cassette", 1, ["Album"])])
    'Tape'
    """
    known = [one for one in formats if one.name in _DISCS]
    if not known:
        named = [one.name for one in formats if one.name != "All Media"]
        return named[0] if named else None
    kind = _DISCS[known[0].name]
    if kind != "Vinyl":
        return kind
    return _format_of_vinyl([one for one in known if _DISCS[one.name] == kind])


def _format_of_vinyl(discs: Sequence[Discs]) -> str:
    said = {word for one in discs for word in one.descriptions}
    size = next((size for size in SIZES if size in said), "LP" if "Album" in said else "Vinyl")
    if "Picture Disc" in said and size != "Vinyl":
        return f"Pic-{size}"
    if "Mini-Album" in said:
        return "MLP"
    count = min(_MOST_DISCS, sum(one.number for one in discs))
    return f"{count}x{size}" if count > 1 and size != "Vinyl" else size


def colour_of(formats: Sequence[Discs]) -> str | None:
    """Return the colour that is said of the vinyl, in small letters; None where none is certain.

    >>> colour_of([Discs("Vinyl", 1, ["LP"], "Red Translucent, 180 gram")])
    'red translucent'
    """
    said = [one.text for one in formats if _DISCS.get(one.name) == "Vinyl"]
    parts = [" ".join(part.split()).lower() for text in said for part in re.split("[,/;]", text)]
    return ", ".join(dict.fromkeys(filter(_is_colour, parts))) or None


def _is_colour(part: str) -> bool:
    words = part.split()
    return any(map(_COLOUR.fullmatch, words)) and all(
        _COLOUR.fullmatch(word) or _BESIDE.fullmatch(word) for word in words
    )


def edition_of(formats: Sequence[Discs]) -> str | None:
    """Return what makes a pressing a special one, in our words.

    >>> edition_of([Discs("Vinyl", 1, ["LP", "Limited Edition", "Record Store Day"])])
    'lim, RSD'
    """
    said = [word for one in formats for word in one.descriptions]
    found = dict.fromkeys(_EDITIONS[word] for word in said if word in _EDITIONS)
    return ", ".join(found) or None

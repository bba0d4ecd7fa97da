"""How Discogs writes names and formats into one cell, read back as far as that is certain."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.names import fold
from core.release_words import names_in, plain_names
from database.record_details import MOST_NAMES, NOT_GIVEN

# What follows a comma in the name of one firm.
_OF_A_FIRM = ("inc", "inc.", "ltd", "ltd.", "llc", "llc.", "co.", "corp.", "s.a.", "gmbh", "b.v.")
_NOTHING = ("", "none", "na")

_QUANTITY = re.compile(r"(\d{1,3})x(.+)", re.ASCII)
_KNOWN_FORMATS = {
    "LP": "LP",
    '12"': '12"',
    '10"': '10"',
    '7"': '7"',
    "Cass": "Tape",
    "Cassette": "Tape",
    "CD": "CD",
}
_NO_FORMAT = ("Box", "Box Set", "All Media")  # the next tells what is in it
_SMALL_ALBUM = {"minialbum", "mini-album", "mini-lp", "mini", "mlp"}
_PICTURE_DISC = {"pic", "picture disc"}
# Cut at three letters, and no other colour begins with these: "Gre" may be green or grey.
_COLOURS = {
    "red": "red",
    "blu": "blue",
    "blue": "blue",
    "whi": "white",
    "white": "white",
    "yel": "yellow",
    "yellow": "yellow",
    "ora": "orange",
    "orange": "orange",
    "pur": "purple",
    "purple": "purple",
    "pin": "pink",
    "pink": "pink",
    "cle": "clear",
    "clear": "clear",
    "green": "green",
    "grey": "grey",
}
_EDITIONS = {
    "ltd": "lim",
    "limited edition": "lim",
    "num": "numbered",
    "numbered": "numbered",
    "rsd": "RSD",
    "promo": "promo",
    "tp": "test pressing",
    "test pressing": "test pressing",
}


class Told(NamedTuple):
    """What the text of a format tells; None: it does not."""

    format: str | None
    colour: str | None
    edition: str | None


def artists(text: str) -> list[str]:
    return names_in(text)[:MOST_NAMES] or [NOT_GIVEN]


def labels(text: str, catalogue_numbers: int) -> list[str]:
    """Return the names of the labels; each has a catalogue number of its own.

    >>> labels("Human, Human, 021 Records (2)", 3), labels("Warner Bros., Inc.", 1)
    (['Human', '021 Records'], ['Warner Bros., Inc.'])
    """
    parts: list[str] = []
    for part in " ".join(text.split()).split(", "):
        if parts and part.casefold() in _OF_A_FIRM:
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    if len(parts) > 1 and catalogue_numbers == 1 and len(set(parts)) == len(parts):
        parts = [", ".join(parts)]
    known = [part for part in parts if fold(part) not in _NOTHING]
    return plain_names(known)[:MOST_NAMES] or [NOT_GIVEN]


def catalogue_numbers(text: str) -> list[str]:
    """Return each place's number, "" for none; a comma without a space is part of one."""
    return ["" if fold(part) in _NOTHING else part.strip() for part in text.split(", ")]


def format_of(text: str) -> Told:
    """Return our format of what Discogs calls it, the colour and the edition.

    >>> format_of("LP, Red + LP, Blu + Album, RSD, Ltd")
    Told(format='2xLP', colour='red, blue', edition='RSD, lim')
    """
    items = [[word.strip() for word in item.split(",")] for item in text.split(" + ")]
    words = [fold(word) for item in items for word in item if word]
    return Told(
        _format(items, set(words)),
        ", ".join(dict.fromkeys(_COLOURS[word] for word in words if word in _COLOURS)) or None,
        ", ".join(dict.fromkeys(_EDITIONS[word] for word in words if word in _EDITIONS)) or None,
    )


def _format(items: Iterable[list[str]], words: set[str]) -> str | None:
    number, name = 0, ""
    for item in items:
        many, called = _counted(item[0])
        called = _sized(called, item)
        if not called or called in _NO_FORMAT:
            continue
        if not name or called == name:
            number, name = number + many, called
    if not name:
        return None
    if number == 1:
        if words & _PICTURE_DISC:
            return f"Pic-{name}"
        if words & _SMALL_ALBUM and name in ("LP", '12"', '10"'):
            return "MLP"
    return name if number == 1 else f"{number}x{name}"


def _counted(word: str) -> tuple[int, str]:
    found = _QUANTITY.fullmatch(word)
    return (int(found[1]) or 1, found[2].strip()) if found else (1, word)


def _sized(called: str, item: Iterable[str]) -> str:
    """Return our name of a format; vinyl and shellac are told by their size."""
    if called in ("Vinyl", "Shellac", "Lathe", "Flexi"):
        return next((_KNOWN_FORMATS[word] for word in item if word in _KNOWN_FORMATS), called)
    return _KNOWN_FORMATS.get(called, called)[:100]

"""What a recipe asks for, in a sentence, as its page and the command line say it."""

import calendar
from collections.abc import Iterable
from typing import Any

from database import mosaic_asked, mosaic_words
from database.mosaic_sizes import NORMAL, WORDS


def in_words(args: dict[str, Any], lists: Iterable[tuple[int, str]] = ()) -> str:
    """Say what is asked for: whose films, which of them, how they stand, how large."""
    name, things = args.get("letterboxd_username"), things_of(args)
    whose = f"Letterboxd's {name}" if name else _own(args)
    said = [
        f"{mosaic_words.layouts(args.get('source'))[args.get('layout', 'sheet')]}, of {whose}",
        period_in_words(args.get("period", "month"), things),
        _only(args.get("only") or mosaic_asked.ALL, dict(lists), things),
        _sequence(args),
        _size(args),
    ]
    sentence = ", ".join(filter(None, said))
    return sentence[:1].upper() + sentence[1:]


def _own(args: dict[str, Any]) -> str:
    whose = args.get("whose")
    if whose is None:
        return f"your {things_of(args)}"
    played = {"me": "you", "us": "the household"}
    return f"albums that {played.get(whose, 'somebody of the household')} played most"


def things_of(args: dict[str, Any]) -> str:
    """Return what a mosaic that is asked for so is of: "films", "records" or "albums"."""
    return mosaic_words.things(args.get("source"))


def period_in_words(period: str, things: str = "films") -> str:
    """Say a period as an order names it: "this month", "March 2025"."""
    kind, _, which = period.partition(":")
    if kind == "year":
        return which
    if kind == "days":
        return "{} to {}".format(*which.split(":"))
    if which:
        year, month = map(int, which.split("-"))
        return f"{calendar.month_name[month]} {year}"
    return {
        "month": "this month",
        "last-month": "last month",
        "last30": "the last 30 days" if things == "albums" else f"the last 30 {things}",
        "all": "everything",
    }[kind]


def _only(only: str, lists: dict[int, str], things: str) -> str:
    kind, _, which = only.partition(":")
    if kind == "rated" and things == "records":
        return f"rated {which} of 10 or more"
    if kind == "rated":
        return f"{int(which) / 2:g} stars or more"
    if kind == "list":
        return f"the list “{lists[int(which)]}”" if int(which) in lists else "one of your lists"
    return {mosaic_asked.REWATCHES: "seen again", mosaic_asked.LIKED: "liked"}.get(kind, "")


def _sequence(args: dict[str, Any]) -> str:
    """Say in which order they stand; in a picture made of them that is no matter."""
    name = args.get("sequence") or mosaic_words.NEWEST_FIRST
    sequences = mosaic_words.sequences(args.get("source"))
    return "" if args.get("layout") == "photo" else sequences[name]


def _size(args: dict[str, Any]) -> str:
    size = args.get("size", NORMAL)
    return "" if size == NORMAL else WORDS[size]

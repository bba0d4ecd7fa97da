"""How values are written on pages: moments, days, stars, sizes, numbers. Knows no area."""

import hashlib
from datetime import date
from functools import cache
from pathlib import Path

from flask import Flask, current_app, url_for

from core import by_hand, clock, slots
from webapp.database import settings
from webapp.zone import zone

_YEAR_SECONDS = 31_536_000
_THIN_SPACE = "\u202f"  # no line ends at it
_KEPT = "\u00a0"  # a space at which no line ends
_UNITS = ("B", "kB", "MB", "GB")
_STEPS = (
    (clock.DAY, "day"),
    (clock.HOUR, "hour"),
    (clock.MINUTE, "minute"),
    (clock.SECOND, "second"),
)
_THOUSAND = 1_000
_TWO_DAYS = 48  # hours


def register(app: Flask) -> None:
    """Teach the app's templates the filters below, `asset`, `uses_tmdb` and `by_hand`."""
    for write in (when, day, stars, size, number, ago, lasting, clock_time, duration, track_length):
        app.add_template_filter(write)
    app.add_template_filter(slots.told, "in_words")
    app.add_template_global(asset)
    app.add_template_global(uses_tmdb)
    app.add_template_global(by_hand.command, "by_hand")
    # The address of a static file changes with its content, see asset().
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _YEAR_SECONDS


def when(at: int | None) -> str:
    """Write a moment in the reader's zone, "24 Nov 2026, 19:05"; "never" for None."""
    if at is None:
        return "never"
    shown = clock.local(at, zone())
    return f"{shown.day} {shown:%b %Y, %H:%M}"


def clock_time(at: int) -> str:
    """Write the time of day of a moment, "19:05:30"."""
    return f"{clock.local(at, zone()):%H:%M:%S}"


def day(value: str | int | None) -> str:
    """Write a day, "24 Nov 2026", of a YYYY-MM-DD or of a moment; a dash for None."""
    if value is None:
        return "–"
    shown = date.fromisoformat(value) if isinstance(value, str) else clock.local(value, zone())
    return f"{shown.day} {shown:%b %Y}"


def stars(half_stars: int | None) -> str:
    """Write 1 to 10 half stars, "★★★½"; "" for None."""
    full, half = divmod(half_stars or 0, 2)
    return "★" * full + "½" * half


def size(count: int) -> str:
    """Write bytes with a unit, "1.4 MB"; a kB has 1,000 of them."""
    value, unit = float(count), 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value, unit = value / _THOUSAND, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit > 1 else f"{value:.0f} {_UNITS[unit]}"


def number(value: float) -> str:
    """Write a number with thin spaces between thousands: 12345 as "12 345", 3.5 as "3.5"."""
    return f"{value:,}".replace(",", _THIN_SPACE).removesuffix(".0")


def ago(at: int) -> str:
    """Say how long a moment has passed, "3 minutes ago"; "just now" below a second."""
    passed = clock.now() - at
    return f"{_length(passed)} ago" if passed >= clock.SECOND else "just now"


def lasting(since: int) -> str:
    """Say how long something goes on since a moment, "2 minutes"."""
    return _length(max(0, clock.now() - since))


def duration(ms: int) -> str:
    """Write how long something lasted in two units, "3 h 12 min", "45 s"; a dash if none."""
    if not ms:
        return "–"
    minutes = ms // clock.MINUTE
    if not minutes:
        return f"{ms // clock.SECOND}{_KEPT}s"
    hours, rest = divmod(minutes, 60)
    if hours >= _TWO_DAYS:
        return f"{number(hours // 24)}{_KEPT}d {hours % 24}{_KEPT}h"
    return f"{hours}{_KEPT}h {rest}{_KEPT}min" if hours else f"{rest}{_KEPT}min"


def track_length(ms: int | None) -> str:
    """Write how long a track is, "3:21" or "1:02:03"; a dash for None."""
    if ms is None:
        return "–"
    minutes, seconds = divmod(round(ms / clock.SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _length(span: int) -> str:
    for length, word in _STEPS:
        count = span // length
        if count >= 1:
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "0 seconds"


def asset(name: str) -> str:
    """Return the address of a static file, with its content's hash in it."""
    return url_for("static", filename=name, v=_version(current_app.static_folder or "", name))


def uses_tmdb() -> bool:
    """Say whether pages show what TMDB says: its terms ask for a notice there."""
    return settings().tmdb_token is not None


@cache
def _version(folder: str, name: str) -> str:
    return hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:12]

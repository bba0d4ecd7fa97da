"""The filters of the shelf as a page shows them: chips to take off, addresses to share."""

from collections.abc import Callable, Mapping, Sequence

from database.record_details import FIRST_YEAR
from database.record_filters import Filter
from webapp import filter_words
from webapp.filter_words import Chip, Form, query
from webapp.filters import day

__all__ = [
    "EITHER",
    "RATINGS",
    "SORTS",
    "STATES",
    "Form",
    "chips",
    "decades",
    "named",
    "query",
    "whose",
]

SORTS = (
    ("", "Bought, newest first"),
    ("purchased", "Bought, oldest first"),
    ("artist", "Artist, A to Z"),
    ("-artist", "Artist, Z to A"),
    ("title", "Title, A to Z"),
    ("-title", "Title, Z to A"),
    ("-year", "Year, newest first"),
    ("year", "Year, oldest first"),
    ("-rating", "Rating, best first"),
    ("rating", "Rating, lowest first"),
    ("-price", "Price, highest first"),
    ("price", "Price, lowest first"),
)
RATINGS = [(str(value), str(value)) for value in range(10, 0, -1)]
STATES = (
    ("", "All; of a filter, the active ones"),
    ("all", "Active and removed"),
    ("active", "Active"),
    ("removed", "Removed"),
)
EITHER = (("", "Digitised or not"), ("yes", "Digitised"), ("no", "Not digitised"))


def decades(this_year: int) -> list[tuple[int, str]]:
    return filter_words.decades(this_year, FIRST_YEAR)


def named(anything: str, names: Sequence[str], asked: str) -> list[tuple[str, str]]:
    """Return what a form offers of these names; the one asked for also if no record has it."""
    missing = [asked] if asked and asked not in names else []
    return [("", anything), *((name, name) for name in (*missing, *names))]


def chips(wanted: Filter, names: Mapping[int, str], artist: str, view: str | None) -> list[Chip]:
    """Return what is filtered by, in the order of the form.

    `names` are the household's, by id; `artist` is that of `artist_id`.
    """
    return filter_words.chips(wanted, (*_WORDS, *_named(names, artist)), ".index", view)


def _named(names: Mapping[int, str], artist: str) -> "_Words":
    return (
        (("artist_id",), lambda _wanted: f"by {artist}"),
        (("whose",), lambda wanted: whose(wanted, names)),
    )


def whose(wanted: Filter, names: Mapping[int, str]) -> str:
    """Say whose records are asked for."""
    if wanted.whose == "everyone":
        return "everyone’s records"
    return f"{names.get(int(wanted.whose), 'somebody')}’s records"


def _ratings(wanted: Filter) -> str:
    least, most = wanted.rating_from, wanted.rating_to
    if least == most:
        return f"rated {least}"
    if most is None:
        return f"rated {least} or more"
    return f"rated {least} to {most}" if least else f"rated {most} or less"


def _purchases(wanted: Filter) -> str:
    since, until = wanted.purchased_from, wanted.purchased_to
    if since == until:
        return f"bought on {day(since)}"
    return (
        "bought" + (f" from {day(since)}" if since else "") + (f" to {day(until)}" if until else "")
    )


_Words = tuple[tuple[tuple[str, ...], Callable[[Filter], str]], ...]
_WORDS: _Words = (
    (("q",), lambda wanted: f"“{wanted.q}”"),
    (("artist",), lambda wanted: f"artist like “{wanted.artist}”"),
    (("title",), lambda wanted: f"titled “{wanted.title}”"),
    (("label",), lambda wanted: f"label like “{wanted.label}”"),
    (("genre",), lambda wanted: wanted.genre),
    (("format",), lambda wanted: wanted.format),
    (("country",), lambda wanted: f"from {wanted.country}"),
    (("year",), lambda wanted: f"of {wanted.year}"),
    (("decade",), lambda wanted: f"of the {wanted.decade}s"),
    (("rating_from", "rating_to"), _ratings),
    (("unrated",), lambda _wanted: "not rated"),
    (("digitised",), lambda wanted: "digitised" if wanted.digitised == "yes" else "not digitised"),
    (("purchased_from", "purchased_to"), _purchases),
    (
        ("state",),
        lambda wanted: "active and removed" if wanted.state == "all" else f"{wanted.state}",
    ),
    (("cover",), lambda _wanted: "without a cover"),
    (("discogs",), lambda _wanted: "without a link to Discogs"),
)

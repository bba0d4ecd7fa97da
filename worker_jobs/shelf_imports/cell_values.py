"""What stands in one cell: a price, a rating, a year."""

import re
from typing import NamedTuple

from core.names import fold
from database.record_details import DEAREST, FIRST_YEAR, LAST_YEAR

_NOTHING = {"", "none", "null", "na", "n/a", "nan", "-", "–", "—", "?"}
_YES = {"1", "yes", "y", "true", "ja", "j", "x", "wahr", "✓", "✔"}
_CODE = re.compile(
    r"\b(AUD|BRL|CAD|CHF|CZK|DKK|EUR|GBP|HKD|HUF|JPY|MXN|NOK|NZD|PLN|SEK|SGD|USD|ZAR)\b"
)
# Whose dollars, where that is said: US$, C$.
_WHOSE = re.compile(r"\b(US|CA|C|AU|A|NZ|HK|S|R|MX)\$")
_DOLLARS = {
    "US": "USD",
    "CA": "CAD",
    "C": "CAD",
    "AU": "AUD",
    "A": "AUD",
    "NZ": "NZD",
    "HK": "HKD",
    "S": "SGD",
    "R": "BRL",
    "MX": "MXN",
}
_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "$", "¥": "JPY"}
_FIGURES = re.compile(r"[0-9][0-9.,' \u00a0\u202f]*", re.ASCII)
_YEAR = re.compile(r"(?:^|[^0-9])([0-9]{4})(?![0-9])", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?", re.ASCII)
_BEST = 10


class Price(NamedTuple):
    """In hundredths. `currency` is a code, "$" for some dollar, None where none is said."""

    hundredths: int
    currency: str | None


def is_nothing(text: str) -> bool:
    """Say whether a cell says that there is nothing, as programs write it."""
    return fold(text) in _NOTHING


def is_yes(text: str) -> bool:
    return fold(text) in _YES


def price(text: str) -> Price | None:
    """Return a price; None for what is none.

    >>> price("1.234,50 €"), price("USD 20")
    (Price(hundredths=123450, currency='EUR'), Price(hundredths=2000, currency='USD'))
    """
    found = _FIGURES.search(text)
    if found is None or "-" in text[: found.start()]:
        return None
    figures = re.sub(r"[' \u00a0\u202f]", "", found[0]).rstrip(".,")
    whole, hundredths = figures, "00"
    if parted := re.fullmatch(r"(.*)[.,]([0-9]{1,2})", figures):
        whole, hundredths = parted[1], parted[2].ljust(2, "0")
    digits = re.sub(r"[.,]", "", whole)
    if not digits or len(digits) > 8:  # noqa: PLR2004 - dearer than any record
        return None
    amount = int(digits) * 100 + int(hundredths)
    return Price(amount, _currency(text)) if amount <= DEAREST else None


def _currency(text: str) -> str | None:
    if code := _CODE.search(text.upper()):
        return code[0]
    if whose := _WHOSE.search(text.upper()):
        return _DOLLARS[whose[1]]
    return next((_SYMBOLS[sign] for sign in text if sign in _SYMBOLS), None)


def year(text: str) -> int | None:
    """Return the year of a cell that may hold a whole day.

    >>> year("1971-02-00"), year("Feb 1971"), year("0")
    (1971, 1971, None)
    """
    found = _YEAR.search(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    return int(found[1])


def rating(text: str, best: int) -> int | None:
    """Return a rating as 1 to 10; `best` is what ratings go up to there. None for none.

    >>> rating("3,5", 5), rating("★★★½", 10), rating("85", 100), rating("0", 10)
    (7, 7, 9, None)
    """
    if "★" in text or "½" in text:
        return text.count("★") * 2 + ("½" in text) or None
    said = text.partition("/")[0].strip()
    if not _DECIMAL.fullmatch(said):
        return None
    value = float(said.replace(",", ".")) * _BEST / best
    rounded = int(value + 0.5)
    return rounded if 1 <= rounded <= _BEST else None

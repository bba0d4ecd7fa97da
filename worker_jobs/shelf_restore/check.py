"""Looks through the tables of a zip: whether all of it can be kept, and what is in it.

Values in, values out; what it finds wrong are sentences that name the row.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from database import records
from worker_jobs.shelf_restore.bundle import Bundle
from worker_jobs.shelf_restore.rows import (
    MODELS,
    CreditRow,
    OriginRow,
    RatingRow,
    RecordRow,
    SongRow,
    TurnRow,
)

_FIRST = 10
_TOLD = 20
_HALF_SCALE = 5
# Which values a credit of each kind may have; an Initial Load of no record may have any.
_VALUES = {"Purchase": (-1, 0), "Addition": (1,), "Remove": (0, 1), "Removal": (0, 1)}


@dataclass
class Found:
    """What is in a zip. `problems` are rows that cannot be kept: at most 20, all are counted.

    `texts` has what each record is called in a ledger, `covers` what their covers are called,
    and how many records show each; `balance` is what the ledger ends with
    and `missing` what its lines lack to come to that; `last_day` is its last day.
    """

    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    covers: Counter[str] = field(default_factory=Counter)
    rating_ids: set[int] = field(default_factory=set)
    credit_ids: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    wrong: int = 0
    sum: int = 0
    saldo: int | None = None
    last_day: str = ""

    @property
    def missing(self) -> int:
        return 0 if self.saldo is None else self.saldo - self.sum

    @property
    def balance(self) -> int:
        return self.sum + self.missing

    @property
    def first(self) -> list[str]:
        return list(self.texts.values())[:_FIRST]


class _Check:
    """Goes through one bundle; `_seen` is what may stand there but once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.found = bundle, Found()
        self._seen: set[tuple[Any, ...]] = set()

    def table(self, name: str, look: Callable[[Any], str | None]) -> None:
        count = 0
        for number, row in self.bundle.rows(name, MODELS[name]):
            problem = look(row) if isinstance(row, BaseModel) else row
            count += 1
            if problem:
                self._wrong(f"{name}.csv, row {number}: {problem}.")
        self.found.counts[name] = count

    def _wrong(self, sentence: str) -> None:
        self.found.wrong += 1
        if self.found.wrong <= _TOLD:
            self.found.problems.append(sentence)

    def _is_new(self, *key: Any) -> bool:
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _is_too_high(self, rating: int | None) -> bool:
        return self.bundle.is_to_five and (rating or 0) > _HALF_SCALE

    def record(self, row: RecordRow) -> str | None:
        if row.record_id in self.found.texts:
            return f"record_id {row.record_id} is there twice"
        if row.discogs_key and not self._is_new("discogs_key", row.discogs_key):
            return f"discogs_key {row.discogs_key} is there twice"
        if any(row.artist_country[max(1, len(row.artist)) :]):
            return "there are more countries than artists"
        if self._is_too_high(row.rating):
            return f"the rating {row.rating} is above 5"
        if row.cover_sha256:
            self.found.covers[row.cover_sha256] += 1
        artist = " / ".join(str(one["name"]) for one in row.artists)
        self.found.texts[row.record_id] = records.text_of(artist, row.title, row.year or None)
        return None

    def credit(self, row: CreditRow) -> str | None:
        number, found = row.credit_trx_id, self.found
        if number is not None and number in found.credit_ids:
            return f"credit_trx_id {number} is there twice"
        allowed = _VALUES.get(row.credit_trx_type)
        if allowed is not None and row.credit_value not in allowed:
            return f"a {row.credit_trx_type} is {' or '.join(map(str, allowed))}"
        if row.credit_trx_type == "Initial Load" and row.record_text and row.credit_value:
            return "an Initial Load of a record is 0"
        if row.credit_trx_type == "Addition" and not self._is_new("addition", row.credit_trx_date):
            return f"there is another Addition of {row.credit_trx_date}"
        if number is not None:
            found.credit_ids.add(number)
        found.sum += row.credit_value
        found.last_day = max(found.last_day, row.credit_trx_date)
        return None

    def rating(self, row: RatingRow) -> str | None:
        if self._is_too_high(row.value):
            return f"the rating {row.value} is above 5"
        if row.rating_id is not None:
            if row.rating_id in self.found.rating_ids:
                return f"rating_id {row.rating_id} is there twice"
            self.found.rating_ids.add(row.rating_id)
        return self._of_record(row.record_id)

    def song(self, row: SongRow) -> str | None:
        if not self._is_new("song", row.record_id, row.seq):
            return f"song {row.seq} of record {row.record_id} is there twice"
        return self._of_record(row.record_id)

    def turn(self, row: TurnRow) -> str | None:
        if not self._is_new("turn", row.day, row.nth):
            return f"turn {row.nth} of {row.day} is there twice"
        return self._of_record(row.record_id)

    def origin(self, row: OriginRow) -> str | None:
        if not self._is_new("origin", row.record_id, row.source):
            return f"what {row.source} said of record {row.record_id} is there twice"
        return self._of_record(row.record_id)

    def _of_record(self, record_id: int) -> str | None:
        if record_id in self.found.texts:
            return None
        return f"there is no record {record_id} in records.csv"


def look_through(bundle: Bundle) -> Found:
    """Return what is in a zip, and what is wrong with it.

    Raises:
        BadFile: a table cannot be read.
    """
    check = _Check(bundle)
    check.table("records", check.record)
    check.table("credit_trx", check.credit)
    check.table("ratings", check.rating)
    check.table("songs", check.song)
    check.table("turns", check.turn)
    check.table("origins", check.origin)
    check.table("shelf", lambda _row: None)
    found = check.found
    found.saldo = _last_saldo(bundle)
    if not bundle.has_ratings:
        found.counts["ratings"] = sum(
            1 for _, row in bundle.records() if isinstance(row, RecordRow) and row.rating
        )
    return found


def _last_saldo(bundle: Bundle) -> int | None:
    """Return the balance that stands beside the last line of the ledger, by its number."""
    last, saldo = 0, None
    for number, row in bundle.credits():
        if isinstance(row, CreditRow) and row.credit_saldo is not None:
            at = row.credit_trx_id or number
            if at >= last:
                last, saldo = at, row.credit_saldo
    return saldo

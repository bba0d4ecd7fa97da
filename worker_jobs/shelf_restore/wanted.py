"""What a zip says, as the rows that are to be: values in, values out."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from core import clock
from database.ledger import Line
from database.record_copies import Copy
from database.shelf_restore import Row, Wanted
from database.shelves import CURRENCY, Rules
from worker_jobs.shelf_restore.bundle import Bundle
from worker_jobs.shelf_restore.check import Found
from worker_jobs.shelf_restore.rows import (
    CreditRow,
    OriginRow,
    RatingRow,
    RecordRow,
    SongRow,
    TurnRow,
)

M = TypeVar("M", bound=BaseModel)

# What a column of the zip is called here, where the two differ.
_COLUMNS = {
    "title": "title",
    "year": "year",
    "genre": "genre",
    "record_format": "format",
    "vinyl_color": "colour",
    "lim_edition": "edition",
    "number": "copy_number",
    "remarks": "remarks",
    "purchase_date": "purchased_on",
    "price": "price",
    "review": "review",
    "is_digitized": "is_digitised",
    "is_active": "is_active",
    "removed_on": "removed_on",
    "discogs_id": "discogs_id",
    "catalogue_number": "catalogue_number",
    "barcode": "barcode",
    "media_condition": "media_condition",
    "sleeve_condition": "sleeve_condition",
    "folder": "folder",
    "discogs_key": "discogs_key",
    "musicbrainz_id": "musicbrainz_id",
    "cover_address": "cover_address",
}
_A_RECORD = "A record that is gone"


def wanted_of(
    bundle: Bundle, found: Found, covers: Collection[str], currency: str | None
) -> Wanted:
    """Return the shelf that a zip tells of, once nothing was found wrong with it.

    `covers` are those that can be shown, `currency` is what prices without one are counted in.
    """
    rows = _Rows(bundle, found, covers, currency)
    return Wanted(
        record_ids=found.texts,
        rating_ids=found.rating_ids if rows.are_ratings_numbered else (),
        credit_ids=found.credit_ids if rows.are_credits_numbered else (),
        records=rows.records,
        credits=rows.credits,
        songs=rows.songs,
        turns=rows.turns,
        origins=rows.origins,
        rules=rows.rules(),
        correction=Line("Initial Load", found.missing, found.last_day) if found.missing else None,
    )


class _Rows:
    def __init__(
        self, bundle: Bundle, found: Found, covers: Collection[str], currency: str | None
    ) -> None:
        self._bundle, self._found, self._covers = bundle, found, covers
        self._now = clock.now()
        rules = self.rules()
        self._currency = currency or (rules.currency if rules else CURRENCY)
        counts = found.counts
        self.are_ratings_numbered = len(found.rating_ids) == counts["ratings"]
        self.are_credits_numbered = len(found.credit_ids) == counts["credit_trx"]
        self._ratings = self._ratings_by_record()

    def _of(self, name: str, model: type[M]) -> Iterator[M]:
        return (row for _, row in self._bundle.rows(name, model) if isinstance(row, model))

    def rules(self) -> Rules | None:
        return next(self._of("shelf", Rules), None)

    def records(self) -> Iterator[tuple[int, Copy]]:
        for row in self._of("records", RecordRow):
            plain = {ours: getattr(row, column) for column, ours in _COLUMNS.items()}
            made_at = row.created_at or self._now
            ratings = self._ratings.get(row.record_id, ())
            yield (
                row.record_id,
                plain
                | {
                    "year": row.year or None,
                    "artists": row.artists,
                    "labels": row.labels,
                    "cover_sha256": self._shown(row.cover_sha256),
                    "currency": row.currency or self._currency,
                    "created_at": made_at,
                    "updated_at": row.updated_at or made_at,
                    "ratings": ratings if self._bundle.has_ratings else self._one_rating(row),
                },
            )

    def _shown(self, sha256: str | None) -> str | None:
        return sha256 if sha256 in self._covers else None

    def _ratings_by_record(self) -> dict[int, list[Row]]:
        """Return the history of each record, oldest first: new ids are given in this order."""
        found: dict[int, list[Row]] = {}
        for row in self._of("ratings", RatingRow):
            rating = self._rating(row.value, row.rated_on)
            if rating is None:
                continue
            rating |= self._moments(row)
            if self.are_ratings_numbered:
                rating["id"] = row.rating_id
            found.setdefault(row.record_id, []).append(rating)
        for history in found.values():
            history.sort(key=lambda rating: (rating["rated_on"], rating.get("id", 0)))
        return found

    def _one_rating(self, row: RecordRow) -> list[Row]:
        rating = self._rating(row.rating or 0, row.purchase_date)
        return [rating] if rating else []

    def _rating(self, value: int, on: str) -> Row | None:
        # Of 5 or of 10; 0 is not rated on either scale.
        full = value * 2 if self._bundle.is_to_five else value
        return {"value": full, "rated_on": on} if full else None

    def _moments(self, row: RatingRow | CreditRow) -> Row:
        made_at = row.created_at or self._now
        return {"created_at": made_at, "updated_at": row.updated_at or made_at}

    def credits(self) -> Iterator[Row]:
        rows = self._of("credit_trx", CreditRow)
        if self.are_credits_numbered:
            rows = iter(sorted(rows, key=lambda row: row.credit_trx_id or 0))
        return (self._credit(row) for row in rows)

    def _credit(self, row: CreditRow) -> Row:
        texts = self._found.texts
        record_id = row.record_id if row.record_id in texts else None
        credit: Row = {
            "booked_on": row.credit_trx_date,
            "kind": "Remove" if row.credit_trx_type == "Removal" else row.credit_trx_type,
            "value": row.credit_value,
            "record_id": record_id,
            "record_text": row.record_text or texts.get(record_id or 0),
            **self._moments(row),
        }
        if row.credit_trx_type == "Addition":
            credit |= {"record_id": None, "record_text": None}
        elif row.credit_trx_type != "Initial Load":
            credit["record_text"] = credit["record_text"] or _A_RECORD
        elif row.credit_value:
            # Of no record: only such a one may be more or less than 0.
            credit |= {"record_id": None, "record_text": None}
        return credit | ({"id": row.credit_trx_id} if self.are_credits_numbered else {})

    def songs(self) -> Iterator[Row]:
        return self._plain("songs", SongRow)

    def turns(self) -> Iterator[Row]:
        for row in self._of("turns", TurnRow):
            yield row.model_dump() | {"created_at": row.created_at or self._now}

    def origins(self) -> Iterator[Row]:
        return self._plain("origins", OriginRow)

    def _plain(self, name: str, model: type[BaseModel]) -> Iterator[dict[str, Any]]:
        return (row.model_dump() for row in self._of(name, model))

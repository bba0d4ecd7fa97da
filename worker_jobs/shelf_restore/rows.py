"""What one row of each table of a shelf's zip says, checked: cells in, values out.

Whole numbers may come as a table program writes them ("8.0"), days with a time behind them.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from core import clock
from core.cells import parted
from core.names import fold
from database.record_details import NOT_GIVEN, Day, Price
from database.shelves import Rules

R = TypeVar("R", bound=BaseModel)

_LARGEST = 10**12
_LONGEST = 100_000  # characters of a text; a form takes 20,000
_INDEXED_BYTES = 2_000  # of a name or a title: PostgreSQL's index holds no more
_WHOLE = re.compile(r"(-?\d{1,15})(?:\.0{1,6})?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?", re.ASCII)
_YES, _NO = frozenset({"1", "1.0", "true", "yes"}), frozenset({"0", "0.0", "false", "no"})


def _sentence(words: str) -> PydanticCustomError:
    return PydanticCustomError("sentence", "{words}", {"words": words})


def _whole(cell: str) -> int:
    found = _WHOLE.fullmatch(cell.strip())
    if found is None:
        raise _sentence("a whole number is wanted")
    return int(found[1])


def _yes_or_no(cell: str) -> bool:
    said = cell.strip().lower()
    if said not in _YES | _NO:
        raise _sentence("1 or 0 is wanted")
    return said in _YES


def _without_time(cell: str) -> str:
    found = _DAY.fullmatch(cell.strip())
    return found[1] if found else cell.strip()


def _moment(cell: str) -> int:
    # Not strptime, which takes ten times as long: there are two in each row.
    try:
        at = datetime.fromisoformat(cell.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _sentence("a moment like 2026-11-24T18:30:00.000Z is wanted")
    return clock.moment(at)


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise _sentence("this is no JSON") from None


def _text(cell: str) -> str:
    if "\0" in cell or len(cell) > _LONGEST:
        raise _sentence(f"at most {_LONGEST:,} characters, and no NUL among them")
    return cell


def _indexed(cell: str) -> str:
    if len(fold(_text(cell)).encode()) > _INDEXED_BYTES:
        raise _sentence("this is too long for a name")
    return cell


def _name(cell: str) -> str:
    return " ".join(_indexed(cell).split())


def _names(cell: str) -> list[str]:
    return [_indexed(name) for name in parted(_text(cell))]


Number = Annotated[int, BeforeValidator(_whole), Field(ge=-_LARGEST, le=_LARGEST)]
Id = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_LARGEST)]
Flag = Annotated[bool, BeforeValidator(_yes_or_no)]
OnDay = Annotated[Day, BeforeValidator(_without_time)]
Moment = Annotated[int, BeforeValidator(_moment), Field(ge=0)]
Text = Annotated[str, BeforeValidator(_text)]
Title = Annotated[str, BeforeValidator(_indexed)]
Name = Annotated[str, BeforeValidator(_name)]
Names = Annotated[list[str], BeforeValidator(_names), Field(max_length=500)]
Thing = Annotated[dict[str, Any], BeforeValidator(_json)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecordRow(_Row):
    record_id: Id
    artist: Names = []
    artist_country: Names = []
    title: Title
    genre: Name
    label: Names = []
    year: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=9999)] | None = None
    record_format: Name
    vinyl_color: Text | None = None
    lim_edition: Text | None = None
    number: Text | None = None
    remarks: Text | None = None
    purchase_date: OnDay
    price: Price | None = None
    rating: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10)] | None = None
    is_digitized: Flag = False
    is_active: Flag = True
    removed_on: OnDay | None = None
    review: Text | None = None
    discogs_id: Id | None = None
    catalogue_number: Text | None = None
    barcode: Text | None = None
    media_condition: Text | None = None
    sleeve_condition: Text | None = None
    folder: Text | None = None
    currency: Annotated[str, Field(pattern=r"\A[A-Z]{3}\z")] | None = None
    discogs_key: Title | None = None
    musicbrainz_id: Title | None = None
    cover_sha256: Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")] | None = None
    cover_address: Text | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None

    @property
    def artists(self) -> list[dict[str, str | None]]:
        """Return names with countries, in step; without an artist: NA."""
        countries = [*self.artist_country, *[""] * len(self.artist), ""]
        named = zip(self.artist or [NOT_GIVEN], countries, strict=False)
        return [{"name": name, "country": country or None} for name, country in named if name]

    @property
    def labels(self) -> list[str]:
        return [name for name in self.label if name] or [NOT_GIVEN]


class CreditRow(_Row):
    credit_trx_id: Id | None = None
    credit_trx_date: OnDay
    credit_trx_type: Literal["Initial Load", "Purchase", "Addition", "Remove", "Removal"]
    credit_value: Number
    credit_saldo: Number | None = None
    record_id: Number | None = None
    record_text: Text | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


class RatingRow(_Row):
    rating_id: Id | None = None
    record_id: Id
    value: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10)]
    rated_on: OnDay
    created_at: Moment | None = None
    updated_at: Moment | None = None


class SongRow(_Row):
    record_id: Id
    seq: Id
    position: Text | None = None
    title: Text
    seconds: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10**9)] | None = None
    is_favourite: Flag = False


class TurnRow(_Row):
    day: OnDay
    nth: Number
    round: Number
    record_id: Id
    created_at: Moment | None = None


class OriginRow(_Row):
    record_id: Id
    source: Title
    row_key: Title | None = None
    said: Thing


MODELS: dict[str, type[BaseModel]] = {
    "records": RecordRow,
    "credit_trx": CreditRow,
    "ratings": RatingRow,
    "songs": SongRow,
    "turns": TurnRow,
    "origins": OriginRow,
    "shelf": Rules,
}


def read(model: type[R], cells: Mapping[str, str]) -> R:
    """Return what a row says.

    Raises:
        ValueError: its sentence names the column and what is wanted there.
    """
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        column = str(wrong["loc"][0]) if wrong["loc"] else "it"
        if wrong["type"] == "missing":
            raise ValueError(f"there is no {column}") from None
        raise ValueError(f"{column}: {_said(column, wrong['type'], wrong['msg'])}") from None


def _said(column: str, kind: str, message: str) -> str:
    if kind == "value_error":
        # Of record_details, which leaves the words to its forms.
        return f"{'a price like 20.00' if column == 'price' else 'a day like 2026-11-24'} is wanted"
    return message if kind == "sentence" else message[:1].lower() + message[1:]

"""What the shelf comes to: ratings, the best, genres and the like, what was paid."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.shares import shares
from database import people, record_figures
from database.record_details import price_text
from database.record_figures import Group, Ratings, Spent
from webapp import forms
from webapp.charts import Bars
from webapp.database import reading
from webapp.errors import wants_json
from webapp.shelf import bp

_WIDE, _TALL = 400, 130
_FIRST = 20
_LARGEST = 2**63 - 1
_ON_FRONT = ("genre", "format", "decade")
_WAYS = {
    "genre": "Genres",
    "format": "Formats",
    "decade": "Decades",
    "label": "Labels",
    "artist": "Artists",
    "country": "Countries",
}


class Asked(BaseModel):
    """Whose records are counted, and by what alone, if by one thing."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    whose: Literal["mine", "everyone"] | Annotated[int, Field(ge=1, le=_LARGEST)] = Field(
        "mine", description="Choose whose records."
    )
    by: Literal["genre", "format", "label", "artist", "country", "decade"] | None = Field(
        None, description="Choose one of these."
    )

    @property
    def person_id(self) -> int | None:
        if self.whose == "everyone":
            return None
        return int(current_user.id) if self.whose == "mine" else int(self.whose)

    @property
    def query(self) -> dict[str, Any]:
        return {} if self.whose == "mine" else {"whose": self.whose}


class Row(NamedTuple):
    """A row of a table, or a bar: its name, in full words, and where it leads.

    `share` is in per cent of the records, None where there is none.
    """

    below: str
    words: str
    records: int
    share: float
    address: str


class Average(NamedTuple):
    """The mean price of so many records, as it is written."""

    currency: str
    records: int
    price: str


class Paid(NamedTuple):
    """What was paid in a year, as it is written, and where those records are."""

    year: str
    currency: str
    records: int
    paid: str
    average: str
    address: str


@bp.get("/stats")
def stats() -> ResponseReturnValue:
    """All at a glance; with `by` one thing alone, which labels, artists and countries need."""
    asked = forms.read(Asked, request.args)
    return _overview(asked) if asked.by is None else _grouped(asked, asked.by)


def _overview(asked: Asked) -> ResponseReturnValue:
    with reading() as session:
        names = _names(session, asked)
        rated = record_figures.ratings(session, asked.person_id)
        top = record_figures.top(session, asked.person_id)
        spent = record_figures.spent(session, asked.person_id)
        groups = {
            by: record_figures.groups(session, asked.person_id, by, _FIRST) for by in _ON_FRONT
        }
    rows = _rated(rated, asked)
    if wants_json():
        return jsonify(
            records=rated.in_all,
            unrated=rated.unrated,
            ratings=[
                {"rating": value, "records": row.records, "share": row.share}
                for value, row in enumerate(rows, 1)
            ],
            top=[one._asdict() for one in top],
            spent=[one._asdict() | {"paid": price_text(one.paid)} for one in spent],
            **{by: _told(found) for by, found in groups.items()},
        )
    return render_template(
        "shelf/figures.html",
        asked=asked,
        names=names,
        rated=rated,
        rows=rows,
        bars=Bars.of(rated.records, width=_WIDE, height=_TALL),
        top=top,
        tables={by: _rows(by, found, rated.in_all, asked) for by, found in groups.items()},
        spent=[_paid(one, asked) for one in spent],
        averages=_averages(spent),
        ways=_WAYS,
    )


def _grouped(asked: Asked, by: str) -> ResponseReturnValue:
    with reading() as session:
        names = _names(session, asked)
        in_all = record_figures.ratings(session, asked.person_id).in_all
        found = record_figures.groups(session, asked.person_id, by)
    if wants_json():
        return jsonify(records=in_all, **{by: _told(found)})
    return render_template(
        "shelf/grouped.html",
        asked=asked,
        names=names,
        in_all=in_all,
        by=by,
        rows=_rows(by, found, in_all, asked),
        most=record_figures.MOST_GROUPS,
        ways=_WAYS,
    )


def _names(session: Session, asked: Asked) -> dict[int, str]:
    """Return the household's names by id.

    Raises:
        NotFound: somebody is asked for who is not of it.
    """
    names = {person.id: person.name for person in people.listed(session)}
    if asked.person_id is not None and asked.person_id not in names:
        raise NotFound("person", asked.person_id)
    return names


def _rated(rated: Ratings, asked: Asked) -> list[Row]:
    return [
        Row(
            str(value),
            f"{value} of 10: {_many(records)}",
            records,
            share,
            url_for(".index", rating_from=value, rating_to=value, **asked.query),
        )
        for value, (records, share) in enumerate(
            zip(rated.records, shares(rated.records), strict=True), 1
        )
    ]


def _rows(by: str, found: Sequence[Group], in_all: int, asked: Asked) -> list[Row]:
    return [
        Row(
            one.name,
            f"{one.name}s" if by == "decade" else one.name,
            one.records,
            round(100 * one.records / in_all, 1),
            _address(by, one, asked),
        )
        for one in found
    ]


def _address(by: str, one: Group, asked: Asked) -> str:
    # An artist is asked for by number: of a name any other may hold a part.
    said = {"artist_id": one.id} if by == "artist" else {by: one.name}
    return url_for(".index", **said, **asked.query)


def _paid(one: Spent, asked: Asked) -> Paid:
    days: dict[str, Any] = {
        "purchased_from": f"{one.year}-01-01",
        "purchased_to": f"{one.year}-12-31",
    }
    return Paid(
        one.year,
        one.currency,
        one.records,
        price_text(one.paid),
        price_text(round(one.paid / one.records)),
        url_for(".index", **days, **asked.query),
    )


def _averages(spent: Sequence[Spent]) -> list[Average]:
    records: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for one in spent:
        records[one.currency] += one.records
        paid[one.currency] += one.paid
    most_first = sorted(records, key=lambda currency: (-records[currency], currency))
    return [
        Average(currency, records[currency], price_text(round(paid[currency] / records[currency])))
        for currency in most_first
    ]


def _many(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _told(found: Sequence[Group]) -> list[dict[str, Any]]:
    return [one._asdict() for one in found]

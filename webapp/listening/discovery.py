"""Discovery: how many artists were new in each month, and who they were."""

from collections import defaultdict

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from database import play_discovery, play_ranks, play_shared
from webapp import forms
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import asked
from webapp.listening.downloads import Table

_MOST = 100
_LAST = 9_998


class Chosen(BaseModel):
    """Of which year the new artists are listed."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    year: int | None = Field(None, ge=1900, le=_LAST, description="A year like 2026.")


@bp.get("/discovery")
def discovery() -> ResponseReturnValue:
    chosen = forms.read(Chosen, request.args)
    with reading() as session:
        wanted = asked(session)
        whose = wanted.whose
        known = play_ranks.years(session, whose)
        year = chosen.year or (known[-1] if known else 0)
        months = play_discovery.by_month(session, whose)
        new = play_discovery.of_year(session, whose, year, _MOST) if year else []
        firsts = (
            play_shared.brought_in(session, [one.artist_id for one in new[:20]], wanted.seen_ids)
            if whose.is_household
            else {}
        )
    trend = pieces.of_counts(
        [
            (pieces.month_iso(month), pieces.month_words(month), months.get(month, 0))
            for month in _months(year)
        ],
        "new artist",
    )
    tables = {
        "months": Table(
            ("month", "artists"),
            [(pieces.month_iso(month), months[month]) for month in sorted(months)],
        ),
        "artists": pieces.new_table(new),
    }
    return downloads.answer(
        "listening/discovery.html",
        wanted,
        tables,
        year=year,
        years=known,
        sums=_by_year(months),
        trend=trend,
        new=new,
        firsts=firsts,
        most=_MOST,
        month_words=pieces.month_words,
    )


def _months(year: int) -> list[int]:
    return [year * 100 + month for month in range(1, 13)] if year else []


def _by_year(months: dict[int, int]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for month, artists in months.items():
        sums[month // 100] += artists
    return dict(sorted(sums.items(), reverse=True))

"""The home of listening: totals, tops, the trend, when, and what plays now."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock
from database import now_playing, play_how, play_lists, play_streaks, play_tops
from database.play_streaks import Sittings
from database.play_tops import Totals
from database.play_windows import ALWAYS
from webapp.charts import HeatMap
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import Asked, asked
from webapp.listening.pieces import HOURS, WEEKDAYS, Day

_TOPS, _LAST = 10, 8
_MOST_FOR_SITTINGS = 10_000


class Change(NamedTuple):
    """How much more than in the window before, in per cent; `words`: which window that is."""

    plays: int
    ms: int
    words: str


@bp.get("/")
def index() -> ResponseReturnValue:
    """All at a glance: of this month, or where it has nothing of all time."""
    with reading() as session:
        wanted = asked(session, "month")
        days = play_tops.days(session, wanted.whose, wanted.window)
        if not days and not wanted.is_chosen:
            wanted = asked(session, "all")
            days = play_tops.days(session, wanted.whose, wanted.window)
        said = _shown(session, wanted, days)
    trend, tops = said["trend"], said["tops"]
    tables = {
        **{kind: pieces.tops_table(found, kind) for kind, found in tops.items()},
        "trend": trend.table,
        "hours": pieces.hours_table(said["hours"]),
    }
    return downloads.answer("listening/index.html", wanted, tables, **said)


def _shown(session: Session, wanted: Asked, days: Sequence[Day]) -> dict[str, Any]:
    whose, window = wanted.whose, wanted.window
    always = days if window == ALWAYS else play_tops.days(session, whose, ALWAYS)
    hours = play_tops.hours(session, whose, window)
    most = pieces.rankings(session, whose, window, _TOPS)
    totals = pieces.total(days)
    return {
        "totals": totals,
        "distinct": {kind: ranking.in_all for kind, ranking in most.items()},
        "change_": _change(session, wanted, totals),
        "tops": {kind: ranking.tops for kind, ranking in most.items()},
        "covers": pieces.covers(session, most["albums"].tops),
        "trend": pieces.trend(days, wanted),
        "hours": hours,
        "heat": HeatMap.of(hours, columns=HOURS),
        "weekdays": WEEKDAYS,
        "streaks": play_streaks.streaks([day for day, _, _ in always], clock.today(wanted.zone)),
        "sittings": _sittings(session, wanted, totals),
        "playing": now_playing.current(session, wanted.seen_ids),
        "last": play_lists.latest(session, wanted.seen_ids, _LAST),
        "is_estimated": play_how.has_estimates(session, whose, *wanted.months),
        "has_any": bool(always),
    }


def _change(session: Session, wanted: Asked, now: Totals) -> Change | None:
    before = wanted.before
    if before is None:
        return None
    was = play_tops.totals(session, wanted.whose, before)
    if not was.plays or not was.ms:
        return None
    return Change(
        round(100 * (now.plays - was.plays) / was.plays),
        round(100 * (now.ms - was.ms) / was.ms),
        wanted.before_words,
    )


def _sittings(session: Session, wanted: Asked, totals: Totals) -> Sittings | None:
    """Return a person's sittings; of a household, or of more plays than can be read, none."""
    if wanted.whose.is_household or not 0 < totals.plays <= _MOST_FOR_SITTINGS:
        return None
    return play_streaks.sittings(session, wanted.whose.id, wanted.window)

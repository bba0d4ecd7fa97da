"""Numbers of any window, anybody's, equal a plain count of the plays in it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.plays import EARLIEST, Heard, Named, Source, row_key
from database import listeners, play_edits, play_tops, play_windows
from database.listeners import Whose
from database.models import Artist, Play
from database.owner import Owner
from database.play_intake import Intake
from database.play_sums import Kind
from database.play_windows import Window
from tests import factories, plays

_BERLIN, _AUCKLAND, _HONOLULU = "Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu"
_HOUSES = [
    (_BERLIN,),
    (_BERLIN, _BERLIN),
    (_BERLIN, _BERLIN, _AUCKLAND, _HONOLULU),
    # Days that begin at one, or not at all, or that have two midnights.
    ("America/Sao_Paulo", "America/Havana"),
    ("Pacific/Apia",),
]
_NAMES = (
    Named("Vitamin C", ("Can", "A guest"), "Ege Bamyasi"),
    Named("Vitamin C", ("Can",), "Anthology"),
    Named("Field recording"),
    Named("Super", ("Neu!", "CAN!"), "Neu! 2"),
    Named("Together", ("Can", "CAN!"), "Split"),
)
_TURNS = (  # where years, months, summer time and weeks begin
    *(datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2011, 2012, 2024, 2025)),
    *(datetime(2024, month, 31, tzinfo=UTC) for month in (3, 5, 10, 12)),
    datetime(2018, 11, 4, tzinfo=UTC),
    datetime(2024, 11, 3, tzinfo=UTC),
    datetime(2011, 12, 30, tzinfo=UTC),
    datetime(2024, 7, 1, tzinfo=UTC),
)
_HOURS = (-26, -25, -14, -13, -11, -10, -2, -1, 0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 24, 26)
_MOMENTS = sorted(
    {EARLIEST}
    | {clock.moment(turn) + hours * clock.HOUR for turn in _TURNS for hours in _HOURS}
    | {clock.moment(datetime(2024, 1, 7, tzinfo=UTC)) + n * 5 * clock.DAY for n in range(70)}
)
_YEAR_1, _YEAR_9999 = (clock.moment(datetime(year, 2, 1, tzinfo=UTC)) for year in (1, 9999))

_ends = some.one_of(
    some.none(),
    some.sampled_from([_YEAR_1, EARLIEST - 1, _YEAR_9999]),
    some.builds(lambda at, off: at + off, some.sampled_from(_MOMENTS), some.integers(-1, 1)),
    some.builds(
        lambda day, zone: play_windows.midnight(day, clock.zone(zone)),
        some.one_of(
            some.sampled_from([turn.date() for turn in _TURNS]),
            some.dates(date(2010, 1, 1), date(2026, 1, 1)),
            some.sampled_from([date(year, 1, 1) for year in range(2010, 2027)]),
        ),
        some.sampled_from([zone for house in _HOUSES for zone in house]),
    ),
)
_windows = some.tuples(_ends, _ends).filter(
    lambda ends: ends[0] is None or ends[1] is None or ends[0] < ends[1]
)


@pytest.fixture(params=_HOUSES, ids=lambda house: "+".join(zone.split("/")[1] for zone in house))
def people(request: pytest.FixtureRequest, session: Session) -> list[int]:
    """A house full of plays at moments where something turns; one artist counts as another."""
    ids = [factories.person(session, zone=zone).id for zone in request.param]
    for nth, person_id in enumerate(ids):
        heard = [
            Heard(
                _NAMES[(n + nth) % len(_NAMES)],
                at,
                Source.SPOTIFY_EXTENDED,
                row_key(Source.SPOTIFY_EXTENDED, at),
                ms_played=5_000 if n % 9 == 0 else 60_000 + n % 7,
            )
            for n, at in enumerate(_MOMENTS)
        ]
        Intake(person_id).take(session, heard)
    named = {name: id_ for id_, name in session.execute(select(Artist.id, Artist.name))}
    play_edits.merge(session, "artists", named["CAN!"], named["Can"], Owner(ids[0], is_admin=True))
    return ids


class _Plain:
    """All plays that count, and what each counts for."""

    def __init__(self, session: Session) -> None:
        items = plays.Items(session)
        self._plays = [
            (play, [(kind, item) for kind, item, _ in items.of(play)])
            for play in session.scalars(select(Play).where(Play.standing == 0))
        ]

    def counted(self, whose: Whose, window: Window) -> dict[Kind, dict[int, tuple[int, int]]]:
        """Return plays and milliseconds in a window, by kind and item."""
        since = window.since if window.since is not None else -float("inf")
        until = window.until if window.until is not None else float("inf")
        found: dict[Kind, dict[int, tuple[int, int]]] = {kind: {} for kind in Kind}
        for play, items in self._plays:
            if play.person_id in whose.person_ids and since <= play.started_at < until:
                for kind, item in items:
                    many, ms = found[kind].get(item, (0, 0))
                    found[kind][item] = (many + 1, ms + play.ms)
        return found


def test_any_window_is_as_counted_play_by_play(session: Session, people: list[int]) -> None:
    plain = _Plain(session)
    household = listeners.household(session)
    some_owner = Owner(people[0], is_admin=True)
    asked = [household, *(listeners.seen_by(session, one, some_owner) for one in people)]

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @example((None, None), household)
    @given(_windows, some.sampled_from(asked))
    def check(ends: tuple[int | None, int | None], whose: Whose) -> None:
        window = Window(*ends)
        wanted = plain.counted(whose, window)
        for kind in (Kind.ARTIST, Kind.PRIMARY, Kind.ALBUM, Kind.TRACK):
            ranked = play_tops.ranking(session, whose, kind, window, limit=100)
            assert _by_item([(one.item, one.plays, one.ms) for one in ranked.tops]) == wanted[kind]
            assert ranked.in_all == len(wanted[kind])
            assert play_tops.distinct(session, whose, kind, window) == len(wanted[kind])
            first = ranked.tops[:2]
            assert play_tops.tops(session, whose, kind, window, limit=2) == first
        days = play_tops.days(session, whose, window)
        assert _by_item(days) == wanted[Kind.DAY]
        hours = wanted[Kind.HOUR]
        assert play_tops.hours(session, whose, window) == [
            hours.get(hour, (0, 0))[0] for hour in range(168)
        ]
        assert play_tops.totals(session, whose, window) == (
            sum(many for many, _ in hours.values()),
            sum(ms for _, ms in hours.values()),
        )

    check()


def _by_item(rows: list[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    """Return (plays, milliseconds) by item; whole numbers, as JSON has no others of them."""
    assert all(type(number) is int for row in rows for number in row)
    return {item: (many, ms) for item, many, ms in rows}

"""Whatever happens to plays, in whatever order: what is kept equals a recount from the plays."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput
from core.plays import Context, Heard, Mark, Named, Source, row_key
from database import (
    listeners,
    play_corrections,
    play_edits,
    play_removal,
    play_settling,
    play_sums,
)
from database.engine import Database
from database.models import Album, Artist, Listener, Play, PlayEdit, Track
from database.owner import Owner
from database.play_choices import Choice
from database.play_corrections import Said
from database.play_intake import Intake
from tests import factories, plays

_AT = 1_700_000_000_000  # an evening in November
_NAMES = (
    Named("Blue", ("Ana",), "First"),
    Named("Blue", ("Ana",), "Best of"),
    Named("BLUE (2009 Remaster)", ("Ana",), "First"),
    Named("Blue (feat. Bo)", ("ana",)),
    Named("Night", ("Bo", "Ana"), "Second", "Bo"),
    Named("Nacht", ("Bo",), "Second", "Bo"),
    Named("Episode 1", kind="podcast", credit="A show"),
)
_IDS = ((), (("spotify", "n1"),), (("isrc", "x"), ("spotify", "b1")))
_SOURCES = (
    Source.SPOTIFY_EXTENDED,
    Source.SCROBBLE,
    Source.LASTFM,
    Source.SPOTIFY_ACCOUNT,
    Source.LASTFM_MINUTES,
)
_CONTEXTS = (
    None,
    Context(client="Navidrome", reason_end=None),
    Context(client="pano", platform="android"),
    Context(platform="ios", reason_end="trackdone"),
    Context(platform="ios", reason_end="fwdbtn", is_skipped=True),
)


_FEW = some.integers(0, 9)
_EDITS = some.sampled_from(("add", "change", "delete", "not me", "give"))
_WHEN = tuple(
    datetime.fromtimestamp(_AT / 1000 + seconds, UTC) for seconds in (0, 20, 190, 3_600, 90_000)
)


@some.composite
def heard(draw: some.DrawFn) -> Heard:
    """A play of few songs within few minutes, or a day or some months later."""
    source = draw(some.sampled_from(_SOURCES))
    seconds = draw(some.integers(0, 12)) * 15 + draw(
        some.sampled_from((0, 0, 0, 86_000, 86_400, 200 * 86_400))
    )
    started_at = _AT + 1000 * seconds
    if source is Source.LASTFM_MINUTES:
        started_at -= started_at % 60_000
    ms_played = None
    if source.tells_how_long:
        ms_played = draw(some.sampled_from((0, 15_000, 30_000, 45_000, 180_000)))
    ended_at = None
    if source is Source.SPOTIFY_EXTENDED and ms_played is not None:
        ended_at = started_at + ms_played + draw(some.sampled_from((0, 0, 90_000)))
    named = draw(some.sampled_from(_NAMES))
    return Heard(
        named,
        started_at,
        source,
        row_key(source, started_at, named, ms_played),
        ms_played,
        ended_at,
        draw(some.sampled_from((None, None, 60_000, 200_000))),
        draw(some.sampled_from(_CONTEXTS)),
        draw(some.sampled_from(_IDS)),
    )


class History(RuleBasedStateMachine):
    """Two people and a house, to whose plays everything happens."""

    session: Session

    @initialize()
    def two_people(self) -> None:
        self.session.execute(text("DELETE FROM play_sums"))
        for table in ("plays", "listeners", "tracks", "albums", "track_artists", "track_names"):
            self.session.execute(text(f"DELETE FROM {table}"))
        self.session.execute(text("DELETE FROM play_edits"))
        self.session.execute(text("DELETE FROM people"))
        self.session.execute(text("DELETE FROM artists"))
        zones = ("Europe/Berlin", "America/New_York")
        self.people = [factories.person(self.session, zone=zone).id for zone in zones]

    @rule(who=some.integers(0, 1), batch=some.lists(heard(), min_size=1, max_size=8))
    def bring(self, who: int, batch: list[Heard]) -> None:
        Intake(self.people[who]).take(self.session, batch)

    @rule(who=some.integers(0, 1), nth=some.integers(0, 20), many=some.integers(1, 6))
    def take_back(self, who: int, nth: int, many: int) -> None:
        rows = self._rows(who)[nth : nth + many]
        ids = [row.id for row in rows]
        listeners.lock(self.session)
        play_removal.remove(self.session, ids)

    @rule(
        who=some.integers(0, 1),
        nth=some.integers(0, 20),
        mark=some.sampled_from((None, *map(int, Mark))),
    )
    def mark(self, who: int, nth: int, mark: int | None) -> None:
        rows = self._rows(who)[nth : nth + 2]
        listeners.lock(self.session)
        for row in rows:
            self.session.execute(update(Play).where(Play.id == row.id).values(mark=mark))
        moments = [row.started_at for row in rows]
        play_settling.settle(self.session, self.people[who], moments, everything=True)

    @rule(who=some.integers(0, 1), counted=some.sampled_from(listeners.RULES))
    def change_the_rule(self, who: int, counted: str) -> None:
        listeners.lock(self.session)
        self.session.execute(
            update(Listener).where(Listener.person_id == self.people[who]).values(rule=counted)
        )
        moments = [row.started_at for row in self._rows(who)]
        play_settling.settle(self.session, self.people[who], moments, everything=True)

    @rule(who=some.integers(0, 1))
    def leave_or_join_the_household(self, who: int) -> None:
        listener = self.session.get(Listener, self.people[who], populate_existing=True)
        if listener is None:
            return
        is_joint = not listener.is_joint
        listeners.lock(self.session)
        self.session.execute(
            update(Listener)
            .where(Listener.person_id == listener.person_id)
            .values(is_joint=is_joint)
        )
        play_sums.join_household(self.session, listener.person_id, is_joint=is_joint)

    @rule(kind=some.sampled_from(("artists", "albums", "tracks")), one=_FEW, other=_FEW)
    def merge(self, kind: str, one: int, other: int) -> None:
        table: Any = {"artists": Artist, "albums": Album, "tracks": Track}[kind]
        ids = list(self.session.scalars(select(table.id).order_by(table.id)))
        owner = Owner(self.people[0], is_admin=True)
        if ids:
            with suppress(InvalidInput):
                play_edits.merge(
                    self.session, kind, ids[one % len(ids)], ids[other % len(ids)], owner
                )

    @rule(who=some.integers(0, 1), edit=_EDITS, nth=some.integers(0, 20), named=_FEW)
    def correct(self, who: int, edit: str, nth: int, named: int) -> None:
        self._correct(who, edit, nth, named)

    @rule(who=some.integers(0, 1), edit=_EDITS, nth=some.integers(0, 20), named=_FEW)
    def correct_and_undo(self, who: int, edit: str, nth: int, named: int) -> None:
        before = self._numbers()
        if self._correct(who, edit, nth, named):
            self._undo(0)
            assert self._numbers() == before

    @rule(nth=some.integers(0, 3))
    def undo(self, nth: int) -> None:
        # One that others build upon is to be undone after them.
        with suppress(Conflict):
            self._undo(nth)

    def _undo(self, nth: int) -> None:
        query = select(PlayEdit).where(PlayEdit.undone_at.is_(None)).order_by(PlayEdit.id.desc())
        if edit := self.session.scalars(query.offset(nth)).first():
            assert play_edits.undo(self.session, edit, Owner(edit.person_id)) is None

    def _correct(self, who: int, edit: str, nth: int, named: int) -> bool:
        person_id, other = self.people[who], self.people[1 - who]
        owner, rows = Owner(person_id), self._rows(who)[nth : nth + 2]
        title = ("Blue", "Night", "Grey")[named % 3]
        said = Said(title=title, artists="Bo; Ana", at=_WHEN[named % len(_WHEN)])
        with suppress(InvalidInput, Conflict):
            if edit == "add":
                play_corrections.add(self.session, person_id, said, owner, None)
            elif edit == "change":
                for row in rows[:1]:
                    play_corrections.change(self.session, row.id, said, owner)
            elif edit == "delete":
                ids = [row.id for row in rows]
                play_corrections.delete(self.session, person_id, ids, owner)
            else:
                to = other if edit == "give" else None
                choice = Choice(artist=("Ana", "Bo")[named % 2])
                play_corrections.not_me(self.session, person_id, choice, owner, to)
            return edit != "change" or bool(rows)
        return False

    def _numbers(self) -> tuple[Any, ...]:
        self.session.expire_all()
        # Those of the household begin to be kept with the second who listens.
        sums = {key: told for key, told in plays.sums(self.session).items() if key[0]}
        return sums, plays.tallies(self.session), plays.kept(self.session)

    def _rows(self, who: int) -> list[Play]:
        query = select(Play).where(Play.person_id == self.people[who]).order_by(Play.row_key)
        return list(self.session.scalars(query))

    @invariant()
    def all_is_as_counted_anew(self) -> None:
        self.session.expire_all()
        assert not plays.differences(plays.kept(self.session), plays.settled(self.session))
        summed, tallied = plays.recounted(self.session)
        assert not plays.differences(plays.sums(self.session), summed)
        assert not plays.differences(plays.tallies(self.session), tallied)


@pytest.mark.slow
def test_after_any_mix_sums_and_duplicates_equal_a_recount(db: Database) -> None:
    wanted = settings(
        max_examples=60 if db.is_sqlite else 20,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    with db.writing() as session:
        machine = type("History", (History,), {"session": session})
        run_state_machine_as_test(machine, settings=wanted)


@pytest.fixture
def ana(session: Session) -> int:
    return factories.person(session, "ana").id


def test_the_same_twice_adds_nothing(session: Session, ana: int) -> None:
    one = Heard(_NAMES[0], _AT, Source.LASTFM, row_key(Source.LASTFM, 1))

    first = Intake(ana).take(session, [one])
    again = Intake(ana).take(session, [one, one])

    assert (first.added, first.known) == (1, 0)
    assert (again.added, again.known) == (0, 2)

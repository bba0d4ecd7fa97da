"""Many plays corrected and counted anew by the worker: in steps, whatever ends it half way."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.plays import Context, Heard, Named, Source, row_key
from core.settings import Settings
from database import (
    child_plays,
    children,
    goodbyes,
    people,
    play_corrections,
    play_edits,
    play_merges,
    play_recount,
)
from database.children import NewChild
from database.engine import Database
from database.models import Artist, Listener, Person, Play, PlayEdit, PlaySum, Task
from database.owner import Owner
from database.play_choices import Choice
from database.play_intake import Intake
from tests import factories, plays
from tests.worker.conftest import StartWorker, WaitFor, result_of
from tests.worker.listening import begin
from worker_jobs.corrections import correct_plays, undo_play_edit
from worker_jobs.goodbyes import remove_child, remove_person
from worker_jobs.recounting import count_by_rules, join_household, recount_plays
from worker_jobs.run import Cancelled

AT = 1_600_000_000_000
PHONE = Context(client="phone", platform="android")
MANY = 300


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_edits, "CHUNK", 50)
    monkeypatch.setattr(play_merges, "AT_ONCE", 50)


def heard(nth: int) -> Heard:
    at = AT + nth * 7_200_000
    artist = ("Can", "CAN!", "Neu!")[nth % 3]
    return Heard(
        Named(f"Song {nth % 40}", (artist,), "One"), at, Source.SPOTIFY_EXTENDED,
        row_key(Source.SPOTIFY_EXTENDED, at), 20_000 + 1_000 * (nth % 30),
        context=PHONE if nth % 2 else None,
    )  # fmt: skip


@pytest.fixture
def ana(db: Database) -> int:
    with db.writing() as session:
        factories.person(session, "root", is_admin=True)
        person_id = factories.person(session, "ana").id
        Intake(person_id).take(session, [heard(nth) for nth in range(MANY)])
    return person_id


def numbers(db: Database) -> tuple[Any, ...]:
    with db.reading() as session:
        return plays.sums(session), plays.tallies(session), plays.kept(session)


def check(db: Database) -> None:
    with db.reading() as session:
        summed, tallied = plays.recounted(session)
        assert plays.differences(plays.sums(session), summed) == {}
        assert plays.differences(plays.tallies(session), tallied) == {}


def counted(db: Database, person_id: int) -> int:
    with db.reading() as session:
        query = select(func.count()).where(Play.person_id == person_id, Play.standing == 0)
        return session.scalar(query) or 0


def asked(db: Database, do: Callable[..., Any], *said: Any, **more: Any) -> int:
    """Put in a task; return its id."""
    with db.writing() as session:
        task = do(session, *said, **more)
        assert task is not None
        return int(task.id)


def args_of(db: Database, task_id: int) -> dict[str, Any]:
    with db.reading() as session:
        return session.get_one(Task, task_id).args


def test_many_are_marked_step_by_step_and_unmarked_again(
    db: Database, settings: Settings, ana: int
) -> None:
    before = numbers(db)
    chosen = Choice(words="phone")
    task = asked(db, play_corrections.not_me, ana, chosen, Owner(ana), None)
    run = begin(db, settings, Owner(ana))

    run.cancel_at = 3
    with pytest.raises(Cancelled):
        correct_plays(args_of(db, task), run)
    check(db)
    assert 0 < len(_marked(db)) < MANY // 2
    run.cancel_at = None
    assert correct_plays(args_of(db, task), run)["plays"] == MANY // 2
    assert correct_plays(args_of(db, task), run)["plays"] == MANY // 2
    check(db)

    with db.writing() as session:
        undo = play_edits.undo(session, session.scalars(select(PlayEdit)).one(), Owner(ana))
    assert undo is not None
    undo_play_edit(args_of(db, undo.id), run)
    # Once taken back, its task does nothing more.
    correct_plays(args_of(db, task), run)
    check(db)
    assert numbers(db) == before


def _marked(db: Database) -> list[int]:
    with db.reading() as session:
        return list(session.scalars(select(Play.id).where(Play.mark.is_not(None))))


def test_a_large_merge_is_a_task_and_so_is_its_undo(
    db: Database, settings: Settings, ana: int
) -> None:
    before = numbers(db)
    with db.reading() as session:
        ids = {row[1]: row[0] for row in session.execute(_artists())}
    task = asked(db, play_edits.merge, "artists", ids["CAN!"], ids["Can"], Owner(ana))
    run = begin(db, settings, Owner(ana))

    assert correct_plays(args_of(db, task), run)["plays"] == MANY // 3
    check(db)
    with db.writing() as session:
        undo = play_edits.undo(session, session.scalars(select(PlayEdit)).one(), Owner(ana))
    assert undo is not None
    undo_play_edit(args_of(db, undo.id), run)

    assert numbers(db) == before


def _artists() -> Any:
    return select(Artist.id, Artist.name)


def test_another_rule_is_counted_month_by_month(db: Database, settings: Settings, ana: int) -> None:
    run = begin(db, settings, Owner(ana))
    foretold = count_by_rules({"person": ana}, run)["counts"]
    task = asked(db, play_recount.set_rule, ana, "all", Owner(ana))

    run.cancel_at = len(run.said) + 1
    with pytest.raises(Cancelled):
        recount_plays(args_of(db, task), run)
    run.cancel_at = None
    recount_plays(args_of(db, task), run)

    check(db)
    assert counted(db, ana) == foretold["all"] == MANY
    assert foretold["30s"] == MANY // 3 * 2


def test_who_leaves_the_household_takes_their_plays_along(
    db: Database, settings: Settings, ana: int
) -> None:
    said = play_recount.Seen(is_joint=False, is_shared=True)
    task = asked(db, play_recount.set_seen, ana, said, Owner(ana))

    for _ in range(2):
        join_household(args_of(db, task), begin(db, settings, Owner(ana)))

    check(db)
    with db.reading() as session:
        assert session.scalars(select(PlaySum).where(PlaySum.whose == 0)).all() == []
        assert not session.get_one(Listener, ana).is_joint


@pytest.mark.parametrize("give_back", [True, False])
def test_a_child_is_removed_with_its_plays_or_without(
    db: Database, settings: Settings, ana: int, *, give_back: bool
) -> None:
    before = numbers(db)[2]
    with db.writing() as session:
        child = children.add(session, ana, NewChild(name="kim"))
        child_id = child.id
    given = asked(db, play_corrections.not_me, ana, Choice(words="phone"), Owner(ana), child_id)
    run = begin(db, settings, Owner(ana))
    correct_plays(args_of(db, given), run)
    check(db)
    assert counted(db, child_id) == MANY // 3

    with db.writing() as session:
        child = session.get_one(Person, child_id)
        task = child_plays.ask_remove(session, child, Owner(ana), give_back=give_back)
    for _ in range(2):
        remove_child(args_of(db, task.id), run)

    check(db)
    assert (numbers(db)[2] == before) is give_back
    with db.reading() as session:
        assert session.get(Person, child_id) is None


def test_who_has_many_plays_is_removed_step_by_step(
    db: Database, settings: Settings, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goodbyes, "AT_ONCE", 50)
    monkeypatch.setattr(people, "_PLAYS", 50)
    with db.writing() as session:
        bo = factories.person(session, "bo").id
        Intake(bo).take(session, [heard(nth) for nth in range(60)])
        kim = children.add(session, ana, NewChild(name="kim")).id
        Intake(kim).take(session, [heard(nth) for nth in range(60)])
        root = people.named(session, "root").id
    task = asked(db, goodbyes.ask, ana, Owner(root, is_admin=True))
    run = begin(db, settings, Owner(root))

    run.cancel_at = 4
    with pytest.raises(Cancelled):
        remove_person(args_of(db, task), run)
    check(db)
    assert 0 < counted(db, ana) < MANY // 2
    run.cancel_at = None
    for _ in range(2):
        remove_person(args_of(db, task), run)

    check(db)
    with db.reading() as session:
        assert {one.name for one in people.listed(session)} == {"root", "bo"}
        assert set(session.scalars(select(Play.person_id))) == {bo}
        assert set(session.scalars(select(PlaySum.whose))) == {bo}


def test_a_killed_workers_correction_is_finished_by_the_next(
    db: Database, ana: int, start_worker: StartWorker, wait_for: WaitFor
) -> None:
    with db.writing() as session:
        # Enough for a while.
        Intake(ana).take(session, [heard(nth) for nth in range(MANY, 20 * MANY)])
    task = asked(db, play_corrections.not_me, ana, Choice(words="phone"), Owner(ana), None)
    first = start_worker("long")
    while not _marked(db):
        wait_for(task, "WAITING", "PROGRESSING", "COMPLETE")
    first.kill()
    first.wait()

    start_worker("long")
    wait_for(task, "COMPLETE")

    check(db)
    assert result_of(db, task)["plays"] == len(_marked(db)) == 10 * MANY

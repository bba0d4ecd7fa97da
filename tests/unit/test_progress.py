"""What a task says of itself: shown while it can be, and never in the way."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from core import clock
from database.engine import Database


def test_what_was_said_last_is_read(db: Database) -> None:
    db.progress.say(1, 1, "Fetching posters", 3, 12)
    db.progress.say(1, 1, "Fetching posters", 4, 12)

    found = db.progress.read(1)

    assert found is not None
    assert found[:4] == (1, "Fetching posters", 4, 12)
    assert abs(found.at - clock.now()) < clock.MINUTE
    assert db.progress.read(2) is None


def test_a_word_of_an_older_attempt_changes_nothing(db: Database) -> None:
    db.progress.say(1, 2, "the second", None, None)
    db.progress.say(1, 1, "late", None, None)

    found = db.progress.read(1)

    assert found is not None
    assert (found.attempt, found.msg) == (2, "the second")


def test_it_is_taken_down(db: Database) -> None:
    for task_id in (1, 2):
        db.progress.say(task_id, 1, "words", None, None)
    db.progress.forget_task(1)
    assert db.progress.read(1) is None

    db.progress.forget_older(clock.now() + 1)
    assert db.progress.read(2) is None


def test_a_letter_that_no_column_holds_is_left_out(db: Database) -> None:
    db.progress.say(1, 1, "Reading a\0b.csv", None, None)

    found = db.progress.read(1)
    assert found is not None
    assert found.msg == "Reading ab.csv"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_board_that_is_gone_is_made_anew(db: Database) -> None:
    db.progress.say(1, 1, "before", None, None)
    file = db.progress.file
    assert file is not None
    shutil.rmtree(file.parent)
    db.progress.say(1, 1, "lost", None, None)
    file.parent.mkdir()

    db.progress.say(1, 1, "after", None, None)

    found = db.progress.read(1)
    assert found is not None
    assert found.msg == "after"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_board_that_is_broken_costs_no_task_anything(db: Database) -> None:
    db.progress.say(1, 1, "before", None, None)
    assert db.progress.file is not None
    with closing(sqlite3.connect(db.progress.file)) as other:
        other.execute("DROP TABLE task_progress")
        other.execute("CREATE VIEW task_progress AS SELECT 1")

    db.progress.say(1, 1, "after", None, None)

    assert db.progress.read(1) is None

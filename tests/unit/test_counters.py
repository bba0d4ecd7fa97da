"""What is counted is counted once, by however many processes, and costs nobody anything."""

import multiprocessing
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import counters, in_memory
from core.counters import Board
from core.settings import Settings

PROCESSES, TIMES = 4, 500


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = Board(tmp_path / "counts")
    yield made
    made.close()


def _count(file: Path) -> None:
    mine = Board(file)
    for number in range(TIMES):
        mine.add("requests 2xx", 1)
        mine.add(f"calls {number % 7}", 2)


def test_several_processes_count_together(board: Board, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    started = [spawn.Process(target=_count, args=(tmp_path / "counts",)) for _ in range(PROCESSES)]
    for one in started:
        one.start()
    for one in started:
        one.join()

    found = board.read()

    assert found.pop("requests 2xx") == PROCESSES * TIMES
    assert len(found) == 7 and sum(found.values()) == 2 * PROCESSES * TIMES


def test_so_do_those_that_were_forked(board: Board) -> None:
    children = []
    for _ in range(PROCESSES):
        child = os.fork()
        if child == 0:
            for _ in range(TIMES):
                board.add("attempts", 1)
            os._exit(0)
        children.append(child)
    ends = [os.waitpid(child, 0)[1] for child in children]

    assert ends == [0] * PROCESSES
    assert board.read() == {"attempts": PROCESSES * TIMES}


def test_the_next_to_open_it_goes_on(board: Board, tmp_path: Path) -> None:
    board.add("calls Letterboxd", 3)
    again = Board(tmp_path / "counts")
    again.add("calls Letterboxd", 1)

    found = again.read()

    again.close()
    assert found == {"calls Letterboxd": 4}


def test_a_long_name_is_cut_and_one_too_many_is_left_out(board: Board) -> None:
    board.add("ä" * 100, 1)
    for number in range(600):
        board.add(f"name {number}", 1)

    found = board.read()

    assert len(found) == 512
    assert max(len(name.encode()) for name in found) == 56
    assert found["name 510"] == 1 and "name 511" not in found


def test_counts_go_by_name_and_kind(tmp_path: Path) -> None:
    counters.use(Settings(data=tmp_path))
    counters.add("cache", "hit")
    counters.add("cache", "hit", 2)
    counters.add("calls", "The Cover Art Archive")

    assert counters.read() == {"cache": {"hit": 3}, "calls": {"The Cover Art Archive": 1}}
    leave(tmp_path)


def test_what_was_closed_counts_no_more(tmp_path: Path) -> None:
    board = Board(tmp_path / "counts")
    board.close()

    board.add("calls", 1)

    assert board.read() == {}


def test_a_house_that_cannot_count_goes_on(tmp_path: Path) -> None:
    place = in_memory.folder(tmp_path / "needledrop.sqlite3")
    (place / "counts").mkdir()

    counters.use(Settings(data=tmp_path))
    counters.add("cache", "hit")

    assert counters.read() == {}
    leave(tmp_path)


def test_a_link_that_lies_where_the_folder_belongs_is_not_followed(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "needledrop.sqlite3", tmp_path / "elsewhere"
    place = in_memory.folder(file)
    place.rmdir()
    elsewhere.mkdir()
    place.symlink_to(elsewhere)

    assert in_memory.folder(file) == tmp_path
    place.unlink()


def leave(data: Path) -> None:
    shutil.rmtree(in_memory.folder(data / "needledrop.sqlite3"))

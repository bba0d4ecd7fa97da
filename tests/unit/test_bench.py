"""The measurements keep to themselves: nothing of the real house is read or touched."""

import time
from pathlib import Path

import pytest

from bench import memory, postgres


def test_the_programs_measured_get_none_of_the_settings_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs.sqlite3"
    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", f"sqlite:///{theirs}")
    until = time.monotonic() + 30

    with memory.house(tmp_path / "data") as (web, worker):
        while not (tmp_path / "data" / "house").exists() and time.monotonic() < until:
            assert web.is_alive and worker.is_alive
            time.sleep(0.05)

    assert (tmp_path / "data" / "needledrop.sqlite3").exists()
    assert not theirs.exists()


def test_without_postgresql_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PROGRAMS", tmp_path)

    with pytest.raises(SystemExit, match="sudo apt install postgresql"), postgres.server(tmp_path):
        pass

"""What each process loads when it starts: memory on a small machine is dear."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.settings import ROOT

HEAVY = {"PIL", "lxml", "numpy", "alembic", "redis", "cryptography", "psycopg", "requests"}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("from webapp import create_app; create_app()", HEAVY),
        (
            "import worker; from core.settings import load; worker.prepare(load())",
            HEAVY | {"flask"},
        ),
    ],
)
def test_nothing_heavy_is_loaded(tmp_path: Path, code: str, unwanted: set[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sorted(sys.modules))"],
        cwd=ROOT,
        env={"NEEDLEDROP_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert loaded & unwanted == set()


def test_the_pages_of_a_house_with_people_start_while_somebody_writes(tmp_path: Path) -> None:
    def run(*arguments: str, told: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={"NEEDLEDROP_DATA": str(tmp_path), "NEEDLEDROP_HOST": "127.0.0.1"},
            input=told,
            capture_output=True,
            text=True,
            check=False,
        )

    add = "-m", "webapp", "user", "add", "ada", "--admin", "--password-stdin"
    added = run(*add, told="needles and records\n")
    assert added.returncode == 0, added.stderr
    # All is in the file that somebody may copy now.
    assert not list(tmp_path.glob("*-wal"))
    greet = (
        "import server; from webapp.database import KEY; server.greet(server.app.extensions[KEY])"
    )

    with closing(sqlite3.connect(tmp_path / "needledrop.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = run("-c", greet)

    assert started.returncode == 0, started.stderr
    assert "Needledrop is at" in started.stdout

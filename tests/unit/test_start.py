"""What each process loads when it starts: memory on a small machine is dear."""

import subprocess
import sys
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

"""The house itself: its lock, its scripts, and that it speaks of itself alone."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core.settings import ROOT

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def pins(file: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / file).read_text()))


def wanted(*, dev: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    if dev:
        lines += project["dependency-groups"]["dev"]
    return {found[0].lower() for line in lines if (found := _NAME.match(line))}


def test_all_that_is_wanted_is_locked() -> None:
    assert wanted(dev=False) <= pins("requirements.txt").keys()
    assert wanted(dev=True) <= pins("requirements-dev.txt").keys()


def test_one_version_for_those_who_run_it_and_those_who_change_it() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_index(file: str) -> None:
    text = (ROOT / file).read_text()

    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


@pytest.mark.parametrize(("shell", "script"), [("sh", "run"), ("bash", ".ci/run")])
def test_scripts_are_sound_and_executable(shell: str, script: str) -> None:
    file = ROOT / script

    assert subprocess.run([shell, "-n", file], check=False).returncode == 0
    assert file.stat().st_mode & 0o111


def test_only_the_database_speaks_sql() -> None:
    """Others may name a session, a row's class and an error; what is asked, they may not."""
    outside = [
        file
        for folder in (".", "core", "clients", "webapp", "worker_jobs")
        for file in (ROOT / folder).glob("*.py" if folder == "." else "**/*.py")
    ]

    found = [
        f"{file.relative_to(ROOT)}: {ast.unparse(node)}"
        for file in outside
        for node in ast.walk(ast.parse(file.read_text()))
        if _is_sql(node)
    ]

    assert len(outside) > 60
    assert found == []


# What of SQLAlchemy is no statement: the session as a type, an address, and what goes wrong.
_NO_SQL = {"sqlalchemy.orm": {"Session"}, "sqlalchemy": {"make_url"}}


def _is_sql(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name.partition(".")[0] == "sqlalchemy" for name in node.names)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if module.partition(".")[0] != "sqlalchemy" or module == "sqlalchemy.exc":
            return False
        return not {name.name for name in node.names} <= _NO_SQL.get(module, set())
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    asked, of = node.func.attr, node.func.value
    # Flask's `session` is a cookie: it knows `get`, of one key.
    is_sql = asked in _ASKS or (asked == "get" and len(node.args) > 1)
    return is_sql and isinstance(of, ast.Name) and of.id == "session"


_ASKS = {
    "add", "add_all", "delete", "execute", "flush", "get_one", "merge", "query", "refresh",
    "scalar", "scalars",
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy import select",
        "from sqlalchemy.orm import Session, aliased",
        "import sqlalchemy as sa",
        "session.get_one(Task, 1)",
        "session.get(Task, 1)",
        "with db.reading() as session: session.execute(x)",
    ],
)
def test_sql_is_known_when_it_is_seen(line: str) -> None:
    assert any(_is_sql(node) for node in ast.walk(ast.parse(line)))


def test_a_clone_without_the_samples_passes_and_says_what_it_left_out(tmp_path: Path) -> None:
    missing = {"NEEDLEDROP_TEST_ALL": "1", "NEEDLEDROP_TEST_SAMPLES": str(tmp_path / "none")}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/unit/test_letterboxd.py", "-k", "real_feed"],
        cwd=ROOT,
        env=os.environ | missing,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout and "no part of the repository" in done.stdout


def test_the_supervisor_loads_next_to_nothing() -> None:
    """It runs for as long as the house does, on machines where a megabyte counts."""
    code = (
        "import sys; before = set(sys.modules); import supervisor; "
        "print(*(set(sys.modules) - before))"
    )
    python = str(Path("/proc/self/exe").resolve())

    loaded = subprocess.run(
        [python, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    heavy = {"pathlib", "re", "subprocess", "ctypes", "logging", "dataclasses", "typing", "socket"}
    assert not heavy & set(loaded)

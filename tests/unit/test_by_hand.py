"""How the program says that it is called, in somebody's own folder and in an installed house."""

import ast
import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import by_hand
from core.settings import ROOT

OWN = Path("/home/ada/needledrop")
PARTS = ("core", "database", "clients", "webapp", "worker_jobs")


def installed() -> Path:
    """Return where install.sh lays a release; Python finds it past the link `current`."""
    library = re.search(
        r"^library=(\S+)$", (ROOT / "deploy/pi/install.sh").read_text(), re.MULTILINE
    )
    assert library
    return Path(library[1]) / "releases" / "7"


def test_where_somebody_has_it_in_a_folder_it_is_called_by_its_script() -> None:
    assert by_hand.command("user list", root=OWN) == "./run user list"
    assert by_hand.command(root=OWN) == by_hand.start(root=OWN) == "./run"


def test_where_it_is_installed_it_is_called_as_that_has_placed_it() -> None:
    assert by_hand.command("user list", root=installed()) == "sudo needledrop user list"
    assert by_hand.command(root=installed()) == "sudo needledrop"
    assert "/bin/needledrop\n" in (ROOT / "deploy/pi/install.sh").read_text()


def test_what_starts_an_installed_house_are_its_services() -> None:
    *words, web, worker = by_hand.start(root=installed()).split()

    assert words == ["sudo", "systemctl", "start"]
    for unit in (web, worker):
        assert (ROOT / "deploy/pi/systemd" / f"{unit}.service").is_file()


def test_a_folder_is_given_to_whom_the_program_runs_as_whoever_types_it() -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name

    assert by_hand.take_over(Path("/data")) == f"sudo chown -R {me} /data"


@pytest.mark.parametrize("part", PARTS)
def test_nobody_else_says_by_what_name_it_is_called(part: str) -> None:
    """A hint with ./run in it leads nowhere in a house that has none."""
    found = [
        f"{file.relative_to(ROOT)}:{said.lineno}"
        for file in (ROOT / part).rglob("*.py")
        if file != ROOT / "core" / "by_hand.py"
        for said in texts(ast.parse(file.read_text()))
        if "./run" in str(said.value)
    ]

    assert found == []


def test_no_page_says_so_either() -> None:
    pages = list((ROOT / "templates").rglob("*.html"))

    assert len(pages) > 20
    assert [page.name for page in pages if "./run" in page.read_text()] == []


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Give every text of a module but those that are for its readers."""
    notes = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node

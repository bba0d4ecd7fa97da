"""Of each drill there is a test, and a line in the document."""

import re
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.faults import drills
from tests.faults.drills import DRILLS

# What is done, what it promises, its tests: the table of figures further down has fewer columns.
_ROW = re.compile(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("name", DRILLS)
def test_its_tests_are_there(name: str) -> None:
    for named in DRILLS[name].tests:
        file, _, function = named.partition("::")
        held = (ROOT / "tests" / file).read_text()
        assert f"def {function or 'test_'}" in held


def test_the_document_tells_of_each_with_its_tests() -> None:
    told = dict(_ROW.findall((ROOT / "docs" / "faults.md").read_text()))

    assert {name: re.findall(r"`([^`]+)`", tests) for name, tests in told.items()} == {
        name: list(drill.tests) for name, drill in DRILLS.items()
    }


def test_each_drill_of_this_folder_belongs_to_one() -> None:
    held = {test.partition("::")[0] for drill in DRILLS.values() for test in drill.tests}

    here = {f"faults/{file.name}" for file in Path(__file__).parent.glob("test_*.py")}
    assert here - held == {"faults/test_drills.py"}


def test_a_tool_that_is_missing_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(drills.TOOLS, "strace", ("/usr/bin/no-such-tool", "strace"))

    assert drills.missing(["io-errors", "power"]) == ["strace"]


def test_what_is_no_drill_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert drills.main(["nonsense"]) == 1
    assert "There is no drill nonsense, only: kill, power" in capsys.readouterr().out

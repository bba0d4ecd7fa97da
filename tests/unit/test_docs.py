"""The documents: their links lead somewhere, and they tell of every command and folder."""

import re
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from core.settings import ROOT
from database.record_details import Purchase, Reactivation, Removal
from database.record_filters import Filter
from database.shelves import Rules

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"```.*?```", re.DOTALL)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_TOLD = {".py", ".md", ".css", ".html"}
_OWN = {"data", "demo-data", "build"}  # what a house makes for itself
# Those of Flask itself.
_FOREIGN = {"routes", "run", "shell"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = _LINK.findall(_CODE.sub("", document.read_text()))

    lost = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert lost == []


def test_the_tour_names_what_is_there() -> None:
    tour = (ROOT / "README.md").read_text().partition("## A tour of the tree")[2]
    block = tour.partition("```\n")[2].partition("```")[0]
    named = set(re.findall(r"[a-z_]+(?:\.py|\.sql|/)", block))

    above = (ROOT, ROOT / "tests", ROOT / "worker_jobs")
    assert [name for name in named if not any((place / name).exists() for place in above)] == []
    folders = {path.parent.name for path in ROOT.glob("[a-z]*/*") if path.suffix in _TOLD}
    assert {f"{folder}/" for folder in folders - _OWN} <= named


def commands(group: click.Group, before: str = "") -> list[tuple[str, click.Command]]:
    """Return every command with its whole name."""
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        whole = f"{before}{name}"
        if isinstance(command, click.Group):
            found += commands(command, f"{whole} ")
        elif whole not in _FOREIGN:
            found.append((whole, command))
    return found


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    from webapp.commands import house

    readme = (ROOT / "README.md").read_text()
    found = commands(house)

    assert len(found) >= 8
    assert [name for name, command in found if not (command.help or "").strip()] == []
    assert [name for name, _ in found if f"`./run {name}" not in readme] == []


@pytest.mark.parametrize("model", [Filter, Purchase, Removal, Reactivation, Rules])
def test_the_api_tells_of_every_field(model: type[BaseModel]) -> None:
    told = (ROOT / "docs" / "api.md").read_text()

    assert [name for name in model.model_fields if f"`{name}`" not in told] == []

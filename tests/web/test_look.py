"""How values are written, how far a record has played, and the rules that templates keep."""

import re
from pathlib import Path

import pytest
from flask import Flask

from core import clock
from core.settings import ROOT
from database.models import Task
from database.progress import Progress
from webapp import filters
from webapp.mosaics import spans
from webapp.tasks.state import Disc, State

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize(
    ("half_stars", "written"), [(None, ""), (1, "½"), (2, "★"), (9, "★★★★½"), (10, "★★★★★")]
)
def test_stars(half_stars: int | None, written: str) -> None:
    assert filters.stars(half_stars) == written


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (2_345_678, "2.3 MB"), (5 * 10**12, "5000.0 GB")],
)
def test_sizes_carry_their_unit(count: int, written: str) -> None:
    assert filters.size(count) == written


@pytest.mark.parametrize(
    ("value", "written"), [(7, "7"), (12_345, "12\u202f345"), (3.5, "3.5"), (4.0, "4")]
)
def test_numbers_have_thin_spaces_between_thousands(value: float, written: str) -> None:
    assert filters.number(value) == written


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (400, "just now"),
        (clock.SECOND, "1 second ago"),
        (150 * clock.SECOND, "2 minutes ago"),
        (25 * clock.HOUR, "1 day ago"),
        (-clock.HOUR, "just now"),
    ],
)
def test_how_long_ago(span: int, written: str) -> None:
    assert filters.ago(clock.now() - span) == written


@pytest.mark.parametrize(
    ("ms", "written"),
    [
        (0, "–"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_600_000, "1 h 0 min"),
        (48 * 3_600_000 - 1, "47 h 59 min"),
        (100 * 3_600_000, "4 d 4 h"),
        (30_000 * 3_600_000, "1\u202f250 d 0 h"),
    ],
)
def test_how_long_something_lasted(ms: int, written: str) -> None:
    assert filters.duration(ms).replace("\u00a0", " ") == written


def test_days_are_written_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        assert filters.day("2024-02-29") == "29 Feb 2024"
        assert filters.day(None) == "–"


def test_a_static_files_address_changes_with_its_content(app: Flask) -> None:
    with app.test_request_context():
        assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", filters.asset("style.css"))


def test_a_collection_offers_what_is_in_it_newest_first() -> None:
    groups = spans.of_a_collection([(2025, 4, 2), (2025, 3, 1), (2024, 1, 3)])

    assert [group.heading for group in groups] == ["", "2025", "2024"]
    assert groups[1].choices == [
        ("year:2025", "All of 2025 (3 viewings)"),
        ("month:2025-04", "April 2025 (2 viewings)"),
        ("month:2025-03", "March 2025 (1 viewing)"),
    ]


def _task(status: str = "PROGRESSING", **given: object) -> Task:
    usual = {"action": "create_mosaic", "args": {}, "attempt": 2, "failures": 0, "created_at": 0}
    return Task(**usual | {"status": status} | given)


def test_what_an_older_attempt_said_does_not_count() -> None:
    said = Progress(1, "Fetching posters", 3, 50, 0)

    assert State.of_task(_task(), said).msg == "Starting"
    assert State.of_task(_task(attempt=1), said).share == pytest.approx(0.06)


def test_a_task_that_failed_and_waits_says_so() -> None:
    assert State.of_task(_task("WAITING", failures=1), None).msg == "Trying again soon"


def test_the_record_plays_from_its_edge_inwards() -> None:
    assert Disc.at(0, edge=90, label=40, turn=20) == Disc(0, 90, 0)
    assert Disc.at(0.5, edge=90, label=40, turn=20) == Disc(10, 77.5, 25)
    assert Disc.at(1, edge=90, label=40, turn=20) == Disc(20, 65, 50)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_style_no_script_and_nothing_unescaped(template: Path) -> None:
    written = template.read_text()

    # A script is a file of ours, and only where a page would be less without it.
    inline = r"""<script(?! (?:type="module" )?src="{{ asset\('[^']+'\) }}"(?: defer)?></script>)"""
    assert not re.search(rf"\sstyle=|\son[a-z]+=|<style|{inline}|\|\s*safe", written)


def test_the_stylesheet_stays_small_and_knows_no_other_host() -> None:
    sheet = (ROOT / "static" / "style.css").read_text()

    # One sheet for all pages; 5 kB on its way, and kept for a year.
    assert len(sheet.encode()) <= 22_000
    assert "//" not in sheet and "!important" not in sheet


def test_the_stylesheet_says_nothing_of_what_no_page_has() -> None:
    sheet = re.sub(
        r"/\*.*?\*/|url\([^)]*\)", "", (ROOT / "static" / "style.css").read_text(), flags=re.DOTALL
    )
    pages = "".join(template.read_text() for template in TEMPLATES)

    for name in set(re.findall(r"\.([a-z][\w-]*)", sheet)):
        # Of "status-{{ value }}" only the beginning is written there.
        begun = f"{name.rpartition('-')[0]}-{{{{"
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", pages) or begun in pages, name
    for name in set(re.findall(r"(--[\w-]+):", sheet)):
        assert f"var({name}" in sheet, name

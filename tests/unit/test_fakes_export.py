"""The export of the fakes says the same as the diary that it is made of."""

from datetime import date
from pathlib import Path

from fakes.diary import diary
from fakes.export import export
from worker_jobs.imports.letterboxd import read


def test_it_is_read_back_without_a_problem(tmp_path: Path) -> None:
    viewings = diary(seed=7, today=date(2026, 11, 24), count=60)
    file = tmp_path / "export.zip"
    file.write_bytes(export("maya", viewings))

    found = read(file, name=file.name)

    assert (found.username, found.problems, found.skipped) == ("maya", [], 0)
    assert [(row.name, row.watched_on, row.half_stars) for row in found.diary] == [
        (one.film.title, one.watched_on.isoformat(), one.half_stars)
        for one in sorted(viewings, key=lambda one: one.watched_on)
    ]
    assert len(found.likes) == sum(one.liked for one in viewings)
    assert len(found.reviews) == sum(one.review is not None for one in viewings)

"""How long the rest of a large file takes, in words."""

import time

import pytest

from worker_jobs.downloads import Speed


@pytest.mark.parametrize(
    ("size", "of", "said"),
    [
        (150, 250, ", about 20 min left"),
        (150, 152, ", less than a minute left"),
        (150, None, ""),
        (100, 250, ""),
    ],
)
def test_what_came_in_ten_minutes_tells_when_the_rest_is_here(
    monkeypatch: pytest.MonkeyPatch, size: int, of: int | None, said: str
) -> None:
    speed = Speed(100)
    monkeypatch.setattr(speed, "_begun", time.monotonic() - 600)

    assert speed.left(size, of) == said


def test_nobody_knows_at_once() -> None:
    assert Speed(100).left(150, 250) == ""

"""Each video of a basket is asked for once in weeks, and what was answered is never lost."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from core.errors import NotYet
from core.settings import Settings
from core.videos import as_id
from database import baskets
from database.baskets import Find
from database.engine import Database
from database.models import VideoCheck
from fakes.youtube_pages import FakeYouTubePages
from tests.worker.listening import Listening
from worker_jobs.run import Cancelled
from worker_jobs.video_checks import check_videos

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IDS = [as_id(number) for number in range(1, 31)]


@pytest.fixture
def youtube() -> Iterator[FakeYouTubePages]:
    with FakeYouTubePages() as fake:
        yield fake


@pytest.fixture
def settings(settings: Settings, youtube: FakeYouTubePages) -> Settings:
    return settings.model_copy(update={"youtube_page_url": youtube.url})


@pytest.fixture
def args(db: Database, alice: int) -> dict[str, int]:
    with db.writing() as session:
        baskets.add(session, alice, [Find(id_, "", None, 1, "Can", "A", "UA") for id_ in IDS])
    return {"person_id": alice}


def known(db: Database) -> dict[str, tuple[str, str | None]]:
    with db.reading() as session:
        found = session.scalars(select(VideoCheck))
        return {one.video_id: (one.state, one.reason) for one in found}


def test_it_finds_out_which_play(
    db: Database, run: Listening, youtube: FakeYouTubePages, args: dict[str, int]
) -> None:
    youtube.says("gone", IDS[0])
    youtube.says("private at 200", IDS[1])
    youtube.says("not embedded", IDS[2])
    youtube.says("odd", IDS[3])

    told = check_videos(args, run)

    assert told == {
        "videos": 30, "alive": 27, "gone": 2, "unclear": 1, "result_url": "/crates/basket",
    }  # fmt: skip
    found = known(db)
    assert IDS[3] not in found
    assert found[IDS[0]] == ("gone", "not there")
    assert found[IDS[1]] == ("gone", "private")
    assert found[IDS[2]] == ("alive", "not embedded")
    assert found[IDS[4]] == ("alive", None)
    assert youtube.asked == IDS


def test_what_was_answered_is_not_asked_again(
    db: Database, run: Listening, youtube: FakeYouTubePages, args: dict[str, int]
) -> None:
    run.cancel_at = 25
    with pytest.raises(Cancelled):
        check_videos(args, run)
    before = len(known(db))
    assert before == len(youtube.asked) > 20

    run.cancel_at = None
    check_videos(args, run)

    assert youtube.asked == IDS
    assert check_videos(args, run)["videos"] == 0


def test_it_ends_where_youtube_says_nothing_about_anything(
    db: Database, run: Listening, youtube: FakeYouTubePages, args: dict[str, int]
) -> None:
    youtube.says("odd", *IDS[2:])

    with pytest.raises(Exception, match="do not understand"):
        check_videos(args, run)

    assert list(known(db)) == IDS[:2]
    assert len(youtube.asked) == 7


def test_asked_too_often_it_waits_with_what_it_has(
    db: Database, run: Listening, youtube: FakeYouTubePages, args: dict[str, int]
) -> None:
    youtube.answers(429, {"Retry-After": "60"})

    with pytest.raises(NotYet):
        check_videos(args, run)

    assert known(db) == {}
    assert youtube.asked == []

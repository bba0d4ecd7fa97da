"""Playlists at YouTube come to be private and whole, each video once, whatever goes wrong."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clients.youtube import NoChannel
from clients.youtube_calls import AccountClosed, PlaylistFull, PlaylistGone, Refused, SwitchedOff
from core import clock, folders
from core.consents import GOOGLE, ReconnectNeeded, ScopeNeeded
from core.errors import Conflict, NotFound, NotYet, RemoteError
from core.settings import Settings, load
from database import grants, youtube_filling, youtube_playlists, youtube_quota
from database.engine import Database
from database.models import Grant, Person, Task, YoutubePlaylist, YoutubeVideo
from database.owner import Owner
from database.youtube_playlists import NewPlaylist, OwnPlaylist
from fakes.youtube import FakeYouTube
from fakes.youtube import Playlist as AtYouTube
from tests import factories
from tests.worker.listening import Listening, begin
from tests.youtube import connect, ids, settings_for, wanted
from worker_jobs import youtube_playlist
from worker_jobs.run import Cancelled
from worker_jobs.youtube_playlist import fill_youtube_playlist, list_youtube_playlists

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# 09:00 in California, 18:00 in Berlin.
MORNING = clock.moment(datetime(2026, 11, 20, 17, tzinfo=UTC))
TITLE = "Deep in the crates"


class Time:
    """Our clock and YouTube's, moved together."""

    def __init__(self, fake: FakeYouTube) -> None:
        self._fake = fake
        self.set(MORNING)

    def set(self, at: int) -> None:
        self.at = self._fake.now = at

    def now(self) -> int:
        return self.at


@pytest.fixture
def youtube() -> Iterator[FakeYouTube]:
    with FakeYouTube() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, youtube: FakeYouTube, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    made = settings_for(load(), youtube)
    folders.make(made)
    return made


@pytest.fixture
def time(youtube: FakeYouTube, monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time(youtube)
    monkeypatch.setattr(clock, "now", made.now)
    return made


@pytest.fixture
def ada(db: Database, settings: Settings, youtube: FakeYouTube, time: Time) -> int:
    assert time
    with db.writing() as session:
        person_id = factories.person(session, "ada").id
        session.execute(update(Person).values(zone="Europe/Berlin"))
    connect(db, settings, person_id, youtube)
    return person_id


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a change be tried again at once."""
    monkeypatch.setattr(youtube_playlist, "_FIRST_PAUSE", 0.001)


@pytest.fixture
def run(db: Database, settings: Settings, ada: int) -> Listening:
    return begin(db, settings, Owner(ada))


def ask(
    db: Database,
    person_id: int,
    videos: Sequence[str],
    own: Sequence[OwnPlaylist] = (),
    **said: Any,
) -> dict[str, Any]:
    """Ask for a playlist; return what the job is to be done with."""
    order = NewPlaylist.model_validate({"title": TITLE, "description": "Dug up"} | said)
    with db.writing() as session:
        placed = youtube_playlists.ask(session, Owner(person_id), order, wanted([*videos]), own)
        return session.get_one(Task, placed.id).args


def row(db: Database, args: dict[str, Any]) -> YoutubePlaylist:
    with db.reading() as session:
        return session.get_one(YoutubePlaylist, args["playlist_id"])


def states(db: Database) -> dict[str, list[str]]:
    """Return the videos of all playlists in each state, in order."""
    with db.reading() as session:
        query = select(YoutubeVideo).order_by(YoutubeVideo.playlist_id, YoutubeVideo.position)
        found: dict[str, list[str]] = {}
        for video in session.scalars(query):
            found.setdefault(video.state, []).append(video.video_id)
    return found


def there(youtube: FakeYouTube, title: str = TITLE) -> AtYouTube:
    (found,) = [one for one in youtube.playlists.values() if one.title == title]
    return found


@SQLITE
def test_450_videos_take_three_days_and_each_is_there_once(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, time: Time
) -> None:
    videos = ids(450)
    args = ask(db, ada, videos)
    told = []
    for _ in range(5):
        try:
            result = fill_youtube_playlist(args, run)
            break
        except NotYet as error:
            told.append((str(error), row(db, args).said, len(there(youtube).items)))
            time.set(time.now() + int((error.retry_after or 0) * clock.SECOND))

    first, second = (f"{added} of 450 added, the rest tomorrow from 09:00." for added in (196, 393))
    assert told == [(first, first, 196), (second, second, 393)]
    made = there(youtube)
    assert made.videos == videos and made.privacy == "private"
    assert (result["added"], result["left_out"]) == (450, 0)
    assert states(db) == {"added": videos}
    assert [day for day, units in youtube.used.items() if units] == [
        "2026-11-20", "2026-11-21", "2026-11-22",
    ]  # fmt: skip
    assert max(youtube.used.values()) <= 10_000
    done = row(db, args)
    assert done.finished_at is not None and done.said is None


@SQLITE
def test_it_says_what_it_is_and_where_it_is_from(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(2) + ids(1))
    result = fill_youtube_playlist(args, run)

    made, mark = there(youtube), row(db, args).public_id[:8]
    assert made.videos == ids(2)
    assert made.description.startswith("Dug up\n\n") and "Discogs" in made.description
    assert made.description.endswith(f"[Needledrop {mark}]")
    assert result["result_url"] == f"/crates/playlists/{row(db, args).public_id}"
    assert ("Filling “Deep in the crates”", 1, 2) in run.said


@SQLITE
def test_once_more_it_adds_nothing(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(3))
    first = fill_youtube_playlist(args, run)
    used = youtube.used.copy()

    assert fill_youtube_playlist(args, run) == first
    assert youtube.used == used


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "backendError"), (503, "SERVICE_UNAVAILABLE"), (409, "aborted")],
)
@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@SQLITE
def test_after_an_unclear_answer_it_looks_before_it_adds_again(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int,
    status: int, reason: str, is_done: bool,
) -> None:  # fmt: skip
    youtube.fails(status, reason, after=2, is_done=is_done)

    fill_youtube_playlist(ask(db, ada, ids(3)), run)

    assert there(youtube).videos == ids(3)
    assert youtube.changes["playlistItems"] == (3 if is_done else 4)


@SQLITE
def test_a_video_at_which_youtube_breaks_does_not_hold_up_the_others(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    broken, *fine = ids(3)
    youtube.troubled = {broken}

    fill_youtube_playlist(ask(db, ada, ids(3)), run)

    assert states(db) == {"failed": [broken], "added": fine}
    with db.reading() as session:
        reasons = session.scalars(select(YoutubeVideo.reason).where(YoutubeVideo.position == 0))
        assert reasons.all() == ["YouTube has trouble of its own (status 500)."]


@pytest.mark.parametrize("many", [1, 3])
@SQLITE
def test_where_youtube_breaks_at_all_of_them_none_is_given_up(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, many: int
) -> None:
    youtube.troubled = set(ids(many))
    args = ask(db, ada, ids(many))

    with pytest.raises(RemoteError) as caught:
        fill_youtube_playlist(args, run)
    assert caught.value.retry_after is not None and states(db) == {"waiting": ids(many)}
    assert len(youtube.requests) < 25
    youtube.troubled = set()
    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(many)


@SQLITE
def test_a_playlist_may_be_known_a_moment_later_than_it_is_made(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.late = 3

    fill_youtube_playlist(ask(db, ada, ids(2)), run)

    assert there(youtube).videos == ids(2)


@SQLITE
def test_a_playlist_that_was_deleted_is_made_anew_for_whoever_goes_on(
    db: Database, settings: Settings, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(3))
    youtube.fails(403, "playlistItemsNotAccessible", after=3)
    with pytest.raises(PlaylistGone):
        fill_youtube_playlist(args, run)
    youtube.playlists.clear()
    with db.writing() as session:
        session.execute(update(Task).values(status="ERROR", finished_at=clock.now()))
        (told,) = youtube_playlists.listed(session, ada)
    assert told.is_gone and told.said and (told.state, told.youtube_id) == ("stopped", None)

    connect(db, settings, ada, youtube)
    with db.reading() as session:
        assert not youtube_playlists.listed(session, ada)[0].task
    with db.writing() as session:
        youtube_playlists.go_on(session, Owner(ada), told.public_id)
    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(3) and there(youtube).privacy == "private"
    assert states(db) == {"added": ids(3)}


@SQLITE
def test_a_playlist_that_is_there_after_all_is_gone_on_with(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(3))
    youtube.fails(404, "playlistNotFound", after=3)
    with pytest.raises(PlaylistGone):
        fill_youtube_playlist(args, run)

    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(3)
    assert states(db) == {"added": ids(3)}


@SQLITE
def test_one_of_theirs_that_was_deleted_is_not_made(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    had = youtube.holds("ada", "Old finds")
    args = ask(db, ada, ids(2), [OwnPlaylist(had.id, had.title, 0)], into=had.id)
    youtube.playlists.clear()

    for _ in range(2):
        with pytest.raises(PlaylistGone):
            fill_youtube_playlist(args, run)

    assert not youtube.playlists


@SQLITE
def test_an_answer_that_breaks_off_is_unclear_too(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.drops(times=1, path_prefix="/youtube/v3/playlistItems")

    fill_youtube_playlist(ask(db, ada, ids(2)), run)

    assert there(youtube).videos == ids(2)


@pytest.mark.parametrize("is_done", [True, False])
@SQLITE
def test_a_playlist_is_made_once_though_its_answer_got_lost(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, is_done: bool
) -> None:
    youtube.fails(503, "backendError", path="playlists", is_done=is_done)
    for number in range(60):
        youtube.holds("ada", f"Another {number}")
    args = ask(db, ada, ids(2))

    with pytest.raises(RemoteError) as caught:
        fill_youtube_playlist(args, run)
    assert caught.value.retry_after is not None and states(db) == {"waiting": ids(2)}
    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(2)


@SQLITE
def test_what_cannot_be_played_is_named_and_costs_nothing_more(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    gone, private, unavailable, *fine = ids(60)
    youtube.gone.add(gone)
    youtube.private.add(private)
    youtube.unavailable.add(unavailable)
    args = ask(db, ada, ids(60))

    result = fill_youtube_playlist(args, run)

    assert states(db) == {"dead": [gone, private, unavailable], "added": fine}
    assert (result["added"], result["left_out"]) == (57, 3)
    assert there(youtube).videos == fine
    # Two looks for playlists and videos; the unavailable one is found out by adding it.
    assert sum(youtube.used.values()) == 3 + 50 + 58 * 50
    with db.reading() as session:
        told = youtube_playlists.videos(session, ada, row(db, args).public_id, limit=3)
    assert all(video.reason for video in told)


@SQLITE
def test_what_youtube_does_not_take_is_told_and_the_rest_goes_on(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.fails(400, "invalidSnippet", after=1)

    fill_youtube_playlist(ask(db, ada, ids(3)), run)

    assert states(db) == {"failed": ids(3)[:1], "added": ids(3)[1:]}


@SQLITE
def test_where_too_much_is_refused_it_stops(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.fails(400, "invalidSnippet", times=100)

    with pytest.raises(Conflict, match="more than 20"):
        fill_youtube_playlist(ask(db, ada, ids(40)), run)

    assert len(states(db)["failed"]) == 21


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "playlistItemsNotAccessible", PlaylistGone),
        (404, "playlistNotFound", PlaylistGone),
        (401, "youtubeSignupRequired", NoChannel),
        (403, "youtubeSignupRequired", NoChannel),
        (401, "authenticatedUserAccountClosed", AccountClosed),
        (403, "authenticatedUserAccountSuspended", AccountClosed),
        (403, "channelSuspended", AccountClosed),
        (400, "playlistOperationUnsupported", Refused),
        (403, "accessNotConfigured", SwitchedOff),
        (403, "insufficientPermissions", ScopeNeeded),
        (403, "somethingNew", RemoteError),
    ],
)
@SQLITE
def test_what_ends_it_is_said_and_kept(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int,
    status: int, reason: str, kind: type[RemoteError],
) -> None:  # fmt: skip
    youtube.fails(status, reason, after=2)
    args = ask(db, ada, ids(3))

    with pytest.raises(kind) as caught:
        fill_youtube_playlist(args, run)

    assert caught.value.retry_after is None
    assert states(db) == {"added": ids(3)[:1], "waiting": ids(3)[1:]}
    assert row(db, args).said == str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "rateLimitExceeded"), (403, "rateLimitExceeded")]
)
@SQLITE
def test_who_asks_too_often_waits_as_long_as_is_said(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, status: int, reason: str
) -> None:
    youtube.fails(status, reason, path="playlists", Retry_After="40")
    args = ask(db, ada, ids(1))

    with pytest.raises(NotYet) as caught:
        fill_youtube_playlist(args, run)
    fill_youtube_playlist(args, run)

    assert caught.value.retry_after == 40
    assert there(youtube).videos == ids(1)


@SQLITE
def test_who_is_asked_too_often_is_asked_more_and_more_seldom(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.fails(403, "rateLimitExceeded", path="playlists", times=100)
    args, waits = ask(db, ada, ids(1)), list[float | None]()

    for attempt in (1, 2, 5, 12, 5_000):
        run.task = run.task._replace(attempt=attempt)
        with pytest.raises(NotYet) as caught:
            fill_youtube_playlist(args, run)
        waits.append(caught.value.retry_after)

    assert waits == [60, 60, 480, 7_200, 7_200]


@SQLITE
def test_no_token_is_in_the_log(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    youtube.fails(500, "backendError")
    youtube.forget_accesses()

    fill_youtube_playlist(ask(db, ada, ids(2)), run)

    told = {
        asked.headers["authorization"].split()[1]
        for asked in youtube.requests
        if "authorization" in asked.headers
    }
    assert len(told) == 2 and "playlist" in caplog.text
    assert not [token for token in told if token in caplog.text]


@SQLITE
def test_others_of_the_project_may_have_used_the_quota(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, time: Time
) -> None:
    youtube.used[youtube.day] = 9_870
    args = ask(db, ada, ids(3))

    with pytest.raises(NotYet, match="1 of 3 added, the rest tomorrow from 09:00"):
        fill_youtube_playlist(args, run)
    asked = len(youtube.requests)
    with pytest.raises(NotYet):
        fill_youtube_playlist(args, run)

    assert len(youtube.requests) == asked
    time.set(time.now() + 15 * clock.HOUR)
    fill_youtube_playlist(args, run)
    assert there(youtube).videos == ids(3)


@pytest.mark.parametrize(
    ("path", "status", "reason", "said"),
    [
        ("playlists", 400, "maxPlaylistExceeded", "takes no more playlists"),
        ("playlists", 400, "invalidSnippet", r"\(status 400, invalidSnippet\)"),
        ("playlistItems", 403, "forbidden", r"\(status 403, forbidden\)"),
        ("playlistItems", 403, "<b>\0 odd", r"\(status 403, no reason given\)"),
    ],
)
def test_of_what_is_refused_the_reason_is_named(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int,
    path: str, status: int, reason: str, said: str,
) -> None:  # fmt: skip
    youtube.fails(status, reason, path=path)
    args = ask(db, ada, ids(1))

    with pytest.raises(Refused, match=said) as caught:
        fill_youtube_playlist(args, run)

    assert row(db, args).said == str(caught.value)


@SQLITE
def test_a_day_that_may_not_have_begun_there_is_not_written_off(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int, time: Time
) -> None:
    night = youtube_quota.begins_again() + 5 * clock.MINUTE
    time.set(night)
    youtube.used[youtube.day] = 10_000
    args = ask(db, ada, ids(1))

    with pytest.raises(NotYet, match="0 of 1 added, the rest today from 10:05"):
        fill_youtube_playlist(args, run)
    youtube.used.clear()
    time.set(night + clock.HOUR)
    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(1)


@SQLITE
def test_a_full_playlist_is_followed_by_a_second_part(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.most = 4
    fill_youtube_playlist(ask(db, ada, ids(7)), run)

    with db.reading() as session:
        task = session.scalars(select(Task).order_by(Task.id.desc())).first()
        assert task is not None and task.action == youtube_filling.FILL
        first, second = reversed(youtube_playlists.listed(session, ada))
    assert (first.state, second.state) == ("done", "under way")
    fill_youtube_playlist(task.args, run)

    assert there(youtube).videos == ids(7)[:4]
    assert there(youtube, f"{TITLE} (part 2)").videos == ids(7)[4:]
    assert there(youtube, f"{TITLE} (part 2)").privacy == "private"


@SQLITE
def test_one_on_which_nothing_fits_has_no_second_part(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.most = 0

    with pytest.raises(PlaylistFull):
        fill_youtube_playlist(ask(db, ada, ids(2)), run)

    assert len(youtube.playlists) == 1


@SQLITE
def test_a_consent_that_ends_in_the_middle_loses_nothing(
    db: Database, settings: Settings, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(5))
    youtube.fails(401, "authError", after=3, times=100)
    youtube.ends_consents()

    with pytest.raises(ReconnectNeeded) as caught:
        fill_youtube_playlist(args, run)
    assert caught.value.retry_after is None and row(db, args).said
    assert states(db) == {"added": ids(5)[:2], "waiting": ids(5)[2:]}
    with db.writing() as session:
        session.execute(update(Task).values(status="ERROR", finished_at=clock.now()))

    youtube._errors.clear()
    connect(db, settings, ada, youtube)

    with db.reading() as session:
        again = session.scalars(select(Task).order_by(Task.id.desc())).first()
    assert again is not None and (again.status, again.args) == ("WAITING", args)
    fill_youtube_playlist(args, run)
    assert there(youtube).videos == ids(5)


@SQLITE
def test_an_hour_is_over_in_the_middle(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    youtube.forget_accesses()

    fill_youtube_playlist(ask(db, ada, ids(2)), run)

    assert there(youtube).videos == ids(2)
    assert youtube.token_calls("refresh_token") == 1


@SQLITE
def test_without_a_consent_it_is_asked_for(db: Database, settings: Settings, ada: int) -> None:
    with db.writing() as session:
        bob = factories.person(session, "bob").id

    with pytest.raises(ReconnectNeeded):
        fill_youtube_playlist(ask(db, bob, ids(1)), begin(db, settings, Owner(bob)))
    with pytest.raises(NotFound):
        fill_youtube_playlist(ask(db, ada, ids(1)), begin(db, settings, Owner(bob)))


@SQLITE
def test_a_cancel_is_seen_between_two_videos_and_it_can_go_on(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    args = ask(db, ada, ids(6))
    run.cancel_at = 5

    with pytest.raises(Cancelled):
        fill_youtube_playlist(args, run)
    assert 0 < len(there(youtube).items) < 6
    fill_youtube_playlist(args, run)

    assert there(youtube).videos == ids(6)


def test_to_one_of_their_own_only_what_is_not_there_is_added(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    had = youtube.holds("ada", "Old finds", [*ids(70)[:60], "something-e"])
    youtube.holds("bob", "Somebody’s")
    found = list_youtube_playlists({}, run)["playlists"]
    assert found == [[had.id, "Old finds", 61]]
    own = [OwnPlaylist(*found[0])]

    args = ask(db, ada, ids(70)[50:], own, into=had.id)
    fill_youtube_playlist(args, run)

    assert Counter(had.videos) == Counter([*ids(70), "something-e"])
    assert states(db) == {"duplicate": ids(70)[50:60], "added": ids(70)[60:]}
    assert len(youtube.playlists) == 2


def test_what_its_person_adds_meanwhile_is_not_added_and_told_apart(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    had = youtube.holds("ada", "Old finds")
    args = ask(db, ada, ids(3), [OwnPlaylist(had.id, had.title, 0)], into=had.id)
    youtube.fails(403, "rateLimitExceeded", after=2)
    with pytest.raises(NotYet):
        fill_youtube_playlist(args, run)
    had.items.append(("by-hand", ids(3)[2]))

    fill_youtube_playlist(args, run)

    assert Counter(had.videos) == Counter(ids(3))
    assert states(db) == {"added": ids(3)[:2], "duplicate": ids(3)[2:]}


@SQLITE
def test_two_of_one_title_are_two(db: Database, youtube: FakeYouTube, ada: int) -> None:
    own = [OwnPlaylist(youtube.holds("ada", "Finds").id, "Finds", 0) for _ in range(2)]

    first, second = (ask(db, ada, ids(1), own, into=one.id) for one in own)

    assert first != second == ask(db, ada, ids(1), own, into=own[1].id)


def test_titles_come_as_they_can_be_kept(
    db: Database, youtube: FakeYouTube, run: Listening, ada: int
) -> None:
    had = youtube.holds("ada", "Old\0 finds\n")

    assert list_youtube_playlists({}, run)["playlists"] == [[had.id, "Old finds", 0]]
    fill_youtube_playlist(
        ask(db, ada, ids(1), [OwnPlaylist(had.id, "Old finds", 0)], into=had.id), run
    )


@SQLITE
def test_somebody_elses_playlist_is_refused_before_anything_is_asked(
    db: Database, youtube: FakeYouTube, ada: int
) -> None:
    with pytest.raises(Conflict, match="none of your playlists"):
        ask(db, ada, ids(1), into="PL-of-bob")
    with pytest.raises(Conflict, match="nothing in the basket"):
        ask(db, ada, [])

    assert not youtube.requests


@SQLITE
def test_the_same_twice_is_one(db: Database, ada: int) -> None:
    assert ask(db, ada, ids(2)) == ask(db, ada, ids(2)) != ask(db, ada, ids(3))


@SQLITE
def test_what_is_disconnected_is_called_off(db: Database, settings: Settings, ada: int) -> None:
    ask(db, ada, ids(2))
    with db.writing() as session:
        grants.drop(session, settings.data, ada, GOOGLE)

    with db.reading() as session:
        (told,) = youtube_playlists.listed(session, ada)
        assert session.scalars(select(Grant)).all() == []
    assert (told.state, told.counts.waiting) == ("stopped", 2)


def test_the_reserve_is_for_reading(db: Database, time: Time) -> None:
    assert time
    with db.writing() as session:
        assert all(youtube_quota.spend(session, 50) for _ in range(198))
        assert not youtube_quota.spend(session, 50)
        assert youtube_quota.changes_left(session) == 0
        assert all(youtube_quota.spend(session, 1) for _ in range(100))
        assert not youtube_quota.spend(session, 1)

    time.set(youtube_quota.begins_again() - 1)
    with db.writing() as session:
        assert not youtube_quota.spend(session, 1)
    time.set(time.now() + 1)
    with db.writing() as session:
        assert youtube_quota.spend(session, 50) and youtube_quota.changes_left(session) == 197


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-03-08T12:00", "2026-03-09T07:00"),  # that night the clocks went forward
        ("2026-03-07T12:00", "2026-03-08T08:00"),
        ("2026-11-01T12:00", "2026-11-02T08:00"),  # and back
        ("2026-10-31T12:00", "2026-11-01T07:00"),
    ],
)
@SQLITE
def test_a_day_begins_at_midnight_in_california(
    db: Database, time: Time, now: str, begins: str
) -> None:
    assert db
    time.set(clock.moment(datetime.fromisoformat(f"{now}+00:00")))

    expected = clock.moment(datetime.fromisoformat(f"{begins}+00:00"))
    assert youtube_quota.begins_again() == expected

"""Plays that are sent on: what goes, how often, and what becomes of it where nobody takes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from clients.lastfm import BadKeys
from clients.listenbrainz import BadToken
from core import clock, folders, play_words, sealing
from core.errors import Conflict
from core.plays import Context, Heard, Named, Source
from core.relayed import LASTFM, LISTENBRAINZ
from core.settings import Settings, load
from database import linked_accounts, relays, scrobbles
from database.models import Person, PlayRoute, RelayedPlay, Task
from database.relays import Shown
from fakes.scrobbling import FakeLastFm, FakeListenBrainz
from tests import factories
from tests.worker.listening import Listening
from worker_jobs.relaying import link_relay, relay_plays

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EVENING = 1_780_000_000
TOKEN = "token"
PLAYER = Context(client="Navidrome", player="Feishin")
KEYS = '{"key": "an-api-key", "secret": "an-api-secret", "session": "a-session"}'


@pytest.fixture
def brainz() -> Iterator[FakeListenBrainz]:
    with FakeListenBrainz() as fake:
        yield fake


@pytest.fixture
def last_fm() -> Iterator[FakeLastFm]:
    with FakeLastFm() as fake:
        yield fake


@pytest.fixture
def settings(
    tmp_path: Path,
    brainz: FakeListenBrainz,
    last_fm: FakeLastFm,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"listenbrainz_url": brainz.url, "lastfm_url": last_fm.url}
    made = load().model_copy(update=known)
    folders.make(made)
    return made


def link(run: Listening, provider: str = LISTENBRAINZ, secret: str = TOKEN) -> None:
    sealed = sealing.seal(run.settings.data, SecretStr(secret))
    with run.db.writing() as session:
        linked_accounts.put(session, run.task.person_id or 0, provider, sealed)
    link_relay({"provider": provider}, run)


def play(title: str, minute: int = 0, context: Context | None = PLAYER) -> Heard:
    return heard(Named(title, ("Can",), "Tago Mago"), EVENING + 60 * minute, context)


def heard(named: Named, seconds: int, context: Context | None = None) -> Heard:
    at = seconds * clock.SECOND
    return Heard(
        named,
        at,
        Source.SCROBBLE,
        play_words.scrobble_key(at, named),
        duration_ms=240_000,
        context=context,
    )


def keep(run: Listening, *plays: Heard, is_live: bool = True) -> None:
    with run.db.writing() as session:
        scrobbles.keep(session, run.task.person_id or 0, plays, is_live=is_live)


def send(run: Listening, provider: str = LISTENBRAINZ) -> dict[str, Any]:
    return relay_plays({"person_id": run.task.person_id, "provider": provider}, run)


def state(run: Listening, provider: str = LISTENBRAINZ) -> Shown:
    with run.db.reading() as session:
        return relays.shown(session, run.task.person_id or 0)[provider]


def ordered(run: Listening) -> list[Task]:
    with run.db.reading() as session:
        query = select(Task).where(Task.action == relays.RELAY, Task.status == "WAITING")
        return list(session.scalars(query.order_by(Task.id)))


def test_what_a_player_sends_goes_on_with_all_that_is_known(
    run: Listening, brainz: FakeListenBrainz
) -> None:
    link(run)
    keep(run, play("Paperhouse"))

    assert len(ordered(run)) == 1
    assert send(run) == {"sent": 1, "refused": 0}
    assert list(brainz.listens.values()) == [
        {
            "listened_at": EVENING,
            "track_metadata": {
                "artist_name": "Can",
                "track_name": "Paperhouse",
                "release_name": "Tago Mago",
                "additional_info": {
                    "submission_client": "Needledrop",
                    "original_submission_client": "Navidrome",
                    "media_player": "Feishin",
                    "duration_ms": 240_000,
                    "artist_names": ["Can"],
                },
            },
        }
    ]
    shown = state(run)
    assert (shown.name, shown.sent, shown.waiting, shown.said) == ("ada", 1, 0, None)


def test_last_fm_gets_fifty_at_once_and_signed(run: Listening, last_fm: FakeLastFm) -> None:
    link(run, LASTFM, KEYS)
    keep(run, *(play(f"Song {minute}", minute) for minute in range(120)))

    assert send(run, LASTFM)["sent"] == 120
    assert last_fm.submitted == [50, 50, 20]
    assert last_fm.scrobbles["ada", str(EVENING), "Can", "Song 0"] == {
        "artist": "Can",
        "track": "Song 0",
        "timestamp": str(EVENING),
        "album": "Tago Mago",
        "duration": "240",
    }


@pytest.mark.parametrize("answer", [b"<h1>Welcome</h1>", b'{"status": "later"}', b"[]"])
def test_what_did_not_say_that_it_was_taken_waits(
    run: Listening, brainz: FakeListenBrainz, answer: bytes
) -> None:
    link(run)
    keep(run, play("Paperhouse"))
    brainz.answers(200, {}, answer, path_prefix="/1/submit-listens")

    assert send(run) == {"sent": 0, "refused": 0}
    assert (state(run).waiting, state(run).sent) == (1, 0)
    assert "do not understand" in (state(run).said or "")


@pytest.mark.parametrize("count", [1, 3])
def test_what_last_fm_ignores_is_counted_as_refused(
    run: Listening, last_fm: FakeLastFm, count: int
) -> None:
    link(run, LASTFM, KEYS)
    last_fm.ignores = {"Song 0": "3"}
    keep(run, *(play(f"Song {n}", n) for n in range(count)))

    assert send(run, LASTFM) == {"sent": count - 1, "refused": 1}
    shown = state(run, LASTFM)
    assert (shown.sent, shown.refused, shown.waiting) == (count - 1, 1, 0)


def test_what_is_too_much_for_one_day_waits_for_the_next(
    run: Listening, last_fm: FakeLastFm
) -> None:
    link(run, LASTFM, KEYS)
    last_fm.ignores = {"Song 1": "5"}
    keep(run, play("Song 0"), play("Song 1", 1))

    assert send(run, LASTFM) == {"sent": 0, "refused": 0}
    assert state(run, LASTFM).waiting == 2
    assert "no more today" in (state(run, LASTFM).said or "")

    last_fm.ignores.clear()
    assert send(run, LASTFM)["sent"] == 2
    assert len(last_fm.scrobbles) == 2


def test_a_player_may_be_called_after_the_protocol_that_it_speaks(run: Listening) -> None:
    link(run)
    by = Context(client="ListenBrainz plugin for Jellyfin", player="Jellyfin")
    keep(run, play("Paperhouse", 0, by))
    keep(run, play("Mushroom", 5, Context(client="multi-scrobbler", player="ListenBrainz")))
    keep(run, play("Oh Yeah", 9, Context(client="a script", service="https://listenbrainz.org")))

    assert state(run).waiting == 1


def test_what_is_known_imported_or_came_from_there_does_not_go(run: Listening) -> None:
    link(run)
    keep(run, play("Paperhouse"))
    keep(run, play("Paperhouse"))
    keep(run, play("Mushroom", 5), is_live=False)
    keep(run, play("Oh Yeah", 10)._replace(source=Source.LISTENBRAINZ))
    for minute, name in enumerate(("Needledrop", "ListenBrainz", "listenbrainz.org"), 20):
        keep(run, play("Halleluhwah", minute, Context(client=name)))

    assert state(run).waiting == 1
    assert len(ordered(run)) == 1


def test_nothing_waits_for_one_who_sends_nothing_on(run: Listening) -> None:
    keep(run, play("Paperhouse"))

    with run.db.reading() as session:
        assert session.scalars(select(RelayedPlay)).all() == []
    assert ordered(run) == []


def test_a_childs_plays_do_not_go_on_as_the_parents(run: Listening, alice: int) -> None:
    with run.db.writing() as session:
        child = factories.person(session, "Kim")
        session.get_one(Person, child.id).parent_id = alice
        session.add(
            PlayRoute(
                person_id=alice, to_person_id=child.id, words="kids", from_hour=0, until_hour=24,
                created_at=0,
            )
        )  # fmt: skip
    link(run)

    keep(run, play("Lullaby", 1, Context(client="Kids room")), play("Paperhouse"))

    assert state(run).waiting == 1


def test_a_service_that_is_away_is_tried_again_later_and_gets_all(
    run: Listening, brainz: FakeListenBrainz
) -> None:
    link(run)
    keep(run, play("Paperhouse"))
    brainz.answers(429, {"Retry-After": "1800"}, b"{}", path_prefix="/1/submit-listens")
    with run.db.writing() as session:
        session.delete(session.get_one(Task, ordered(run)[0].id))  # it is this run

    assert send(run)["sent"] == 0
    (later,) = ordered(run)
    assert later.run_at > clock.now() + 29 * clock.MINUTE
    assert "asked too often" in (state(run).said or "")

    keep(run, play("Mushroom", 5))
    assert [task.id for task in ordered(run)] == [later.id]

    brainz.behaves()
    assert send(run)["sent"] == 2
    assert state(run).said is None
    assert brainz.submitted == [2]


def test_a_token_that_is_refused_stops_it_until_another_one_is_linked(
    run: Listening, brainz: FakeListenBrainz
) -> None:
    link(run)
    keep(run, play("Paperhouse"))
    brainz.tokens.clear()

    send(run)
    asked = len(brainz.requests)
    send(run)

    assert len(brainz.requests) == asked
    assert state(run).is_stopped
    assert "refused the token" in (state(run).said or "")
    brainz.tokens["another"] = "ada"
    link(run, secret="another")
    assert not state(run).is_stopped
    assert send(run)["sent"] == 1


def test_one_play_that_is_refused_does_not_cost_the_others(
    run: Listening, brainz: FakeListenBrainz
) -> None:
    link(run)
    keep(run, *(play("refuse me" if n == 3 else f"Song {n}", n) for n in range(9)))

    assert send(run) == {"sent": 8, "refused": 1}
    assert len(brainz.listens) == 8
    assert (state(run).waiting, state(run).refused) == (0, 1)


def test_killed_before_it_could_write_down_it_sends_again_what_the_service_knows(
    run: Listening, brainz: FakeListenBrainz, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(run)
    keep(run, play("Paperhouse"), play("Mushroom", 5))

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(relays, "say_sent", die)
        with pytest.raises(Killed):
            send(run)

    assert send(run)["sent"] == 2
    assert brainz.submitted == [2, 2]
    assert len(brainz.listens) == 2


@pytest.mark.parametrize(
    ("provider", "secret", "error"),
    [
        (LISTENBRAINZ, "no-token", BadToken),
        (LASTFM, KEYS.replace("a-session", "none"), BadKeys),
        (LASTFM, KEYS.replace("an-api-secret", "another"), BadKeys),
    ],
)
def test_what_is_refused_at_once_is_forgotten(
    run: Listening, provider: str, secret: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        link(run, provider, secret)

    with run.db.reading() as session:
        assert relays.shown(session, run.task.person_id or 0) == {}
    with pytest.raises(Conflict):
        link_relay({"provider": provider}, run)


def test_unlinking_leaves_nothing(run: Listening) -> None:
    link(run)
    keep(run, play("Paperhouse"))

    with run.db.writing() as session:
        relays.unlink(session, run.task.person_id or 0, LISTENBRAINZ)

    with run.db.reading() as session:
        assert relays.shown(session, run.task.person_id or 0) == {}
        assert session.scalars(select(RelayedPlay)).all() == []
    assert send(run) == {"sent": 0, "refused": 0}


def test_only_so_many_wait(run: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "MOST_WAITING", 3)
    link(run)

    keep(run, *(play(f"Song {n}", n) for n in range(5)))

    assert state(run).waiting == 3


def test_guests_whom_the_title_names_are_not_named_twice(
    run: Listening, last_fm: FakeLastFm
) -> None:
    link(run, LASTFM, KEYS)
    named = Named("Ever Rise (feat. Elizabeth Powell)", ("American Football", "Elizabeth Powell"))
    keep(run, heard(named, EVENING))

    send(run, LASTFM)

    assert [one["artist"] for one in last_fm.scrobbles.values()] == ["American Football"]

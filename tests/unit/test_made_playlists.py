"""What belongs on a playlist is settled when it is asked for, and is asked for once."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound, TooMany
from database import made_playlists, quota
from database.made_playlists import NewPlaylist
from database.models import MadePlaylist, Task
from database.owner import HOUSE, Owner
from database.tasks import Enqueued
from database.track_picks import Pick
from tests import factories


@pytest.fixture
def ada(session: Session) -> Owner:
    return Owner(factories.person(session, "ada").id)


def pick(spotify_id: str | None, title: str = "Spoon", isrc: str | None = None) -> Pick:
    return Pick(title, ("Can",), None, spotify_id, isrc)


def ask(session: Session, owner: Owner, *tracks: Pick, **said: Any) -> Enqueued:
    wanted = NewPlaylist.model_validate({"name": "Best"} | said)
    return made_playlists.ask(session, owner, wanted, tracks)


def row(session: Session, placed: Enqueued) -> MadePlaylist:
    made_id = session.get_one(Task, placed.id).args["made_id"]
    return session.get_one(MadePlaylist, made_id)


def test_each_track_is_on_it_once_in_its_order(session: Session, ada: Owner) -> None:
    made = row(session, ask(session, ada, *map(pick, ("b", "a", None, "b", "c", "no id"))))

    assert made.uris == [f"spotify:track:{one}" for one in "bac"]
    assert (made.left_out, made.done, made.sought, made.spotify_id) == (1, 0, None, None)


def test_the_same_again_is_gone_on_with_until_it_is_made(session: Session, ada: Owner) -> None:
    first = ask(session, ada, pick("a"))
    again = ask(session, ada, pick("a"))
    assert again == Enqueued(first.id, first.public_id, is_new=False)

    for other in (
        ask(session, ada, pick("a"), name="Other"),
        ask(session, ada, pick("a"), pick("b")),
        ask(session, Owner(factories.person(session).id), pick("a")),
    ):
        assert other.is_new
    made_playlists.finish(session, row(session, first).id)
    task = session.get_one(Task, first.id)
    task.status, task.finished_at = "COMPLETE", 1
    session.flush()
    assert row(session, ask(session, ada, pick("a"))).id != row(session, first).id


def test_what_is_looked_for_stands_where_it_belongs(session: Session, ada: Owner) -> None:
    tracks = [pick(None, "one"), pick("a"), pick(None, "two"), pick(None, "three"), pick("b")]
    made = row(session, ask(session, ada, *tracks, pick(None, "four"), look=True))
    assert made.uris == ["spotify:track:a", "spotify:track:b"] and made.left_out == 0

    found = ["spotify:track:1", None, "spotify:track:3", "spotify:track:a"]
    settled = made_playlists.settle(session, made.id, found)

    assert [uri[-1] for uri in settled.uris] == ["1", "a", "3", "b"]
    assert (settled.sought, settled.left_out) == (None, 1)


def test_no_more_than_so_many_are_looked_for(session: Session, ada: Owner) -> None:
    made = row(session, ask(session, ada, *(pick(None) for _ in range(60)), look=True))

    assert len(made.sought or ()) == 50 and made.left_out == 10


def test_of_nothing_no_playlist_is_made(session: Session, ada: Owner) -> None:
    for tracks in ((), (pick(None),)):
        with pytest.raises(Conflict):
            ask(session, ada, *tracks)
    assert session.scalar(select(func.count()).select_from(MadePlaylist)) == 0


def test_a_person_may_have_only_so_much_open(session: Session, ada: Owner) -> None:
    for number in range(quota.MOST_OPEN):
        ask(session, ada, pick("a"), name=f"Best {number}")

    with pytest.raises(TooMany):
        ask(session, ada, pick("a"), name="One more")


def test_it_is_its_persons_alone(session: Session, ada: Owner) -> None:
    ben = Owner(factories.person(session, "ben").id, is_admin=True)
    made = row(session, ask(session, ada, pick("a")))

    for other in (ben, HOUSE):
        with pytest.raises(NotFound):
            made_playlists.go_on(session, other, made.public_id)
    with pytest.raises(NotFound):
        made_playlists.get(session, ben.person_id or 0, made.id)
    assert made_playlists.listed(session, ben.person_id or 0) == []
    assert [one.made for one in made_playlists.listed(session, made.person_id)] == [made.public_id]


def test_what_spotify_does_not_take_is_taken_off(session: Session, ada: Owner) -> None:
    made = row(session, ask(session, ada, *map(pick, "abc")))
    made_playlists.say_asked(session, made.id, 1)

    made_playlists.leave_out(session, made.id, "spotify:track:b")

    assert [uri[-1] for uri in made.uris] == ["a", "c"]
    assert (made.left_out, made.unconfirmed) == (1, None)


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": "a\0b"},
        {"name": "a", "description": "x" * 271},
        {"name": "a", "description": "two\nlines"},
        {"name": "a", "look": "perhaps"},
    ],
)
def test_what_spotify_would_not_take_is_not_asked_for(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NewPlaylist.model_validate(said)


def test_with_its_mark_a_description_is_not_too_long(session: Session, ada: Owner) -> None:
    longest = "x" * 270
    made = row(session, ask(session, ada, pick("a"), description=longest))

    assert len(f"{made.description} {made_playlists.mark(made)}") <= 300

"""A basket holds each video once, in the order it was put in, and is one person's alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.videos import as_id
from database import baskets, video_checks
from database.baskets import Added, Figures, Find, TakeOut
from database.engine import Database
from database.models import BasketVideo, Person, VideoCheck
from database.owner import Owner
from database.video_checks import Look
from tests import factories

A, B, C, D = (as_id(number) for number in (1, 2, 3, 4))


@pytest.fixture
def ana(session: Session) -> Person:
    return factories.person(session, "ana")


def find(video_id: str, release_id: int = 1, **said: Any) -> Find:
    found = Find(video_id, f"Video {video_id}", 60, release_id, "Can", "Tago Mago", "UA")
    return found._replace(**said)


def inside(session: Session, person: Person) -> list[str]:
    query = select(BasketVideo.video_id).where(BasketVideo.person_id == person.id)
    return list(session.scalars(query.order_by(BasketVideo.position)))


def chosen(session: Session, person: Person) -> list[str]:
    return [item.video_id for item in baskets.chosen(session, person.id)]


def out(session: Session, person: Person, **said: object) -> int:
    return baskets.take_out(session, person.id, TakeOut.model_validate(said))


def test_a_video_is_in_once_with_the_release_that_came_first(session: Session, ana: Person) -> None:
    came = baskets.add(session, ana.id, [find(B), find(A), find(B, 2)])
    again = baskets.add(session, ana.id, [find(A, 2), find(C, 2)])

    assert (came, again) == (Added(3, 2, 0, 2), Added(2, 1, 0, 3))
    assert inside(session, ana) == [B, A, C]
    assert [item.release_id for item in baskets.chosen(session, ana.id)] == [1, 1, 2]


def test_two_who_put_in_at_once_share_no_position(db: Database) -> None:
    with db.writing() as session:
        person_id = factories.person(session, "ana").id

    def put_in(first: int) -> None:
        for nth in range(first, first + 10):
            with db.writing() as session:
                baskets.add(session, person_id, [find(as_id(nth)), find(as_id(-1))])

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(put_in, range(0, 40, 10)))

    with db.reading() as session:
        positions = [item.position for item in baskets.chosen(session, person_id)]
    assert positions == list(range(1, 42))


def test_baskets_are_apart(session: Session, ana: Person) -> None:
    ben = factories.person(session, "ben")
    baskets.add(session, ana.id, [find(A)])
    baskets.add(session, ben.id, [find(A), find(B)])

    assert baskets.clear(session, ana.id) == 1
    assert out(session, ana, video=B) == 0
    assert inside(session, ben) == [A, B]


def test_a_basket_goes_with_its_person(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A)])

    session.execute(delete(Person).where(Person.id == ana.id))

    assert session.scalars(select(BasketVideo.video_id)).all() == []


def test_what_does_not_fit_is_refused_whole(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(as_id(n), n) for n in range(baskets.MOST - 1)])

    with pytest.raises(Conflict, match=r"holds 5,000 videos: yours has 4,999, and these are 2"):
        baskets.add(session, ana.id, [find(as_id(-1)), find(as_id(-2))])

    assert baskets.add(session, ana.id, [find(as_id(-1)), find(as_id(0))]).new == 1


def test_exactly_those_of_a_release_are_chosen_that_are_named(
    session: Session, ana: Person
) -> None:
    baskets.add(session, ana.id, [find(A), find(B), find(C), find(D, 2)])

    baskets.choose(session, ana.id, 1, [A, C])
    assert chosen(session, ana) == [A, C, D]
    baskets.choose(session, ana.id, 1, [])
    assert chosen(session, ana) == [D]
    with pytest.raises(NotFound):
        baskets.choose(session, ana.id, 3, [A])


def test_a_cap_leaves_the_first_chosen_ones_of_each_release(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A), find(B), find(C), find(D, 2)])
    baskets.choose(session, ana.id, 1, [B, C])

    baskets.cap(session, ana.id, 1)
    assert chosen(session, ana) == [B, D]
    assert inside(session, ana) == [A, B, C, D]
    baskets.choose_all(session, ana.id)
    assert chosen(session, ana) == [A, B, C, D]


def test_names_are_taken_out_however_they_are_written(session: Session, ana: Person) -> None:
    finds = [
        find(A, artist="MÖTLEY  Crüe"),
        find(B, 2, artist="100%", label="Kling Klang"),
        find(C, 3, artist="1000", label="kling klang"),
    ]
    baskets.add(session, ana.id, finds)

    assert out(session, ana, artist="mötley crüe") == 1
    assert out(session, ana, artist="100%") == 1
    assert out(session, ana, label="KLING KLANG") == 1
    assert inside(session, ana) == []


def test_releases_and_videos_are_taken_out(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A), find(B), find(C, 2)])

    assert out(session, ana, video=A) == 1
    assert out(session, ana, release=2) == 1
    assert inside(session, ana) == [B]


@pytest.mark.parametrize("said", [{}, {"gone": False}, {"video": A, "release": 1}])
def test_one_thing_is_taken_out_at_a_time(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="Say one thing"):
        TakeOut.model_validate(said)


def test_a_page_has_releases_whole_in_the_order_they_came(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A, 9), find(B, 5), find(C, 7)])
    baskets.add(session, ana.id, [find(D, 9)])

    first = baskets.page(session, ana.id, limit=2)
    rest = baskets.page(session, ana.id, after=first[-1][0], limit=2)

    told = [(one.release_id, [item.video_id for item in one.items]) for _, one in first + rest]
    assert told == [(9, [A, D]), (5, [B]), (7, [C])]


def test_chosen_ones_are_read_on_by_position(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A), find(B), find(C)])

    first = baskets.chosen(session, ana.id, limit=2)
    rest = baskets.chosen(session, ana.id, after=first[-1].position, limit=2)

    assert [item.video_id for item in first + rest] == [A, B, C]


def test_figures_tell_how_much_it_is(session: Session, ana: Person) -> None:
    assert baskets.figures(session, ana.id) == Figures(0, 0, 0, 0, 0, 0, 0)
    finds = [find(A), find(B, seconds=None), find(C, 2, seconds=30), find(D, 2, seconds=None)]
    baskets.add(session, ana.id, finds)
    baskets.choose(session, ana.id, 1, [B])
    video_checks.keep(session, {D: Look("gone", "private"), A: Look("alive")})

    assert baskets.figures(session, ana.id) == Figures(4, 2, 2, 30, 1, 1, 1)


def test_what_is_gone_is_shown_and_taken_out(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(A), find(B), find(C)])
    video_checks.keep(session, {A: Look("alive"), B: Look("gone", "private")})

    [(_, release)] = baskets.page(session, ana.id)

    assert [item.state for item in release.items] == ["alive", "gone", None]
    assert out(session, ana, gone="1") == 1
    assert inside(session, ana) == [A, C]


def test_what_is_found_to_be_gone_is_chosen_nowhere_until_somebody_does(
    session: Session, ana: Person
) -> None:
    ben = factories.person(session, "ben")
    for person in (ana, ben):
        baskets.add(session, person.id, [find(A), find(B), find(C)])

    video_checks.keep(session, {A: Look("gone", "private"), B: Look("alive", "not embedded")})
    assert chosen(session, ana) == chosen(session, ben) == [B, C]
    baskets.choose_all(session, ana.id)
    assert chosen(session, ana) == [B, C]
    baskets.choose(session, ana.id, 1, [A])
    video_checks.keep(session, {A: Look("gone", "not there")})
    assert (chosen(session, ana), chosen(session, ben)) == ([A], [B, C])


def test_what_is_known_to_be_gone_goes_in_and_is_not_chosen(session: Session, ana: Person) -> None:
    video_checks.keep(session, {A: Look("gone", "private"), B: Look("alive")})

    assert baskets.add(session, ana.id, [find(A), find(B), find(C)]) == Added(3, 3, 1, 3)
    assert chosen(session, ana) == [B, C]


def test_an_answer_is_good_for_weeks_and_the_newest_counts(session: Session, ana: Person) -> None:
    baskets.add(session, ana.id, [find(B), find(A), find(C)])
    video_checks.keep(session, {A: Look("gone", "private"), B: Look("alive")})
    video_checks.keep(session, {A: Look("alive", "not embedded")})

    assert video_checks.due(session, ana.id) == [C]
    assert video_checks.count_due(session, ana.id) == 1
    row = session.get_one(VideoCheck, A)
    assert (row.state, row.reason) == ("alive", "not embedded")

    row.checked_at = clock.now() - video_checks.GOOD_FOR - clock.DAY
    session.flush()
    assert video_checks.due(session, ana.id) == [A, C]
    assert video_checks.forget(session, clock.now() - video_checks.GOOD_FOR) == 1


def test_a_look_is_asked_for_once_and_only_if_one_is_due(session: Session, ana: Person) -> None:
    with pytest.raises(Conflict):
        video_checks.ask(session, Owner(ana.id), ana.id)
    baskets.add(session, ana.id, [find(A)])

    first = video_checks.ask(session, Owner(ana.id), ana.id)
    second = video_checks.ask(session, Owner(ana.id), ana.id)

    assert (first.is_new, second.is_new, second.id) == (True, False, first.id)

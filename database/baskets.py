"""What somebody has dug up and wants to play: their basket, one each, in the order it was put in.

A video is in it once, however many releases have it. What a page shows of a release is copied
here: the next dump may not have it any more.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, case, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.names import fold
from database.models import BasketVideo, Person, VideoCheck

MOST = 5_000  # what a playlist of YouTube's holds
MOST_AT_ONCE = 1_000
PAGE = 20  # releases
ALIVE, GONE = "alive", "gone"
_LARGEST = 2**63 - 1


class Find(NamedTuple):
    """A video, and the release that it was found with; `artist`, `label` as they are shown."""

    video_id: str
    video_title: str
    seconds: int | None
    release_id: int
    artist: str
    title: str
    label: str


class Added(NamedTuple):
    """What came of putting in: links that were found, videos of them that are new, and all now.

    `gone`: of the new ones, those that are known to play no more; they are not chosen.
    """

    found: int
    new: int
    gone: int
    videos: int


class Item(NamedTuple):
    """A video in a basket. `state`: ALIVE, GONE, or None where nobody has looked yet."""

    position: int
    video_id: str
    video_title: str
    seconds: int | None
    release_id: int
    artist: str
    title: str
    label: str
    is_chosen: bool
    state: str | None
    reason: str | None

    @property
    def called(self) -> str:
        return self.video_title or f"{self.artist} - {self.title}"


class OfRelease(NamedTuple):
    """The videos that were put in with a release, as it was called then."""

    release_id: int
    artist: str
    title: str
    label: str
    items: list[Item]


class Figures(NamedTuple):
    """How much a basket is. `seconds`: of the chosen ones, but for `untimed` of them.

    `gone`: what plays no more; `left_out`: what plays, as far as is known, and is not chosen.
    """

    videos: int
    chosen: int
    releases: int
    seconds: int
    untimed: int
    gone: int
    left_out: int


class TakeOut(BaseModel):
    """What is to be taken out: one of these."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    video: str | None = Field(None, max_length=11, description="A video is known by 11 signs.")
    release: int | None = Field(None, ge=1, le=_LARGEST, description="A release has a number.")
    artist: str | None = Field(None, max_length=2_000, description="An artist as the basket says.")
    label: str | None = Field(None, max_length=2_000, description="A label as the basket says.")
    gone: bool = Field(default=False, description="1: whatever does not play any more.")

    @model_validator(mode="after")
    def _one(self) -> "TakeOut":
        said = (self.video, self.release, self.artist, self.label, self.gone or None)
        if len([one for one in said if one is not None]) != 1:
            sentence = "Say one thing: a video, a release, an artist, a label, or what is gone."
            raise PydanticCustomError("sentence", sentence)
        return self


class Cap(BaseModel):
    """How many videos of each release are to stay chosen."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    per_release: int = Field(ge=1, le=100, description="A number from 1 to 100.")


def add(session: Session, person_id: int, finds: Sequence[Find]) -> Added:
    """Put videos in, behind what is there; one that is in already stays where it is.

    Raises:
        Conflict: there is not room for that many.
    """
    _alone(session, person_id)
    there = set(session.scalars(select(BasketVideo.video_id).where(_of(person_id))))
    fresh: dict[str, Find] = {}
    for find in finds:
        if find.video_id not in there:
            fresh.setdefault(find.video_id, find)
    if len(there) + len(fresh) > MOST:
        raise Conflict(
            f"A basket holds {MOST:,} videos: yours has {len(there):,}, "
            f"and these are {len(fresh):,} more. Take some out first."
        )
    last = session.scalar(select(func.max(BasketVideo.position)).where(_of(person_id))) or 0
    now = clock.now()
    gone = set(session.scalars(_gone().where(VideoCheck.video_id.in_(list(fresh)))))
    rows = [
        find._asdict()
        | {
            "person_id": person_id, "position": position, "added_at": now,
            "is_chosen": find.video_id not in gone,
        }
        for position, find in enumerate(fresh.values(), last + 1)
    ]  # fmt: skip
    if rows:
        session.execute(insert(BasketVideo), rows)
    return Added(len(finds), len(fresh), len(gone), len(there) + len(fresh))


def _alone(session: Session, person_id: int) -> None:
    """Let nobody else change this basket meanwhile: two at once would share positions."""
    query = select(Person.id).where(Person.id == person_id)
    session.execute(query.with_for_update(key_share=True))


def _gone() -> Select[Any]:
    return select(VideoCheck.video_id).where(VideoCheck.state == GONE)


def _of(person_id: int) -> ColumnElement[bool]:
    return BasketVideo.person_id == person_id


def figures(session: Session, person_id: int) -> Figures:
    chosen, is_gone = BasketVideo.is_chosen, func.coalesce(VideoCheck.state, "") == GONE
    query = select(
        func.count(),
        func.count(case((chosen, 1))),
        func.count(BasketVideo.release_id.distinct()),
        func.coalesce(func.sum(case((chosen, BasketVideo.seconds))), 0),
        func.count(case((chosen & BasketVideo.seconds.is_(None), 1))),
        func.count(case((is_gone, 1))),
        func.count(case((~chosen & ~is_gone, 1))),
    ).select_from(BasketVideo)
    query = query.outerjoin(VideoCheck, VideoCheck.video_id == BasketVideo.video_id)
    row = session.execute(query.where(_of(person_id))).one()
    return Figures(*map(int, row))


def page(
    session: Session, person_id: int, *, after: int = 0, limit: int = PAGE
) -> list[tuple[int, OfRelease]]:
    """Return releases with their videos, each with the position of its first one: `after` that.

    In the order in which they came into the basket.
    """
    first = func.min(BasketVideo.position)
    query = select(BasketVideo.release_id, first).where(_of(person_id))
    query = query.group_by(BasketVideo.release_id).having(first > after)
    firsts = [(row[0], row[1]) for row in session.execute(query.order_by(first).limit(limit))]
    items = _items(person_id).where(BasketVideo.release_id.in_([id_ for id_, _ in firsts]))
    ordered = items.order_by(BasketVideo.release_id, BasketVideo.position)
    found = [Item(*row) for row in session.execute(ordered)]
    by_id = {id_: _release(list(of)) for id_, of in groupby(found, lambda item: item.release_id)}
    return [(position, by_id[id_]) for id_, position in firsts]


def _items(person_id: int) -> Select[Any]:
    columns = (getattr(BasketVideo, name) for name in Item._fields[:-2])
    query = select(*columns, VideoCheck.state, VideoCheck.reason)
    query = query.outerjoin(VideoCheck, VideoCheck.video_id == BasketVideo.video_id)
    return query.where(_of(person_id))


def _release(items: list[Item]) -> OfRelease:
    last = items[-1]
    return OfRelease(last.release_id, last.artist, last.title, last.label, items)


def chosen(session: Session, person_id: int, *, after: int = 0, limit: int = MOST) -> list[Item]:
    """Return the chosen videos behind that position, in order."""
    query = _items(person_id).where(BasketVideo.is_chosen, BasketVideo.position > after)
    query = query.order_by(BasketVideo.position).limit(limit)
    return [Item(*row) for row in session.execute(query)]


def chosen_ids(session: Session, person_id: int) -> list[tuple[int, str]]:
    """Return the position and the id of each chosen video, in order."""
    query = select(BasketVideo.position, BasketVideo.video_id)
    query = query.where(_of(person_id), BasketVideo.is_chosen).order_by(BasketVideo.position)
    return [(position, video_id) for position, video_id in session.execute(query)]


def choose(session: Session, person_id: int, release_id: int, video_ids: Collection[str]) -> None:
    """Let of a release's videos exactly these be chosen.

    Raises:
        NotFound: nothing of that release is in the basket.
    """
    _alone(session, person_id)
    wanted = case((BasketVideo.video_id.in_(list(video_ids)), True), else_=False)
    query = update(BasketVideo).where(_of(person_id), BasketVideo.release_id == release_id)
    done = query.values(is_chosen=wanted).returning(BasketVideo.video_id)
    if not session.scalars(done, execution_options=_PLAIN).all():
        raise NotFound("release in your basket with the number", release_id)


def choose_all(session: Session, person_id: int) -> None:
    """Choose everything but what plays no more: that stays as it is."""
    _alone(session, person_id)
    query = update(BasketVideo).where(_of(person_id), BasketVideo.video_id.not_in(_gone()))
    query = query.values(is_chosen=True)
    session.execute(query, execution_options=_PLAIN)


def leave_out(session: Session, video_ids: Collection[str]) -> None:
    """Let these not be chosen any more, in nobody's basket; each may choose them again."""
    chosen = (BasketVideo.video_id.in_(list(video_ids)), BasketVideo.is_chosen)
    whose = select(Person.id).where(exists().where(BasketVideo.person_id == Person.id, *chosen))
    # In one order: two that do so never wait for each other.
    for person_id in session.scalars(whose.order_by(Person.id)).all():
        _alone(session, person_id)
        out = update(BasketVideo).where(_of(person_id), *chosen).values(is_chosen=False)
        session.execute(out, execution_options=_PLAIN)


def cap(session: Session, person_id: int, per_release: int) -> None:
    """Let no more than the first so many of those stay chosen that came with one release."""
    _alone(session, person_id)
    nth = func.row_number().over(partition_by=BasketVideo.release_id, order_by=BasketVideo.position)
    of_release = select(BasketVideo.video_id, nth.label("nth"))
    ranked = of_release.where(_of(person_id), BasketVideo.is_chosen).subquery()
    over = select(ranked.c.video_id).where(ranked.c.nth > per_release)
    query = update(BasketVideo).where(_of(person_id), BasketVideo.video_id.in_(over))
    session.execute(query.values(is_chosen=False), execution_options=_PLAIN)


def take_out(session: Session, person_id: int, what: TakeOut) -> int:
    """Take videos out; return how many. Names are compared as everywhere, folded."""
    _alone(session, person_id)
    query = delete(BasketVideo).where(_of(person_id), _meant(session, person_id, what))
    done = query.returning(BasketVideo.video_id)
    return len(session.scalars(done, execution_options=_PLAIN).all())


def _meant(session: Session, person_id: int, what: TakeOut) -> ColumnElement[bool]:
    if what.video is not None:
        return BasketVideo.video_id == what.video
    if what.release is not None:
        return BasketVideo.release_id == what.release
    if what.gone:
        return BasketVideo.video_id.in_(_gone())
    column, name = (
        (BasketVideo.artist, what.artist) if what.artist is not None
        else (BasketVideo.label, what.label)
    )  # fmt: skip
    there = session.scalars(select(column).where(_of(person_id)).distinct())
    return column.in_([said for said in there if fold(said) == fold(name or "")])


def clear(session: Session, person_id: int) -> int:
    """Take everything out; return how many videos that were."""
    _alone(session, person_id)
    query = delete(BasketVideo).where(_of(person_id)).returning(BasketVideo.video_id)
    return len(session.scalars(query, execution_options=_PLAIN).all())


# No object of these rows is held on to.
_PLAIN = {"synchronize_session": False}

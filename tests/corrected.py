"""A house of two whose plays are corrected: what tests of edits, merges and rules share."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.plays import Context, Heard, Named, Source, row_key
from database import (
    play_corrections,
    play_edits,
    play_spins,
)
from database.models import (
    Artist,
    Person,
    Play,
    PlayEdit,
    Track,
)
from database.owner import Owner
from database.play_choices import Choice
from database.play_corrections import Said
from database.play_intake import Intake
from database.play_spins import Spin
from tests import factories, plays

AT = 1_700_000_000_000  # 14 November 2023, 22:13:20
MINUTE = 60_000
ALARM = Context(client="Kids speaker", platform="speaker")
PHONE = Context(client="phone", platform="android", reason_end="trackdone")


class House(NamedTuple):
    """Two people of the same house, with plays that differ in all that is asked for here."""

    session: Session
    ana: int
    bo: int

    @property
    def owner(self) -> Owner:
        return Owner(self.ana)

    def numbers(self) -> tuple[Any, ...]:
        """Return every sum and tally, and what each play says of itself."""
        self.session.expire_all()
        return plays.sums(self.session), plays.tallies(self.session), plays.kept(self.session)

    def check(self) -> None:
        """Compare what is kept with what it has to be, counted anew from the plays."""
        self.session.expire_all()
        summed, tallied = plays.recounted(self.session)
        assert plays.differences(plays.sums(self.session), summed) == {}
        assert plays.differences(plays.tallies(self.session), tallied) == {}
        assert plays.differences(plays.kept(self.session), plays.settled(self.session)) == {}

    def counted(self, whose: int) -> int:
        query = select(func.count()).where(Play.person_id == whose, Play.standing == 0)
        return self.session.scalar(query) or 0

    def play(self, title: str, whose: int | None = None) -> int:
        query = select(Play.id).join(Track, Track.id == Play.track_id).where(Track.title == title)
        query = query.where(Play.person_id == (whose or self.ana)).order_by(Play.id)
        return self.session.scalars(query).first() or 0

    def artist(self, name: str) -> int:
        return self.session.scalars(select(Artist.id).where(Artist.name == name)).one()

    def track(self, title: str) -> int:
        return self.session.scalars(select(Track.id).where(Track.title == title)).one()

    def edit(self) -> PlayEdit:
        return self.session.scalars(select(PlayEdit).order_by(PlayEdit.id.desc())).first()  # type: ignore[return-value]


def heard(
    nth: int,
    title: str,
    *artists: str,
    source: Source = Source.SPOTIFY_EXTENDED,
    ms: int | None = 200_000,
    context: Context | None = PHONE,
    album: str = "One",
    at: int | None = None,
) -> Heard:
    started_at = AT + nth * 10 * MINUTE if at is None else at
    named = Named(title, artists or ("Ana & Co",), album)
    return Heard(named, started_at, source, row_key(source, started_at, title), ms, context=context)


HISTORY = [
    heard(0, "Blue", "Ana & Co"),
    heard(1, "Blue", "Ana & Co", ms=5_000),
    heard(2, "Nacht", "Böhm", "Ana & Co", context=ALARM),
    heard(3, "Tag", "Boehm", context=ALARM, album="Two"),
    heard(4, "Tag!", "Boehm", album="Two!"),
    heard(0, "Blue", "Ana & Co", source=Source.LASTFM, ms=None, context=None),
    heard(2, "Nacht", "Böhm", source=Source.LASTFM, ms=None, context=None),
    heard(5, "Late", "Ana & Co", source=Source.LASTFM, ms=None, context=None),
    heard(700, "Tag", "Boehm", context=ALARM),
]


def made(session: Session) -> House:
    ana, bo = factories.person(session, "ana"), factories.person(session, "bo", zone="Asia/Tokyo")
    Intake(ana.id).take(session, HISTORY)
    Intake(bo.id).take(session, HISTORY[2:5])
    house = House(session, ana.id, bo.id)
    house.check()
    return house


def said(title: str = "Blue", artists: str = "Ana & Co", album: str = "One", **at: Any) -> Said:
    return Said.model_validate(
        {"title": title, "artists": artists, "album": album, "at": "2023-11-16T20:00"} | at
    )


def add_one(house: House) -> None:
    play_corrections.add(house.session, house.ana, said("New", "Böhm"), house.owner, None)


def change_names(house: House) -> None:
    play_corrections.change(
        house.session, house.play("Blue"), said("Blau", "Böhm; Ana & Co"), house.owner
    )


def change_time(house: House) -> None:
    play_corrections.change(
        house.session, house.play("Nacht"), said("Nacht", "Böhm; Ana & Co"), house.owner
    )


def delete_some(house: House) -> None:
    ids = [house.play("Nacht"), house.play("Late")]
    play_corrections.delete(house.session, house.ana, ids, house.owner)


def not_me(house: House) -> None:
    play_corrections.not_me(house.session, house.ana, Choice(artist="boehm"), house.owner, None)


def give(house: House) -> None:
    chosen = Choice(words="phone", since=date(2023, 11, 14), until=date(2023, 11, 15))
    play_corrections.not_me(house.session, house.ana, chosen, house.owner, house.bo)


def merge_artists(house: House) -> None:
    play_edits.merge(
        house.session, "artists", house.artist("Boehm"), house.artist("Böhm"), house.owner
    )


def spin(house: House) -> None:
    bo = house.session.get_one(Person, house.bo)
    songs = [
        {"position": "A1", "title": "Blue", "seconds": 200, "is_favourite": False},
        {"position": "A2", "title": "Grey", "seconds": None, "is_favourite": False},
        {"position": "B1", "title": "Red", "seconds": 100, "is_favourite": False},
    ]
    record_id = factories.record(house.session, bo, "One", ["Ana & Co"], songs=songs)
    wanted = Spin.model_validate({"side": "A", "at": "2023-11-14T22:13:00"})
    assert play_spins.log(house.session, house.ana, record_id, wanted, house.owner) == 2


EDITS = [add_one, change_names, change_time, delete_some, not_me, give, merge_artists, spin]

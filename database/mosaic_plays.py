"""Whose plays a mosaic of albums shows, as the worker and the forms ask for it."""

from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from database import album_covers, listeners, people, play_tops
from database.listeners import Whose
from database.models import Album, Listener
from database.mosaic_records import Named
from database.owner import Owner
from database.play_sums import Kind
from database.play_windows import ALWAYS, Window
from database.viewings import Month, Seen

ME, US = "me", "us"
THE_HOUSEHOLD = "The household"

_MONTHS = text("""
    SELECT item / 100 AS month, SUM(plays) AS plays
      FROM play_sums
     WHERE whose = :whose AND kind = :kind AND plays > 0
     GROUP BY item / 100
     ORDER BY month DESC
""")


class Asked(NamedTuple):
    """Whose plays are asked for, and by what name."""

    whose: Whose
    name: str


def asked(session: Session, said: str, owner: Owner) -> Asked:
    """Return whose plays `said` means: "me", "us" or a person's id.

    Raises:
        NotFound: there is no such person.
        Forbidden: they keep theirs to themselves.
    """
    if said == US:
        return Asked(listeners.household(session), THE_HOUSEHOLD)
    person = people.get(session, (owner.person_id or 0) if said == ME else int(said))
    return Asked(listeners.seen_by(session, person.id, owner), person.name)


def of_window(session: Session, whose: Whose, window: Window, most: int) -> list[Seen]:
    """Return the albums that were played most, how often in `half_stars`."""
    tops = play_tops.tops(session, whose, Kind.ALBUM, window, limit=most)
    return [
        Seen(
            film_id=None,
            title=top.name,
            year=None,
            director=top.credit or None,
            half_stars=top.plays,
            watched_on=None,
            poster_address=None,
            is_rewatch=False,
            album_id=top.item,
        )
        for top in tops
    ]


def has_plays(session: Session, person_id: int) -> bool:
    return session.get(Listener, person_id) is not None


def months(session: Session, whose: int) -> list[Month]:
    """Return in which months a person, or the household, played something; the newest first."""
    rows = session.execute(_MONTHS, {"whose": whose, "kind": int(Kind.DAY)})
    return [Month(row.month // 100, row.month % 100, int(row.plays)) for row in rows]


def choices(session: Session, owner: Owner) -> list[tuple[str, str]]:
    """Return whose plays somebody may choose from: the value, and the words."""
    others = [one for one in listeners.visible(session, owner) if one.id != owner.person_id]
    found = [(ME, "Yours"), (US, "The household’s")]
    return found + [(str(one.id), f"{one.name}’s") for one in others]


def with_cover(session: Session, person_id: int, limit: int, also: int | None) -> list[Named]:
    """Return albums that show a cover by title: those they played most, and the album `also`."""
    whose = Whose(person_id, (person_id,), clock.machine_zone())
    tops = play_tops.tops(session, whose, Kind.ALBUM, ALWAYS, limit=limit)
    wanted = [top.item for top in tops] + ([also] if also is not None else [])
    there = album_covers.shown(session, wanted)
    query = select(Album.id, Album.title).where(Album.id.in_(there))
    found = [Named(row.id, row.title, None) for row in session.execute(query)]
    return sorted(found, key=lambda album: (album.title.casefold(), album.id))

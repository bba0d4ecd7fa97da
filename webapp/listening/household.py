"""The household: what it plays together, who plays what, how alike, who brought whom in."""

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from database import play_shared, play_tops
from database.play_shared import First, Shared
from database.play_sums import Kind
from database.play_tops import Top
from database.play_windows import ALWAYS
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import US, Asked, asked
from webapp.listening.downloads import Table, moment
from webapp.listening.pieces import KINDS

_TOPS, _ARTISTS = 10, 20


@bp.get("/household")
def household() -> ResponseReturnValue:
    """Those who are in the household's charts, and whose plays one may see."""
    with reading() as session:
        wanted = asked(session, whose=US)
        names = wanted.names
        people = [person_id for person_id in wanted.whose.person_ids if person_id in names]
        tops = {
            kind: play_tops.tops(session, wanted.whose, number, ALWAYS, limit=_TOPS)
            for kind, number in KINDS.items()
        }
        shared = {
            kind: play_shared.shared(session, number, people, _TOPS)
            for kind, number in KINDS.items()
        }
        artists, by_person, firsts = _who(session, wanted, people)
        alike = play_shared.alike(session, people)
    tables = {
        **{f"us_{kind}": pieces.tops_table(found, kind) for kind, found in tops.items()},
        **{f"shared_{kind}": _shared_table(found) for kind, found in shared.items()},
        "who": _who_table(artists, by_person, names, people),
        "alike": Table(
            ("person", "other", "share"),
            [(names[one.first], names[one.second], one.share) for one in alike],
        ),
        "brought_in": _firsts_table(artists, firsts, wanted),
    }
    return downloads.answer(
        "listening/household.html",
        wanted,
        tables,
        people=people,
        tops=tops,
        shared=shared,
        artists=artists,
        by_person=by_person,
        firsts=firsts,
        alike=alike,
    )


def _who(
    session: Session, wanted: Asked, people: Sequence[int]
) -> tuple[list[Top], dict[int, dict[int, int]], dict[int, First]]:
    """Return the artists most played here, who of these people plays them, and did so first."""
    artists = play_tops.tops(session, wanted.whose, Kind.ARTIST, ALWAYS, limit=_ARTISTS)
    ids = [artist.item for artist in artists]
    plays = play_shared.plays_of(session, Kind.ARTIST, ids, people)
    return artists, plays, play_shared.brought_in(session, ids, people)


def _shared_table(found: Sequence[Shared]) -> Table:
    rows = [(one.item, one.name, one.credit, one.least, one.plays) for one in found]
    return Table(("id", "name", "artist", "least_plays", "plays"), rows)


def _who_table(
    artists: Sequence[Top],
    by_person: dict[int, dict[int, int]],
    names: dict[int, str],
    people: Sequence[int],
) -> Table:
    rows = [
        (one.item, one.name, names[who], by_person[one.item].get(who, 0))
        for one in artists
        for who in people
    ]
    return Table(("artist_id", "artist", "person", "plays"), rows)


def _firsts_table(artists: Sequence[Top], firsts: dict[int, First], wanted: Asked) -> Table:
    rows = [
        (
            one.item,
            one.name,
            wanted.names[firsts[one.item].person_id],
            moment(firsts[one.item].at, wanted),
        )
        for one in artists
        if one.item in firsts
    ]
    return Table(("artist_id", "artist", "person", "at"), rows)

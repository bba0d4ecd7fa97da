"""One artist, album or track turns out to be another spelling of one: it counts as that one.

Nothing is rewritten but `counts_as` and, on the shelf, whose records these are; `before` of the
edit holds what was there, so that taking it back restores every number.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.names import fold
from database import listeners, play_lengths, play_settling, play_sums, record_sums
from database.models import Album, Artist, Play, PlayEdit, Record, RecordArtist, Track, TrackArtist
from database.owner import Owner
from database.play_rows import in_many

KINDS = ("artists", "albums", "tracks")
AT_ONCE = 2_000  # plays; more are a task's
_MANY = 2_000
_SUGGESTED = 10
_MOST_ALIKE = 1_000  # names that are compared

Model = type[Artist] | type[Album] | type[Track]
_MODELS: dict[str, Model] = {"artists": Artist, "albums": Album, "tracks": Track}


class Named(NamedTuple):
    """An artist, album or track. `credit`: whose album or track it is."""

    id: int
    name: str
    credit: str
    counts_as: int | None


class Preview(NamedTuple):
    """What a merge would do: `plays` move, and `records` of the shelf with them."""

    item: Named
    into: Named
    plays: int
    records: int


def is_merge(edit: PlayEdit) -> bool:
    return edit.kind.startswith("merge-")


def get(session: Session, kind: str, item: int) -> Named:
    """Return what is called so.

    Raises:
        NotFound: there is none.
    """
    found = _named(session, kind, [item])
    if not found:
        raise NotFound(kind.removesuffix("s"), item)
    return found[0]


def _named(session: Session, kind: str, items: Collection[int]) -> list[Named]:
    model = _model(kind)
    return [Named(*row) for row in session.execute(_columns(model).where(model.id.in_(items)))]


def _model(kind: str) -> Model:
    if kind not in _MODELS:
        raise NotFound("kind", kind)
    return _MODELS[kind]


def _columns(model: Model) -> Select[*tuple[Any, ...]]:
    if model is Artist:
        return select(Artist.id, Artist.name, func.coalesce(Artist.country, ""), Artist.counts_as)
    if model is Album:
        return select(Album.id, Album.title, Album.credit, Album.counts_as)
    return select(Track.id, Track.title, Track.credit, Track.counts_as)


def search(
    session: Session, kind: str, words: str, but: int, *, limit: int = _SUGGESTED
) -> list[Named]:
    """Return some whose names begin so, and that count as themselves."""
    model = _model(kind)
    folded = model.name_folded if model is Artist else model.title_folded  # type: ignore[union-attr]
    begins = fold(words)
    if not begins:
        return []
    query = _columns(model).where(
        folded >= begins,
        folded < begins + "\U0010ffff",
        model.counts_as.is_(None),
        model.id != but,
    )
    return [Named(*row) for row in session.execute(query.order_by(folded).limit(limit))]


def suggestions(session: Session, kind: str, item: int) -> list[Named]:
    """Return those that differ from one by punctuation alone, of those that begin alike."""
    one = get(session, kind, item)
    bare = fold(one.name).removeprefix("the ")
    first = "".join(takewhile(str.isalnum, bare))
    if not first:
        return []
    near = [
        found
        for begins in (first, f"the {first}")
        for found in search(session, kind, begins, item, limit=_MOST_ALIKE)
    ]
    key = letters(one.name)
    return [found for found in near if letters(found.name) == key][:_SUGGESTED]


def letters(name: str) -> str:
    """Return the letters and digits of a name, folded, without an article before it.

    >>> letters("The Go! Team") == letters("Go-Team")
    True
    """
    return "".join(letter for letter in fold(name).removeprefix("the ") if letter.isalnum())


def preview(session: Session, kind: str, item: int, into: int, owner: Owner) -> Preview:
    """Return what a merge would do.

    Raises:
        NotFound, Forbidden, InvalidInput: as in `merge`.
    """
    one, other = _both(session, kind, item, into, owner)
    items = _with_spellings(session, kind, one.id)
    records = 0
    if kind == "artists":
        query = select(func.count()).where(RecordArtist.artist_id.in_(items))
        records = session.scalar(query) or 0
    return Preview(one, other, _plays(session, _tracks(session, kind, items)), records)


def _both(session: Session, kind: str, item: int, into: int, owner: Owner) -> tuple[Named, Named]:
    one = get(session, kind, item)
    if not _named(session, kind, [into]):
        raise InvalidInput({"into": "Choose which one it is."})
    other = get(session, kind, into)
    other = get(session, kind, other.counts_as) if other.counts_as is not None else other
    if one.counts_as is not None:
        raise InvalidInput({"into": f"“{one.name}” counts as another one already."})
    if one.id == other.id:
        raise InvalidInput({"into": "Choose another one: this is the same."})
    if not may(session, kind, one.id, owner):
        raise Forbidden("Only somebody with plays of it, or an admin, may say that.")
    return one, other


def may(session: Session, kind: str, item: int, owner: Owner) -> bool:
    """Say whether somebody may merge this: who has plays of it, or an admin."""
    if owner.is_admin:
        return True
    if owner.person_id is None:
        return False
    tracks = _query_of_tracks(kind, _with_spellings(session, kind, item))
    family = listeners.family(session, owner.person_id)
    theirs = exists().where(Play.track_id.in_(tracks), Play.person_id.in_(family))
    return bool(session.scalar(select(theirs)))


def _with_spellings(session: Session, kind: str, item: int) -> list[int]:
    model = _model(kind)
    return [item, *session.scalars(select(model.id).where(model.counts_as == item))]


def _query_of_tracks(kind: str, items: Sequence[int]) -> Select[int]:
    """Ask for the tracks whose plays count under one of these."""
    if kind == "tracks":
        return select(Track.id).where(Track.id.in_(items))
    if kind == "albums":
        return select(Track.id).where(Track.album_id.in_(items))
    credited = select(TrackArtist.track_id).where(TrackArtist.artist_id.in_(items))
    return select(Track.id).where(or_(Track.id.in_(credited), Track.counts_as.in_(credited)))


def _tracks(session: Session, kind: str, items: Sequence[int]) -> list[int]:
    return sorted(session.scalars(_query_of_tracks(kind, items)))


def _plays(session: Session, track_ids: Sequence[int]) -> int:
    query = select(func.count()).select_from(Play)
    return sum(
        session.scalar(query.where(Play.track_id.in_(track_ids[start : start + _MANY]))) or 0
        for start in range(0, len(track_ids), _MANY)
    )


def merge(session: Session, edit: PlayEdit) -> None:
    """Do what an edit says: let one count as another, with all that counts as it."""
    listeners.lock(session)
    said = edit.before or {}
    if said.get("is_over") or said.get("is_undone"):
        return
    kind, into = said["kind"], said["into"]
    items = _with_spellings(session, kind, said["item"])
    before = {one.id: one.counts_as for one in _named(session, kind, items)}
    tracks = _tracks(session, kind, items)
    edit.plays = _plays(session, tracks)
    _point(session, kind, dict.fromkeys(items, into), tracks, into)
    records = _repoint_records(session, items, into) if kind == "artists" else []
    edit.before = said | {
        "is_over": True,
        "former": [[id_, counts_as] for id_, counts_as in sorted(before.items())],
        "records": records,
    }
    session.flush()


def _point(
    session: Session, kind: str, wanted: dict[int, int | None], tracks: Sequence[int], into: int
) -> None:
    """Let each of these count as what is wanted, and the sums with them.

    `into`: what they count as now, or did; its plays may be others' now, too.
    """
    model = _model(kind)
    for some in _batches(tracks):
        play_sums.take(session, play_sums.of_tracks(some))
    for item, counts_as in sorted(wanted.items()):
        session.execute(update(model).where(model.id == item).values(counts_as=counts_as))
    for some in _batches(tracks):
        play_sums.add(session, play_sums.of_tracks(some))
    session.expire_all()
    if kind == "tracks":
        play_lengths.apply(session, tracks)
    if kind != "albums":
        others = _tracks(session, kind, _with_spellings(session, kind, into))
        _settle(session, sorted({*tracks, *others}))
    listeners.touch(session)


def _batches(items: Sequence[int]) -> Iterator[Sequence[int]]:
    return (items[start : start + _MANY] for start in range(0, len(items), _MANY))


def _settle(session: Session, track_ids: Sequence[int]) -> None:
    """Look again which plays of these tracks other sources tell, too."""
    moments: dict[int, list[int]] = {}
    query = select(Play.person_id, Play.started_at)
    for person_id, at in in_many(session, query, Play.track_id, track_ids):
        moments.setdefault(person_id, []).append(at)
    for person_id, at in moments.items():
        play_settling.settle(session, person_id, at)


def part(session: Session, edit: PlayEdit) -> None:
    """Take a merge back: each counts as it did before."""
    said = edit.before or {}
    if "former" not in said:
        return
    kind = said["kind"]
    former: dict[int, int | None] = dict(said["former"])
    # One that is gone meanwhile, or the one that it counted as, needs nothing.
    there = {one.id: one.counts_as for one in _named(session, kind, former)}
    wanted = {id_: former[id_] for id_, now in there.items() if now == said["into"]}
    if kind == "tracks":
        wanted |= dict.fromkeys(_since(session, edit, said["item"]), said["item"])
    _point(session, kind, wanted, _tracks(session, kind, list(wanted)), said["into"])
    if kind == "artists":
        _restore_records(session, said["records"], said["into"])


def _since(session: Session, edit: PlayEdit, item: int) -> list[int]:
    """Return tracks that came after a merge and that count as `item` but for that."""
    one = session.get(Track, item)
    if one is None:
        return []
    query = select(Track.id, Track.credit).where(
        Track.title_folded == one.title_folded,
        Track.kind == one.kind,
        Track.counts_as == (edit.before or {})["into"],
        Track.created_at >= edit.created_at,
    )
    rows = session.execute(query)
    return [row.id for row in rows if row.id != item and fold(row.credit) == fold(one.credit)]


def _repoint_records(session: Session, items: Sequence[int], into: int) -> list[list[int]]:
    """Make the records of these artists the one's; return [record, position, artist] before."""
    link = RecordArtist
    held = select(link.record_id).where(link.artist_id.in_(items))
    # For PostgreSQL: whoever changes a record holds it first, and its artists after that.
    session.execute(
        select(Record.id)
        .where(Record.id.in_(held))
        .order_by(Record.id)
        .with_for_update(key_share=True)
    )
    query = select(link.record_id, link.position, link.artist_id).where(link.artist_id.in_(items))
    before = [list(row) for row in session.execute(query.order_by(link.record_id, link.position))]
    theirs = set(session.scalars(select(link.record_id).where(link.artist_id == into)))
    for record_id, position, _ in before:
        at = (link.record_id == record_id, link.position == position)
        if record_id in theirs:
            session.execute(delete(link).where(*at))
        else:
            session.execute(update(link).where(*at).values(artist_id=into))
            theirs.add(record_id)
    record_sums.refresh(session, [record_id for record_id, _, _ in before])
    return before


def _restore_records(session: Session, before: Sequence[Sequence[int]], into: int) -> None:
    link = RecordArtist
    there = set(session.scalars(select(Record.id).where(Record.id.in_({row[0] for row in before}))))
    for record_id, position, artist_id in before:
        if record_id not in there:
            continue
        at = (link.record_id == record_id, link.position == position)
        holder = session.scalar(select(link.artist_id).where(*at))
        has_it = exists().where(link.record_id == record_id, link.artist_id == artist_id)
        if session.scalar(select(has_it)):
            continue
        if holder == into:
            session.execute(update(link).where(*at).values(artist_id=artist_id))
        elif holder is None:
            row = {"record_id": record_id, "position": position, "artist_id": artist_id}
            session.execute(insert(link), [row])
    record_sums.refresh(session, there)


def check(session: Session, kind: str, item: int, into: int, owner: Owner) -> Preview:
    """Return what a merge would do, as `preview`; none of that kind may be under way.

    Raises:
        NotFound, Forbidden, InvalidInput: there is none, it is not theirs, or it is the same.
        Conflict: one of that kind is not over.
    """
    found = preview(session, kind, item, into, owner)
    query = select(PlayEdit).where(PlayEdit.kind == f"merge-{kind}", PlayEdit.undone_at.is_(None))
    if any(not (edit.before or {}).get("is_over") for edit in session.scalars(query)):
        raise Conflict("Another merge is not over yet. Please try again when it is.")
    return found


def later(session: Session, edit: PlayEdit) -> str | None:
    """Return what the newest merge says that changed some of the same as this one did."""
    if not is_merge(edit):
        return None
    mine = _changed(edit)
    query = select(PlayEdit).where(
        PlayEdit.kind == edit.kind, PlayEdit.id > edit.id, PlayEdit.undone_at.is_(None)
    )
    for other in session.scalars(query.order_by(PlayEdit.id.desc())):
        if mine & _changed(other):
            return other.said
    return None


def _changed(edit: PlayEdit) -> set[tuple[str, int]]:
    """Return what a merge let count as another, and the records that it changed."""
    said = edit.before or {}
    items = {said["item"], *(id_ for id_, _ in said.get("former", []))}
    records = {record_id for record_id, _, _ in said.get("records", [])}
    return {(said["kind"], id_) for id_ in items} | {("records", id_) for id_ in records}

"""Whose films, records or plays a mosaic is of: one function a source, giving a `Collected`.

An area of its own joins by a line in SOURCES: the job, its layouts, sequences and sizes
ask nothing of a source but this.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from core import clock
from core.errors import InvalidInput
from database import (
    mosaic_plays,
    mosaic_records,
    people,
    play_windows,
    record_covers,
    viewings,
)
from database.film_sources import of_person
from database.mosaic_asked import ALL, LIKED, REWATCHES
from database.mosaic_words import LISTED, NEWEST_FIRST
from database.owner import Owner
from database.play_windows import ALWAYS
from database.viewings import Seen
from worker_jobs import album_covers, film_sources, matching, posters
from worker_jobs.mosaic import layouts, period
from worker_jobs.mosaic.kinds import ALBUMS, FILMS, RECORDS, Kind
from worker_jobs.mosaic.period import Span
from worker_jobs.run import Run

Pictures = Callable[[Run, Sequence[Seen]], list[Path | None]]


class Collected(NamedTuple):
    """What a mosaic is made of. `note`: what its owner should know about it.

    `seen` is one a picture, each with what is said about it, and `pictures` gets their
    files; `who` heads a sentence, where that is not simply the name. `when` says the period,
    where that is not simply that of the films' days.
    """

    name: str
    seen: Sequence[Seen]
    is_shared: bool = False
    note: str = ""
    who: str = ""
    when: str = ""
    kind: Kind = FILMS
    pictures: Pictures = posters.of_films


Source = Callable[[dict[str, Any], Run, date], Collected]


def collect(args: dict[str, Any], run: Run, today: date) -> Collected:
    """Return what was asked for, by the arguments of a task.

    Raises:
        InvalidInput: nothing fits what was asked.
        NotFound: there is no such list.
        RemoteError: the feed cannot be had.
    """
    found = SOURCES[args["source"]](args, run, today)
    if not found.seen:
        raise InvalidInput(
            {"": f"{found.who or found.name} has no {_asked_for(args, found.kind)}."}
        )
    return found


def _asked_for(args: dict[str, Any], kind: Kind) -> str:
    only = args.get("only") or ALL
    if only == REWATCHES:
        return "films that were seen again in this period"
    if only == LIKED:
        return "films that are liked, for this period"
    if only.startswith("rated:"):
        given = int(only[6:])
        best = f"{given / 2:g} stars" if kind is FILMS else f"{given} of 10"
        return f"{kind.things} with {best} or more for this period"
    return f"{kind.things} for this period"


def of_feed(args: dict[str, Any], run: Run, today: date) -> Collected:
    """What somebody's public feed holds."""
    name = args["letterboxd_username"]
    feed = film_sources.from_feed(run, name)
    seen = _seen(args, run, [feed.source_id], today)
    wanted = period.span(args["period"], today)
    return Collected(name, seen, feed.is_shared, _note(run, feed, wanted))


def of_export(args: dict[str, Any], run: Run, today: date) -> Collected:
    """What an export holds that came with the order."""
    with film_sources.from_export(run, args["upload"], args["file_name"]) as brought:
        seen = _seen(args, run, [brought.source_id], today)
        return Collected(brought.name, seen, who=brought.who)


def of_films(args: dict[str, Any], run: Run, today: date) -> Collected:
    """A person's own collection."""
    person_id = run.task.person_id or 0
    with run.db.reading() as session:
        name = people.get(session, person_id).name
        ids = [source.id for source in of_person(session, person_id)]
    return Collected(name, _seen(args, run, ids, today))


def of_records(args: dict[str, Any], run: Run, today: date) -> Collected:
    """The covers of a person's active records, by the day of their purchase."""
    person_id, wanted = run.task.person_id or 0, period.span(args["period"], today)
    _, _, least = (args.get("only") or ALL).partition(":")
    with run.db.reading() as session:
        name = people.get(session, person_id).name
        found = mosaic_records.of_period(
            session,
            person_id,
            since=wanted.since,
            until=wanted.until,
            limit=wanted.limit,
            least=int(least or 0),
        )
    if found:
        layouts.check(args, len(found), RECORDS)
    return Collected(name, found, kind=RECORDS, pictures=_covers)


def _covers(run: Run, records: Sequence[Seen]) -> list[Path | None]:
    """Return the file of each record's cover."""
    hashes = {record.poster_sha256 for record in records if record.poster_sha256}
    paths = {sha256: record_covers.path_of(run.settings.covers, sha256) for sha256 in hashes}
    there = {sha256: path for sha256, path in paths.items() if run.store.fetch(path)}
    return [there.get(record.poster_sha256 or "") for record in records]


def of_plays(args: dict[str, Any], run: Run, _today: date) -> Collected:
    """The covers of the albums that were played most, by a person or the household."""
    person_id = run.task.person_id or 0
    with run.db.reading() as session:
        owner = Owner(person_id, is_admin=people.get(session, person_id).is_admin)
        whose, name = mosaic_plays.asked(session, args["whose"], owner)
        zone = clock.zone(whose.zone)
        today = clock.today(zone)
        days = period.days(args["period"], today)
        window = play_windows.of_days(*days, zone) if days else ALWAYS
        found = mosaic_plays.of_window(session, whose, window, args["most"])
    if found:
        layouts.check(args, len(found), ALBUMS)
    when = period.words_of_days(args["period"], today)
    return Collected(name, found, when=when, kind=ALBUMS, pictures=_album_covers)


def _album_covers(run: Run, albums: Sequence[Seen]) -> list[Path | None]:
    return album_covers.files(run, [album.album_id or 0 for album in albums])


SOURCES: dict[str, Source] = {
    "feed": of_feed,
    "export": of_export,
    "films": of_films,
    "records": of_records,
    "plays": of_plays,
}


def _seen(args: dict[str, Any], run: Run, source_ids: Sequence[int], today: date) -> Sequence[Seen]:
    """Return the films, after TMDB was asked about those it was not asked about."""
    found = _read(args, run, source_ids, today)
    if found:
        layouts.check(args, len(found))
    if not matching.ask(run, [film.film_id for film in found if film.film_id is not None]):
        return found
    return _read(args, run, source_ids, today)


def _read(args: dict[str, Any], run: Run, source_ids: Sequence[int], today: date) -> Sequence[Seen]:
    only, wanted = args.get("only") or ALL, period.span(args["period"], today)
    kind, _, which = only.partition(":")
    with run.db.reading() as session:
        if kind == "list":
            listed = viewings.of_list(session, source_ids, int(which))
            return _within(listed, wanted)
        limit = wanted.limit if only == ALL else None
        found = viewings.of_period(session, source_ids, wanted.since, wanted.until, limit)
        liked = viewings.liked(session, source_ids) if kind == LIKED else set()
    if kind == REWATCHES:
        found = [film for film in found if film.is_rewatch]
    elif kind == LIKED:
        found = [film for film in found if film.film_id in liked]
    elif kind == "rated":
        found = [film for film in found if (film.half_stars or 0) >= int(which)]
    return found[: wanted.limit]


def _within(films: list[Seen], wanted: Span) -> list[Seen]:
    """Leave out of a list what was not watched in that time; all of it where none is meant."""
    if wanted.since is None or wanted.until is None:
        return films[: wanted.limit]
    since, until = wanted.since, wanted.until
    return [film for film in films if film.watched_on and since <= film.watched_on < until]


def sequence_of(args: dict[str, Any]) -> str:
    """Return in which sequence the posters are to stand.

    A list has one of its own, and only a list; in a picture made of posters none is seen.
    """
    said = args.get("sequence") or NEWEST_FIRST
    if args["layout"] == "photo":
        return NEWEST_FIRST
    if (args.get("only") or "").startswith("list:"):
        return LISTED if said == NEWEST_FIRST else said
    return {LISTED: NEWEST_FIRST, f"-{LISTED}": "watched"}.get(said, said)


def _note(run: Run, feed: film_sources.Fed, wanted: Span) -> str:
    """Say so where the feed may begin too late: every entry of it lies in the period."""
    if wanted.limit is not None or not feed.entries:
        return ""
    with run.db.reading() as session:
        entries = viewings.of_feed(session, feed.source_id, wanted.since, wanted.until)
    if entries < feed.entries:
        return ""
    return (
        f"Letterboxd's feed holds the newest {feed.entries} entries only, and all of them "
        "are in this picture: older ones are in your export."
    )

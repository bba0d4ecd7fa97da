"""Brings a library that came in a file, or says what it would bring."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.errors import BadFile, Forbidden, TooMany
from database import library_imports, library_tasks, people
from database.library_items import ALBUM, ARTIST, PLAYLIST, TRACK
from database.owner import Owner
from worker_jobs.library_imports.files import Brought
from worker_jobs.library_imports.keep import Keeper, Looking, Taking, ToldPlaylist
from worker_jobs.library_imports.rows import Over, Row
from worker_jobs.run import Run

BATCH = 1_000
_TOLD = 50  # problems in full, and playlists; the rest is counted
_TOLD_FILES = 200
_KB = 1_000
_MANY = 10_000  # tracks, after which a database has to learn its own size anew
_COUNTED = (
    "rows", "tracks", "added", "known", "sounding", "liked", "albums", "artists", "unreadable",
    "playlists_added", "playlists_changed",
)  # fmt: skip
_LISTS = {"liked": TRACK, "albums": ALBUM, "artists": ARTIST}


def import_library(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take in what files say of tracks, playlists and what somebody likes; safe to repeat.

    A playlist that came alone is analysed next. Args: {"upload": name in DATA/uploads,
    "file_name": str, "dry_run": bool}. Result: {"rows", "tracks", "added", "known", "sounding",
    "liked", "albums", "artists", "unreadable", "values": counts; "playlists": the first of them,
    "more_playlists", and how many of them were "playlists_added", "playlists_changed"; "files":
    what each file was; "aside": rows that are no tracks; "problems"}.

    Raises:
        BadFile: it cannot be read, or holds no library.
    """
    person_id, zone = _whose(run)
    path = run.settings.uploads / args["upload"]
    if args.get("dry_run"):
        _drop_earlier(run, person_id, args["upload"])
    if not run.store.fetch(path):
        raise BadFile("The file is not there any more. Please bring it again.")
    brought = Brought(path, args["file_name"], zone)
    try:
        if args.get("dry_run"):
            return _looked_at(run, brought, person_id)
        return _kept(run, brought, person_id, args["file_name"])
    except BadFile:
        run.store.forget(path)
        raise


def _whose(run: Run) -> tuple[int, ZoneInfo]:
    person_id = run.task.person_id
    if person_id is None:
        raise Forbidden("Only a person can have a library.")
    with run.db.reading() as session:
        return person_id, clock.zone(people.get(session, person_id).zone)


def _drop_earlier(run: Run, person_id: int, upload: str) -> None:
    """Drop the files that were looked at before; this one stays, and may be brought next."""
    with run.db.reading() as session:
        earlier = library_imports.looked_at(session, person_id)
    for name in earlier:
        if name != upload:
            run.store.forget(run.settings.uploads / name)


def _looked_at(run: Run, brought: Brought, person_id: int) -> dict[str, Any]:
    looking = Looking(run.db, person_id)
    _go_through(run, "Looking at a library", brought, looking)
    counts = {name: looking.lists[kind] for name, kind in _LISTS.items()}
    return _told(run, brought, looking, counts) | {"dry_run": True}


def _kept(run: Run, brought: Brought, person_id: int, file_name: str) -> dict[str, Any]:
    with run.db.writing(bulk=True) as session:
        begun = library_imports.begin(session, person_id, run.task.public_id, file_name)
    taking = Taking(run.db, person_id, begun)
    _go_through(run, "Taking in a library", brought, taking)
    if taking.counts["added"] >= _MANY:
        run.db.survey("library_tracks", "library_artists", "library_albums", "track_features")
    counts = {name: len(taking.lists.get(kind, [])) for name, kind in _LISTS.items()}
    told = _told(run, brought, taking, counts)
    kept = {name: told[name] for name in _COUNTED}
    with run.db.writing() as session:
        finished = library_imports.finish(session, begun.id, taking.lists, kept, cut=taking.cut)
    _analyse(run, person_id, taking.playlists)
    return told | finished | {"dry_run": False}


def _go_through(run: Run, words: str, brought: Brought, keeper: Keeper) -> None:
    """Hand on what is in the file in batches, and say how far through it they are, in KB."""
    batch: list[Row] = []
    for told in brought.told():
        if isinstance(told, Row):
            batch.append(told)
        if batch and (isinstance(told, Over) or len(batch) == BATCH):
            run.report(words, brought.done // _KB, max(brought.size, brought.done) // _KB)
            keeper.take(batch)
            batch = []
        if isinstance(told, Over):
            keeper.end(told)


def _analyse(run: Run, person_id: int, playlists: Sequence[ToldPlaylist]) -> None:
    """Have a playlist analysed that came alone, with something new on it."""
    if len(playlists) != 1 or playlists[0].how == "same":
        return
    with suppress(TooMany), run.db.writing() as session:
        library_tasks.ask_analyze(session, Owner(person_id), PLAYLIST, str(playlists[0].id))


def _told(run: Run, brought: Brought, keeper: Keeper, lists: Mapping[str, int]) -> dict[str, Any]:
    sentences = brought.problems
    aside: Counter[str] = Counter()
    for part in brought.parts:
        aside.update(part.aside)
    how = Counter(playlist.how for playlist in keeper.playlists)
    return {
        "rows": sum(part.rows for part in brought.parts),
        **{name: keeper.counts[name] for name in ("tracks", "added", "sounding")},
        "known": keeper.counts["tracks"] - keeper.counts["added"],
        **lists,
        "unreadable": sum(part.problems.skipped for part in brought.parts),
        "values": sum(part.values for part in brought.parts),
        "playlists": [playlist._asdict() for playlist in keeper.playlists[:_TOLD]],
        "more_playlists": max(0, len(keeper.playlists) - _TOLD),
        "playlists_added": how["added"],
        "playlists_changed": how["changed"],
        "files": [part.as_json() for part in brought.parts[:_TOLD_FILES]],
        "more_files": max(0, len(brought.parts) - _TOLD_FILES),
        "aside": dict(aside),
        "problems": sentences[:_TOLD],
        "more_problems": max(0, len(sentences) - _TOLD),
        "result_url": f"/library/import/{run.task.public_id}",
    }

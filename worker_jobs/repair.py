"""Mends what is shown of a film: a poster of one's own, another match, a search for posters."""

from pathlib import Path
from typing import Any

from clients.tmdb import named
from core.errors import BadFile, Forbidden, NotFound
from database import film_matches, film_posters, films, pictures
from worker_jobs import matching, own_pictures, posters
from worker_jobs.run import Run

_WIDEST, _HIGHEST = 1000, 1500
_AT_MOST = 5_000  # films in one task


def replace_poster(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Show a picture that somebody brought as a film's poster; safe to repeat.

    Args: {"film_id": int, "upload": name in DATA/uploads, "file_name": str}.
    Result: {"film": its id, "result_url": its page}.

    Raises:
        BadPicture: it is no picture that can be opened; the sentence says why.
        NotFound: the person has no such film any more.
    """
    film_id = args["film_id"]
    _demand(run, film_id)
    run.report(f"Reading {args['file_name']}")
    sha256 = _kept(run, run.settings.uploads / args["upload"])
    run.at_finish(lambda session: film_posters.set_own(session, film_id, sha256))
    return {"film": film_id, "result_url": _page(film_id)}


def _kept(run: Run, upload: Path) -> str:
    """Keep a picture as a poster; return the hash by which it is found."""
    from PIL.Image import Resampling

    from worker_jobs.mosaic.pictures import load_upright

    if not run.store.fetch(upload):
        raise BadFile("The file is not there any more. Please bring it again.")
    picture = load_upright(upload, _HIGHEST)
    picture.thumbnail((_WIDEST, _HIGHEST), Resampling.LANCZOS)
    return own_pictures.keep(run.store, run.settings.own_posters, picture)


def find_matches(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Ask TMDB which films may be meant, for a person to choose from; safe to repeat.

    What names one of TMDB's films by its address settles it at once.
    Args: {"film_id": int, "words": str, "year": int or None}. Result: {"film": its id,
    "found": how many, "result_url": where one is chosen, or the film's page}.

    Raises:
        NotFound: TMDB has nothing like it, or the person no such film any more.
        RemoteError: no answer.
    """
    film_id, words = args["film_id"], args["words"]
    _demand(run, film_id)
    run.report("Asking TMDB")
    with matching.opened(run) as tmdb:
        if (one := named(words)) is not None:
            match = matching.told_of(tmdb, *one)
            with run.db.writing() as session:
                film_id = film_matches.name(session, film_id, match)
            posters.collect(run, [match.poster_address] if match.poster_address else [])
            return {"film": film_id, "found": 1, "result_url": _page(film_id)}
        found = tmdb.look_for(words, args.get("year"))
    if not found:
        raise NotFound("film at TMDB that is called", words)
    with run.db.writing() as session:
        film_matches.offer(session, film_id, [matching.candidate(one) for one in found])
    url = f"/films/settle?film={film_id}"
    return {"film": film_id, "found": len(found), "result_url": url}


def look_again(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look once more for posters that could not be had; safe to repeat.

    Args: {"film_id": int, or None for all of the person's films without a poster}.
    Result: {"films": how many, "found": of how many there is one now, "result_url": str}.

    Raises:
        NotFound: the person has no such film any more.
    """
    film_id = args.get("film_id")
    run.report("Looking for what is missing")
    if film_id is not None:
        _demand(run, film_id)
    with run.db.reading() as session:
        ids = [film_id] if film_id else film_posters.without(session, _person(run), _AT_MOST)
    if run.settings.tmdb_token is not None:
        with run.db.writing(bulk=True) as session:
            film_matches.ask_again(session, ids)
        matching.ask(run, ids)
    with run.db.writing(bulk=True) as session:
        addresses = film_posters.addresses(session, ids)
        pictures.forget_missing(session, addresses)
    posters.collect(run, addresses)
    with run.db.reading() as session:
        found = film_posters.count(session, ids)
        # TMDB may have told that it is another film of ours.
        still = film_matches.find(session, film_id) if film_id is not None else None
    url = _page(still.film_id) if still else "/films?poster=none"
    return {"films": len(ids), "found": found, "result_url": url}


def _demand(run: Run, film_id: int) -> None:
    with run.db.reading() as session:
        films.demand(session, _person(run), film_id)


def _person(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can have a collection.")
    return run.task.person_id


def _page(film_id: int) -> str:
    return f"/films/{film_id}"

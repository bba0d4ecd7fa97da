"""Asks TMDB which film is meant, who made it and where its poster is; keeps the answers."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from clients.http import BadStatus, NotAllowed
from clients.outside import outside
from clients.tmdb import BadToken, Candidate, Kind, NoSuchFilm, Tie, Tmdb, match
from core.errors import Conflict, RemoteError
from database import film_posters, films
from database.films import Match, Unmatched
from worker_jobs import posters
from worker_jobs.run import Run

log = logging.getLogger(__name__)

_ASKING = "Asking TMDB about films"
_BATCH = 20
_AT_MOST = 5_000  # in one task
_GIVE_UP_AFTER = 5  # refusals in a row: it is not the films
_FORBIDDEN = 403


def match_films(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Ask TMDB about films that it was not asked about yet; safe to repeat.

    Of films that are named the posters are fetched, too: somebody has just said what they are.
    Args: {"film_ids": [...] or None for all}. Result: {"asked": how many}.
    """
    film_ids = args.get("film_ids")
    asked = ask(run, film_ids)
    if film_ids:
        with run.db.reading() as session:
            addresses = film_posters.addresses(session, film_ids)
        posters.collect(run, addresses)
    return {"asked": asked}


def ask(run: Run, film_ids: Collection[int] | None) -> int:
    """Ask about those of the films that need it; return about how many an answer came.

    Without a token nothing is asked. TMDB away or refusing is no error: what it
    would have said is missing, and is asked for another time.
    """
    if run.settings.tmdb_token is None:
        return 0
    with run.db.reading() as session:
        due = films.to_match(session, film_ids, limit=_AT_MOST)
    if not due:
        return 0
    answered = 0
    with opened(run) as tmdb:
        asker = _Asker(tmdb)
        for start in range(0, len(due), _BATCH):
            answers = _answers(run, asker, due[start : start + _BATCH], start, len(due))
            with run.db.writing(bulk=True) as session:
                for film_id, answer in answers:
                    films.save_match(session, film_id, answer)
            answered += len(answers)
            if asker.is_over:
                break
    return answered


@contextmanager
def opened(run: Run) -> Iterator[Tmdb]:
    """Give what asks TMDB.

    Raises:
        Conflict: there is no token to show.
    """
    settings = run.settings
    if settings.tmdb_token is None:
        raise Conflict("TMDB wants a token: set NEEDLEDROP_TMDB_TOKEN.")
    with outside(settings, settings.tmdb_url) as http:
        yield Tmdb(settings.tmdb_url, settings.tmdb_image_url, settings.tmdb_token, http)


Answer = Match | list[films.Candidate] | None


class _Asker:
    """Asks about one film after the other; `is_over` once there is no use in going on."""

    def __init__(self, tmdb: Tmdb) -> None:
        self._tmdb = tmdb
        self._refused = 0  # in a row
        self.is_over = False

    def ask(self, film: Unmatched) -> list[Answer]:
        """Return the answer, or nothing where the film is to be asked about another time."""
        try:
            answer = _answer(self._tmdb, film)
        except RemoteError as error:
            return self._failed(film, error)
        self._refused = 0
        return [answer]

    def _failed(self, film: Unmatched, error: RemoteError) -> list[Answer]:
        """Go on where only this film is refused: it would stand before all others for ever."""
        self._refused += 1
        self.is_over = (
            error.retry_after is not None
            or isinstance(error, BadToken)
            or self._refused >= _GIVE_UP_AFTER
        )
        log.warning("film %d%s: %s", film.film_id, ", TMDB's last" * self.is_over, error)
        is_barred = isinstance(error, NotAllowed) or (
            isinstance(error, BadStatus) and error.code == _FORBIDDEN
        )
        return [] if self.is_over or is_barred else [None]


def _answers(
    run: Run, asker: _Asker, batch: Collection[Unmatched], done: int, of: int
) -> list[tuple[int, Answer]]:
    """Return the answers, fewer than the questions when TMDB stopped answering."""
    found: list[tuple[int, Answer]] = []
    for number, film in enumerate(batch):
        run.report(_ASKING, done + number, of)
        found += [(film.film_id, answer) for answer in asker.ask(film)]
        if asker.is_over:
            break
    return found


def _answer(tmdb: Tmdb, film: Unmatched) -> Answer:
    kind: Kind
    if film.tmdb_id is not None:
        kind, tmdb_id = "tv" if film.kind == "tv" else "movie", film.tmdb_id
    else:
        meant = match(film.title, film.year, tmdb.search(film.title, film.year))
        if meant is None:
            return None
        if isinstance(meant, Tie):
            return [candidate(one) for one in meant.candidates]
        kind, tmdb_id = meant.kind, meant.id
    try:
        return told_of(tmdb, kind, tmdb_id)
    except NoSuchFilm:
        return None


def told_of(tmdb: Tmdb, kind: Kind, tmdb_id: int) -> Match:
    """Return what TMDB tells of the film of that id.

    Raises:
        RemoteError: it knows none, or gives no answer.
    """
    told = tmdb.details(kind, tmdb_id)
    poster = tmdb.poster_url(told.poster_path) if told.poster_path else None
    return Match(kind, tmdb_id, told.director, poster)


def candidate(one: Candidate) -> films.Candidate:
    return films.Candidate(one.kind, one.id, one.title, one.year, one.overview)

"""Films and TMDB: one film that is refused holds up none of those behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from core.settings import Settings, load
from database.engine import Database
from database.models import Film, FilmCandidate
from fakes.tmdb import FakeTmdb
from tests import factories
from tests.worker.listening import begin
from worker_jobs.matching import match_films

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def tmdb() -> Iterator[FakeTmdb]:
    with FakeTmdb() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"tmdb_token": SecretStr("token"), "tmdb_url": tmdb.url, "tmdb_image_url": tmdb.url}
    return load().model_copy(update=known)


def have(db: Database, *films_: tuple[str, int]) -> None:
    with db.writing() as session:
        for title, year in films_:
            factories.film(session, title, year)


def states(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Film.tmdb_state).order_by(Film.id)))


def refuse(tmdb: FakeTmdb, title: str, status: int, **headers: str) -> None:
    tmdb.answers(status, headers, path_prefix=f"/3/search/movie?query={title}")


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [(400, b"", "none"), (422, b"", "none"), (200, b'{"odd": 1}', "none"), (403, b"", "unasked")],
)
def test_a_film_that_is_refused_holds_up_no_other(
    db: Database, settings: Settings, tmdb: FakeTmdb, status: int, body: bytes, state: str
) -> None:
    have(db, ("Odd", 1999), ("Jaws", 1975))
    tmdb.answers(status, {}, body, path_prefix="/3/search/movie?query=Odd")

    match_films({"film_ids": None}, begin(db, settings))

    assert states(db) == [state, "matched"]


FAILURES: dict[str, Any] = {
    "too often": lambda fake: fake.answers(429, {"Retry-After": "9"}),
    "trouble": lambda fake: fake.answers(503, {"Retry-After": "9"}),
    "the token": lambda fake: fake.answers(401),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_one_that_is_away_is_asked_once(
    db: Database, settings: Settings, tmdb: FakeTmdb, fault: str
) -> None:
    have(db, *[(f"Film {number}", 1999) for number in range(40)])
    FAILURES[fault](tmdb)

    asked = match_films({"film_ids": None}, begin(db, settings))

    assert asked == {"asked": 0}
    assert len(tmdb.requests) == 1
    assert set(states(db)) == {"unasked"}


def test_one_that_refuses_all_is_not_asked_about_all(
    db: Database, settings: Settings, tmdb: FakeTmdb
) -> None:
    have(db, *[(f"Film {number}", 1999) for number in range(40)])
    tmdb.answers(403)

    match_films({"film_ids": None}, begin(db, settings))

    assert len(tmdb.requests) == 5
    assert set(states(db)) == {"unasked"}


def test_a_tie_tells_the_films_apart(db: Database, settings: Settings) -> None:
    have(db, ("Leo", 2023))

    match_films({"film_ids": None}, begin(db, settings))

    with db.reading() as session:
        film = session.scalars(select(Film)).one()
        offered = session.scalars(select(FilmCandidate)).all()
    assert film.tmdb_state == "tie"
    assert len({one.overview for one in offered}) == len(offered) == 2
    assert all(one.overview and one.overview.startswith("A film by ") for one in offered)

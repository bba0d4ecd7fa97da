"""TMDB's answers become details, candidates and choices, and its refusals sentences."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from clients import images
from clients.http import AGAIN, BadStatus, Http
from clients.tmdb import Candidate, NoSuchFilm, Tie, Tmdb, match, named
from core.errors import RemoteError
from fakes.films import films, find
from fakes.tmdb import FakeTmdb

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake() -> Iterator[FakeTmdb]:
    with FakeTmdb() as made:
        yield made


@pytest.fixture
def http(fake: FakeTmdb) -> Iterator[Http]:
    made = Http([fake.url], user_agent="t", pauses=())
    yield made
    made.close()


@pytest.fixture
def tmdb(fake: FakeTmdb, http: Http) -> Tmdb:
    return Tmdb(fake.url, fake.url, SecretStr("token"), http, per_second=10_000)


@pytest.mark.parametrize(
    ("title", "year"), [("Dune", 1984), ("Dune", 2021), ("기생충", 2019), ("Fleabag", 2016)]
)
def test_details_come_in_one_request(fake: FakeTmdb, tmdb: Tmdb, title: str, year: int) -> None:
    film = find(title, year)

    found = tmdb.details(film.kind, film.id)

    assert (found.id, found.title, found.year, found.director) == (
        film.id, film.title, film.year, film.director,
    )  # fmt: skip
    assert found.original_title == film.original_title
    assert found.poster_path == f"/{film.id}.jpg"
    assert len(fake.requests) == 1
    assert fake.requests[0].query["include_image_language"] == "en,null"


def test_a_film_may_have_no_poster(tmdb: Tmdb) -> None:
    film = next(film for film in films() if not film.has_poster)

    assert tmdb.details(film.kind, film.id).poster_path is None


@pytest.mark.parametrize(
    ("posters", "path"),
    [
        ([("de", "/de.jpg"), ("en", "/en.jpg"), ("en", "/en2.jpg")], "/en.jpg"),
        ([(None, "/plain.jpg"), ("de", "/de.jpg")], "/plain.jpg"),
        ([], "/main.jpg"),
    ],
)
def test_the_english_poster_comes_first(
    fake: FakeTmdb, tmdb: Tmdb, posters: list[tuple[str | None, str]], path: str
) -> None:
    rows = [{"iso_639_1": language, "file_path": file} for language, file in posters]
    body: dict[str, Any] = {"id": 1, "title": "Pi", "poster_path": "/main.jpg"}
    body |= {"images": {"posters": [*rows, {"odd": 1}]}, "credits": {"crew": [None]}}
    fake.answers(200, JSON, json.dumps(body).encode())

    found = tmdb.details("movie", 1)

    assert (found.poster_path, found.director, found.year) == (path, None, None)
    assert found.original_title == "Pi"


def test_a_poster_is_fetched_by_its_path(tmdb: Tmdb, http: Http) -> None:
    film = find("Alien")
    path = tmdb.details("movie", film.id).poster_path
    assert path is not None

    picture = images.fetch(http, tmdb.poster_url(path, "w92"))

    assert picture is not None and picture.data.startswith(b"\xff\xd8")
    assert tmdb.poster_url("/x.jpg").endswith("/t/p/w500/x.jpg")


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ({"poster_path": "/a\0.jpg"}, {"poster_path": None}),
        ({"poster_path": "//evil.example/" + "x" * 5_000}, {"poster_path": None}),
        ({"credits": {"crew": [{"name": "A\0da", "job": "Director"}]}}, {"director": "Ada"}),
        ({"credits": {"crew": [{"name": "\0", "job": "Director"}]}}, {"director": None}),
        ({"title": "P" * 9_000}, {"title": "P" * 500}),
    ],
)
def test_what_no_database_takes_is_left_out(
    fake: FakeTmdb, tmdb: Tmdb, odd: dict[str, Any], kept: dict[str, Any]
) -> None:
    fake.answers(200, JSON, json.dumps({"id": 1, "title": "Pi"} | odd).encode())

    found = tmdb.details("movie", 1)

    assert {name: getattr(found, name) for name in kept} == kept


@pytest.mark.parametrize("film_id", [0, -1, 1 << 31, 10**30])
def test_an_id_that_no_column_holds_costs_only_its_row(
    fake: FakeTmdb, tmdb: Tmdb, film_id: int
) -> None:
    rows = [{"id": film_id, "title": "Pi"}, {"id": 5, "title": "Pi", "overview": "x" * 9_000}]
    fake.answers(200, JSON, json.dumps({"results": rows}).encode())

    assert tmdb.search("Pi", None) == [
        Candidate("movie", 5, "Pi", "Pi", None, None, overview="x" * 500)
    ]


def test_an_unknown_film_is_told(tmdb: Tmdb) -> None:
    with pytest.raises(NoSuchFilm) as raised:
        tmdb.details("movie", 1)

    assert raised.value.retry_after is None


def test_a_refused_token_is_told_without_it(fake: FakeTmdb, http: Http) -> None:
    tmdb = Tmdb(fake.url, fake.url, SecretStr("wrong-one"), http)

    with pytest.raises(RemoteError, match="TMDB refused the token") as raised:
        tmdb.details("movie", 1)

    assert raised.value.retry_after is None
    assert "wrong-one" not in str(raised.value) + repr(vars(tmdb))


def test_asked_too_often_it_says_when(fake: FakeTmdb, tmdb: Tmdb) -> None:
    fake.answers(429, {"Retry-After": "3"})

    with pytest.raises(BadStatus) as raised:
        tmdb.details("movie", 1)

    assert raised.value.retry_after == 3


@pytest.mark.parametrize(
    ("body", "again"), [(b'{"results": 7}', None), (b"<html>", AGAIN), (b'{"id": 1}', None)]
)
def test_nonsense_is_refused(fake: FakeTmdb, tmdb: Tmdb, body: bytes, again: float | None) -> None:
    fake.answers(200, JSON, body)

    with pytest.raises(RemoteError) as raised:
        tmdb.search("Pi", None)

    assert raised.value.retry_after == again


def test_a_row_that_does_not_fit_costs_only_itself(fake: FakeTmdb, tmdb: Tmdb) -> None:
    rows = [{"id": "many"}, None, {"id": 5, "title": "Pi", "release_date": "1998-07-10"}]
    fake.answers(200, JSON, json.dumps({"results": rows}).encode())

    assert tmdb.search("Pi", 1998) == [Candidate("movie", 5, "Pi", "Pi", 1998, None)]


@pytest.mark.parametrize(
    ("title", "year", "meant", "requests"),
    [
        ("Dune", 2021, ("Dune", 2021), 1),
        ("NOSFERATU", 1979, None, 4),
        ("Nosferatu", 2024, ("Nosferatu", 2024), 1),
        ("Nosferatu", 2023, ("Nosferatu", 2024), 3),
        ("花樣年華", 2000, ("花樣年華", 2000), 1),
        ("올드보이", 2003, ("Oldboy", 2003), 1),
        ("Fleabag", 2016, ("Fleabag", 2016), 4),
        ("No Such Film", 2001, None, 4),
        ("Persona", None, ("Persona", 1966), 1),
    ],
)
def test_a_title_and_a_year_find_the_film(
    fake: FakeTmdb,
    tmdb: Tmdb,
    title: str,
    year: int | None,
    meant: tuple[str, int] | None,
    requests: int,
) -> None:
    found = match(title, year, tmdb.search(title, year))

    film = find(*meant) if meant else None
    assert (found.id if isinstance(found, Candidate) else found) == (film.id if film else None)
    assert len(fake.requests) == requests


def test_two_films_of_one_name_and_year_are_a_tie(tmdb: Tmdb) -> None:
    found = match("Leo", 2023, tmdb.search("Leo", 2023))

    assert isinstance(found, Tie)
    assert {one.id for one in found.candidates} == {
        film.id for film in films() if film.title == "Leo"
    }


def candidate(title: str, year: int | None, original: str = "") -> Candidate:
    return Candidate("movie", len(title), title, original or title, year, None)


@pytest.mark.parametrize(
    ("title", "year", "offered", "choice"),
    [
        ("WALL-E", 2008, [candidate("WALL·E", 2008)], 0),
        ("Amélie", 2001, [candidate("AMÉLIE", 2001)], 0),
        ("Alien", 1979, [candidate("Aliens", 1979)], None),
        ("Alien", 1979, [candidate("Alien", 1986)], None),
        ("Alien", 1979, [candidate("Alien", None)], 0),
        ("Alien", 1979, [candidate("Alien", 1980), candidate("Alien", 1979)], 1),
        ("?", 1979, [candidate("!", 1979), candidate("?", 1979)], 1),
        ("की", 2016, [candidate("का", 2016)], None),
        ("😂", 2016, [candidate("😱", 2016), candidate("😂", 2016)], 1),
        ("Im Westen", 2022, [candidate("All Quiet", 2022, "Im Westen")], 0),
        ("Pi", None, [], None),
    ],
)
def test_the_one_that_is_meant_is_chosen(
    title: str, year: int | None, offered: list[Candidate], choice: int | None
) -> None:
    found = match(title, year, offered)

    assert found is (None if choice is None else offered[choice])


@pytest.mark.parametrize("year", [None, 1980])
def test_several_that_fit_are_a_tie(year: int | None) -> None:
    offered = [candidate("Alien", 1979), candidate("Alien", 1981)]

    assert match("Alien", year, offered) == Tie(tuple(offered))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("https://www.themoviedb.org/movie/603-the-matrix", ("movie", 603)),
        ("https://www.themoviedb.org/tv/1396-breaking-bad?language=de", ("tv", 1396)),
        ("http://themoviedb.org/movie/603/cast", ("movie", 603)),
        ("www.themoviedb.org/tv/1396", ("tv", 1396)),
        (" movie/603 ", ("movie", 603)),
        ("tv/1396", ("tv", 1396)),
        ("movie/0", None),
        ("movie/99999999999", None),
        ("movie/2147483648", None),
        ("603", None),
        ("Scary Movie/2", None),
        ("movie/603 or not", None),
        ("https://evil.example/movie/603", None),
        ("movie/٦٠٣", None),
        ("", None),
    ],
)
def test_an_address_of_a_film_is_told_from_words(words: str, meant: tuple[str, int] | None) -> None:
    assert named(words) == meant


def test_films_and_series_are_offered_for_a_person_to_choose(fake: FakeTmdb, tmdb: Tmdb) -> None:
    found = tmdb.look_for("Dune", 2021)

    assert [(one.title, one.year) for one in found if one.title == "Dune"] == [("Dune", 2021)]
    assert [asked.route for asked in fake.requests] == ["/3/search/movie", "/3/search/tv"]
    assert fake.requests[1].query["first_air_date_year"] == "2021"
    assert [one.title for one in tmdb.look_for("fleabag", None)] == ["Fleabag"]


def test_a_wrong_year_keeps_no_film_from_being_found(fake: FakeTmdb, tmdb: Tmdb) -> None:
    found = tmdb.look_for("Dune", 1999)

    assert {1984, 2021} <= {one.year for one in found}
    assert len(fake.requests) == 4


def test_what_nobody_knows_is_not_offered(fake: FakeTmdb, tmdb: Tmdb) -> None:
    assert tmdb.look_for("no film is called that", None) == []
    assert len(fake.requests) == 2

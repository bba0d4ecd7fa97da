"""A TMDB that knows the films of the fakes and nothing else, and wants a token as the real one."""

import json
import re
from typing import Any

from fakes.films import Film, films
from fakes.posters import poster
from fakes.server import NOT_FOUND, Asked, Fake, Reply

_JSON = {"Content-Type": "application/json;charset=utf-8"}
_FILM = re.compile(r"/3/(movie|tv)/(\d+)")
_SEARCH = re.compile(r"/3/search/(movie|tv)")
_POSTER = re.compile(r"/t/p/(w\d+|original)/(\d+)\.jpg")
_ORIGINAL = 1000  # pixels wide


class FakeTmdb(Fake):
    """Answers below `/3/` to whoever brings `token`, and below `/t/p/` to anybody."""

    def __init__(self, token: str = "token", port: int = 0) -> None:  # noqa: S107 - of no real service
        super().__init__(port)
        self._token = token

    def reply(self, asked: Asked) -> Reply:
        if (picture := _POSTER.fullmatch(asked.route)) is not None:
            return _picture(picture[1], int(picture[2]))
        if asked.headers.get("authorization") != f"Bearer {self._token}":
            return _json({"success": False, "status_code": 7, "status_message": "No."}, 401)
        if (one := _FILM.fullmatch(asked.route)) is not None:
            return _details(one[1], int(one[2]))
        if (search := _SEARCH.fullmatch(asked.route)) is not None:
            return _json(_found(search[1], asked.query))
        return _unknown()


def _json(body: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())


def _unknown() -> Reply:
    return _json({"success": False, "status_code": 34, "status_message": "Not here."}, 404)


def _by_id(film_id: int) -> Film | None:
    return next((film for film in films() if film.id == film_id), None)


def _picture(size: str, film_id: int) -> Reply:
    film = _by_id(film_id)
    if film is None or not film.has_poster:
        return NOT_FOUND
    width = _ORIGINAL if size == "original" else min(int(size[1:]), _ORIGINAL)
    return Reply(200, {"Content-Type": "image/jpeg"}, poster(film, width))


def _row(film: Film) -> dict[str, Any]:
    title, original, released = (
        ("title", "original_title", "release_date")
        if film.kind == "movie"
        else ("name", "original_name", "first_air_date")
    )
    return {
        "id": film.id,
        title: film.title,
        original: film.original_title,
        released: f"{film.year}-06-15",
        "poster_path": f"/{film.id}.jpg" if film.has_poster else None,
        "overview": f"A {'film' if film.kind == 'movie' else 'series'} by {film.director}.",
    }


def _details(kind: str, film_id: int) -> Reply:
    film = _by_id(film_id)
    if film is None or film.kind != kind:
        return _unknown()
    maker = {"id": film.id + 1, "name": film.director}
    posters = [
        {"file_path": f"/{film.id}.jpg", "iso_639_1": language, "vote_average": 5.3}
        for language in (None, "en")
    ]
    crew = [
        {**maker, "name": "Somebody Else", "job": "Producer"},
        {**maker, "job": "Director"},
    ]
    more: dict[str, Any] = {"images": {"posters": posters if film.has_poster else []}}
    more["credits"] = {"cast": [], "crew": crew if kind == "movie" else []}
    more |= {"created_by": [maker]} if kind == "tv" else {}
    return _json({**_row(film), **more})


def _found(kind: str, query: dict[str, str]) -> dict[str, Any]:
    """Search as the real one does: words anywhere in a title, so that sequels come along."""
    words = query.get("query", "").casefold()
    dated = ("year", "primary_release_year", "first_air_date_year")
    year = next((query[name] for name in dated if name in query), None)
    found = [
        _row(film)
        for film in films()
        if film.kind == kind
        and (words in film.title.casefold() or words in film.original_title.casefold())
        and year in (None, str(film.year))
    ]
    return {"page": 1, "results": found[:20], "total_pages": 1, "total_results": len(found)}

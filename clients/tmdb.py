"""TMDB: a film's title, director and poster by its id, and its id by title and year.

Only what the pages show is asked for; the pictures themselves are the business
of `images`. Whoever shows them names TMDB on the page.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, SecretStr, WrapValidator

from clients.http import BadStatus, Http
from clients.json_answers import get_json, none_if_odd
from clients.pace import Pace
from core.errors import RemoteError
from core.names import fold

SERVICE = "TMDB"
PER_SECOND = 10.0
MAX_TEXT = 500
_NO_TOKEN, _UNKNOWN = 401, 404
_FILMS_OFFERED, _SERIES_OFFERED = 12, 8
# As pasted: "https://www.themoviedb.org/movie/603-the-matrix", "movie/603", "tv/1396".
_ADDRESS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?themoviedb\.org/)?(movie|tv)/(\d{1,10})(?!\d)\S*", re.ASCII
)

Kind = Literal["movie", "tv"]
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class Details:
    """A film; `poster_path` goes into `Tmdb.poster_url`."""

    kind: Kind
    id: int
    title: str
    original_title: str
    year: int | None
    director: str | None
    poster_path: str | None


@dataclass(frozen=True)
class Candidate:
    """A film that a search found, and that may be the one."""

    kind: Kind
    id: int
    title: str
    original_title: str
    year: int | None
    poster_path: str | None
    overview: str | None = None


@dataclass(frozen=True)
class Tie:
    """Several films fit equally well; a person has to say which one is meant."""

    candidates: tuple[Candidate, ...]


class BadToken(RemoteError):
    """It refuses the token, and with it whatever else is asked."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "TMDB refused the token. Look at NEEDLEDROP_TMDB_TOKEN.")


class NoSuchFilm(RemoteError):
    """TMDB has no film of that id, or has it no longer."""

    status = 404

    def __init__(self) -> None:
        super().__init__(SERVICE, "TMDB does not know that film.")


def _cut(text: str) -> str:
    # No database takes NUL, and the pages show no more than this.
    return text.replace("\0", "")[:MAX_TEXT].strip()


_Text = Annotated[str, AfterValidator(_cut)]
_Id = Annotated[int, Field(ge=1, lt=1 << 31)]
_Path = Annotated[str, Field(pattern=r"^/?[\w.\-]{1,200}$")]


class _Film(BaseModel):
    # A film's `title` is a series' `name`, and so on.
    id: _Id
    title: _Text = Field(validation_alias=AliasChoices("title", "name"))
    original_title: _Text = Field(
        "", validation_alias=AliasChoices("original_title", "original_name")
    )
    released_on: str | None = Field(
        None, validation_alias=AliasChoices("release_date", "first_air_date")
    )
    poster_path: Annotated[_Path | None, WrapValidator(none_if_odd)] = None
    overview: Annotated[_Text | None, WrapValidator(none_if_odd)] = None

    @property
    def year(self) -> int | None:
        year = (self.released_on or "")[:4]
        return int(year) if year.isascii() and year.isdigit() else None


class _Person(BaseModel):
    name: _Text
    job: str = ""


class _Credits(BaseModel):
    crew: list[Annotated[_Person | None, WrapValidator(none_if_odd)]] = []


class _Poster(BaseModel):
    file_path: _Path
    language: str | None = Field(None, validation_alias="iso_639_1")


class _Images(BaseModel):
    posters: list[Annotated[_Poster | None, WrapValidator(none_if_odd)]] = []


class _Details(_Film):
    credits: _Credits = _Credits()
    images: _Images = _Images()
    created_by: list[Annotated[_Person | None, WrapValidator(none_if_odd)]] = []

    @property
    def director(self) -> str | None:
        makers = [person for person in self.credits.crew if person and person.job == "Director"]
        makers += [person for person in self.created_by if person]
        return (makers[0].name or None) if makers else None

    @property
    def poster(self) -> str | None:
        posters = [poster for poster in self.images.posters if poster]
        # Stable: English first, and TMDB's own order (by votes) within.
        posters.sort(key=lambda poster: poster.language != "en")
        return posters[0].file_path if posters else self.poster_path


class _Found(BaseModel):
    results: list[Annotated[_Film | None, WrapValidator(none_if_odd)]]


class Tmdb:
    def __init__(
        self,
        base_url: str,
        image_url: str,
        token: SecretStr,
        http: Http,
        *,
        per_second: float = PER_SECOND,
    ) -> None:
        self._url, self._image_url, self._http = base_url, image_url, http
        self._token, self._pace = token, Pace(per_second)

    def details(self, kind: Kind, tmdb_id: int) -> Details:
        """Return what TMDB knows of a film: one request, with director and posters.

        Raises:
            NoSuchFilm: it knows none of that id.
            BadToken: the token is refused.
            RemoteError: no answer, or not one that we understand.
        """
        wanted = {"append_to_response": "credits,images", "include_image_language": "en,null"}
        film = self._get(f"{kind}/{tmdb_id}", _Details, wanted)
        original = film.original_title or film.title
        return Details(kind, film.id, film.title, original, film.year, film.director, film.poster)

    def search(self, title: str, year: int | None) -> list[Candidate]:
        """Return the films that may be meant, for `match` to choose from.

        Asks for films of that year, of the years beside it, then for series, and
        stops at the first that leaves a match: one to four requests.

        Raises:
            RemoteError: as `details`.
        """
        found: dict[tuple[Kind, int], Candidate] = {}
        for kind, asked in _questions(title, year):
            answer = self._get(f"search/{kind}", _Found, asked)
            for film in answer.results:
                if film is not None:
                    found.setdefault((kind, film.id), _candidate(kind, film))
            if match(title, year, list(found.values())) is not None:
                break
        return list(found.values())

    def look_for(self, words: str, year: int | None) -> list[Candidate]:
        """Return films, then series, of which a person may choose one: two to four requests.

        Of that year; where there is none, of any.

        Raises:
            RemoteError: as `details`.
        """
        for near in {year: None, None: None}:
            found = [*self._found("movie", words, near)[:_FILMS_OFFERED]]
            found += self._found("tv", words, near)[:_SERIES_OFFERED]
            if found:
                return found
        return []

    def _found(self, kind: Kind, words: str, year: int | None) -> list[Candidate]:
        dated = {"movie": "year", "tv": "first_air_date_year"}[kind]
        asked = {"query": words} | ({} if year is None else {dated: str(year)})
        answer = self._get(f"search/{kind}", _Found, asked)
        by_id = {film.id: _candidate(kind, film) for film in answer.results if film is not None}
        return list(by_id.values())

    def poster_url(self, path: str, size: str = "w500") -> str:
        """Return the address of a poster; `size` is w92 w154 w185 w342 w500 w780 or original."""
        return f"{self._image_url}/t/p/{size}/{path.lstrip('/')}"

    def _get(self, path: str, model: type[Shape], params: dict[str, str]) -> Shape:
        self._pace.wait()
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        url = f"{self._url}/3/{path}"
        try:
            return get_json(self._http, SERVICE, url, model, params=params, headers=headers)
        except BadStatus as error:
            if error.code == _NO_TOKEN:
                raise BadToken from None
            if error.code == _UNKNOWN:
                raise NoSuchFilm from None
            raise


def named(words: str) -> tuple[Kind, int] | None:
    """Return the film that an address at TMDB means, or None for words that are no address."""
    found = _ADDRESS.fullmatch(words.strip())
    if found is None or not 0 < int(found[2]) < 1 << 31:
        return None
    return ("tv" if found[1] == "tv" else "movie"), int(found[2])


def _questions(title: str, year: int | None) -> Iterator[tuple[Kind, dict[str, str]]]:
    # Services date a film by its festival or by its first night at home: a year apart, often.
    for near in [None] if year is None else [year, year - 1, year + 1]:
        yield "movie", {"query": title} | ({} if near is None else {"year": str(near)})
    yield "tv", {"query": title}


def _candidate(kind: Kind, film: _Film) -> Candidate:
    original = film.original_title or film.title
    return Candidate(
        kind, film.id, film.title, original, film.year, film.poster_path, film.overview or None
    )


def match(title: str, year: int | None, candidates: Sequence[Candidate]) -> Candidate | Tie | None:
    """Choose the film that is meant: same title, or original title, and a year at most one off.

    None: there is none. Several of the very year, or else of the years beside it, are a Tie.
    """
    wanted = _plain(title)
    same = [one for one in candidates if wanted in (_plain(one.title), _plain(one.original_title))]
    if year is not None:
        exact = [one for one in same if one.year == year]
        same = exact or [one for one in same if one.year is None or abs(one.year - year) == 1]
    if len(same) > 1:
        return Tie(tuple(same))
    return same[0] if same else None


def _plain(title: str) -> str:
    """Fold a title and drop its punctuation, which no two catalogues set alike.

    Marks stay: without its vowel signs a title in Hindi or Thai is another one.
    """
    folded = fold(title)
    kept = "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "PZ")
    return kept or folded

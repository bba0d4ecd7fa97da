"""NEEDLEDROP_* from the environment: one frozen model, read once by each process, handed down."""

import difflib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from core.errors import BadSetting

PREFIX = "NEEDLEDROP_"
FOR_TESTS = "NEEDLEDROP_TEST_"
ROOT = Path(__file__).resolve().parent.parent
_SHORTEST_KEY = 32
_DATABASES = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")


class Settings(BaseModel):
    """One field a variable: `data` is NEEDLEDROP_DATA."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    data: Path = ROOT / "data"
    host: str = "0.0.0.0"  # noqa: S104 - the household's browsers are on other machines
    port: int = Field(8000, ge=1, le=65_535)
    public_url: str = ""  # "": the address the browser used
    database_url: str = ""  # "": SQLite in `data`
    redis_url: str | None = None  # None: cache in the process
    secret_key: SecretStr | None = None  # None: made in `data`
    cache_secret: SecretStr | None = None  # None: nobody clears the cache by address
    guest_mosaics: bool = True

    spotify_client_id: str = ""
    spotify_client_secret: SecretStr | None = None
    google_client_id: str = ""
    google_client_secret: SecretStr | None = None
    tmdb_token: SecretStr | None = None
    discogs_token: SecretStr | None = None

    letterboxd_url: str = "https://letterboxd.com"
    letterboxd_image_url: str = "https://a.ltrbxd.com"
    tmdb_url: str = "https://api.themoviedb.org"
    tmdb_image_url: str = "https://image.tmdb.org"
    spotify_api_url: str = "https://api.spotify.com"
    spotify_accounts_url: str = "https://accounts.spotify.com"
    spotify_image_url: str = "https://i.scdn.co"
    reccobeats_url: str = "https://api.reccobeats.com"
    google_oauth_url: str = "https://oauth2.googleapis.com"
    youtube_url: str = "https://www.googleapis.com"
    discogs_data_url: str = "https://data.discogs.com"
    discogs_api_url: str = "https://api.discogs.com"
    discogs_image_url: str = "https://i.discogs.com"
    cover_art_url: str = "https://coverartarchive.org"
    listenbrainz_url: str = "https://api.listenbrainz.org"
    lastfm_url: str = "https://ws.audioscrobbler.com"

    @field_validator("data")
    @classmethod
    def _from_the_root(cls, data: Path) -> Path:
        # Web, worker and commands must mean the same folder, wherever they were started.
        try:
            return (ROOT / data.expanduser()).resolve()
        except (OSError, RuntimeError):
            raise _wrong("this folder cannot be found") from None

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: str) -> str:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(value) if value else None
        except (ArgumentError, ValueError):
            raise _wrong("give an address like postgresql://USER:PASSWORD@HOST/NAME") from None
        if url and url.drivername not in _DATABASES:
            raise _wrong("Needledrop keeps its data in SQLite or PostgreSQL")
        if url and url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
            raise _wrong("name the file of the database: sqlite:////FOLDER/FILE")
        return value

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, value: str | None) -> str | None:
        if value is not None and ("?" in value or not _is_address(value, "redis", "rediss")):
            raise _wrong("give an address like redis://HOST:6379/0")
        return value

    @field_validator("secret_key")
    @classmethod
    def _a_long_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_KEY:
            raise _wrong(f"give at least {_SHORTEST_KEY} random characters")
        return value

    @field_validator("*")
    @classmethod
    def _a_web_address(cls, value: str, asked: ValidationInfo) -> str:
        name = asked.field_name or ""
        if not name.endswith("_url") or name in ("database_url", "redis_url") or not value:
            return value
        if not _is_address(value, "http", "https"):
            raise _wrong("give an address like https://films.example.org")
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The address of the database, SQLAlchemy's way."""
        if not self.database_url:
            return f"sqlite:///{self.data / 'needledrop.sqlite3'}"
        # The driver that is installed; a plain postgresql:// would ask for another.
        scheme, _, rest = self.database_url.partition("://")
        if scheme in ("postgres", "postgresql"):
            return f"postgresql+psycopg://{rest}"
        return self.database_url

    @property
    def database_file(self) -> Path | None:
        """The file of the database; None where a server has it."""
        scheme, _, rest = self.database.partition(":///")
        return Path(rest.partition("?")[0]) if scheme == "sqlite" else None

    @property
    def pictures(self) -> Path:
        """Finished mosaics."""
        return self.data / "pictures"

    @property
    def posters(self) -> Path:
        """Downloaded posters by the hash of their content; may be deleted at any time."""
        return self.data / "cache" / "posters"

    @property
    def cells(self) -> Path:
        """Posters at the sizes of mosaics, ready to be joined; may be deleted at any time."""
        return self.data / "cache" / "cells"

    @property
    def scratch(self) -> Path:
        """Files without a name that a job needs while it runs; not in memory, as /tmp may be."""
        return self.data / "cache" / "scratch"

    @property
    def own_posters(self) -> Path:
        """Posters that the household brought, by their hash: nobody can fetch them again."""
        return self.data / "posters"

    @property
    def covers(self) -> Path:
        """Covers of records by the hash of their content; where they came from does not last."""
        return self.data / "covers"

    @property
    def exports(self) -> Path:
        """Shelves as they were before they were replaced or emptied, a folder a person."""
        return self.data / "exports"

    @property
    def uploads(self) -> Path:
        """Files that people brought, until their task has read them."""
        return self.data / "uploads"

    @property
    def running(self) -> Path:
        """Lock files and wake-up sockets of the running processes."""
        return self.data / "run"


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("sentence", sentence)


def _is_address(value: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    is_whole = bool(parts.hostname) and port != 0 and not any(map(str.isspace, value))
    return is_whole and value.startswith(tuple(f"{scheme}://" for scheme in schemes))


def load() -> Settings:
    """Read NEEDLEDROP_*. An empty variable counts as not given.

    Raises:
        BadSetting: one is malformed or unknown; the message names it.
    """
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    given: dict[str, Any] = {}
    for name, value in os.environ.items():
        if name in known and value:
            given[known[name]] = value
        elif name.startswith(PREFIX) and not name.startswith(FOR_TESTS) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise BadSetting(f"{name} is not a setting; did you mean {near[0]}?")
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = PREFIX + str(wrong["loc"][0]).upper() if wrong["loc"] else PREFIX
        raise BadSetting(f"{name}: {wrong['msg']}; see docs/settings.md") from None

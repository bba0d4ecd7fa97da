"""NEEDLEDROP_* from the environment: one frozen model, read once by each process, handed down.

Where systemd hands over a secret (LoadCredential=), it is read from that file.
"""

import difflib
import os
import re
from collections.abc import Mapping
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
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_OTHER_ADDRESSES = ("database_url", "redis_url", "store_url")
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
    token_key: SecretStr | None = None  # None: made in `data`
    guest_mosaics: bool = True
    security_contact: str = ""  # "": nobody is named in security.txt, and there is none

    # Before the address: it asks for them.
    store_region: str = "us-east-1"
    store_key_id: str = ""
    store_key_secret: SecretStr | None = None
    store_url: str = ""  # "": all hosts share `data`

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
    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_accounts_url: str = "https://accounts.spotify.com"
    spotify_image_url: str = "https://i.scdn.co"
    reccobeats_url: str = "https://api.reccobeats.com"
    google_oauth_url: str = "https://accounts.google.com"
    youtube_url: str = "https://www.googleapis.com"
    youtube_page_url: str = "https://www.youtube.com"
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

    @field_validator("security_contact")
    @classmethod
    def _a_contact(cls, value: str) -> str:
        is_mail = re.fullmatch(r"mailto:[!-~]+@[!-~]+", value, re.ASCII)
        if value and not is_mail and not _is_address(value, "https"):
            raise _wrong("give an address like mailto:ADMIN@EXAMPLE.ORG or https://EXAMPLE.ORG")
        return value

    @field_validator("token_key")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        found = value.get_secret_value().split() if value is not None else []
        if not all(map(_FERNET_KEY.fullmatch, found)):
            raise _wrong("give 32 random bytes in base64, as DATA/token.key has them")
        return value

    @field_validator("store_url")
    @classmethod
    def _a_store(cls, value: str, asked: ValidationInfo) -> str:
        if not value:
            return value
        parts = value.rstrip("/").split("/")
        is_whole = len(parts) == 4 and _is_address(value, "s3+http", "s3+https")  # noqa: PLR2004
        if not is_whole or not _BUCKET.fullmatch(parts[3]) or "@" in value:
            raise _wrong("give an address like s3+https://HOST:PORT/BUCKET")
        needed = ("store_key_id", "store_key_secret", "secret_key", "token_key")
        for name in needed:
            # One that is wrong itself is told of by itself.
            if name in asked.data and not asked.data[name]:
                raise _wrong(f"give {PREFIX}{name.upper()} as well, the same on every host")
        return value.rstrip("/")

    @field_validator("*")
    @classmethod
    def _a_web_address(cls, value: str, asked: ValidationInfo) -> str:
        name = asked.field_name or ""
        if not name.endswith("_url") or name in _OTHER_ADDRESSES or not value:
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
    def dumps(self) -> Path:
        """Files of Discogs' monthly dumps: fetched, or put there by a person to be imported."""
        return self.data / "dumps"

    @property
    def backups(self) -> Path:
        """Backups of the house; never part of one."""
        return self.data / "backups"

    @property
    def shared(self) -> tuple[Path, ...]:
        """What every host of a house has to see of the folder (core/store.py)."""
        mine = self.pictures, self.posters, self.own_posters, self.covers, self.exports
        return *mine, self.uploads

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
    given: dict[str, Any] = _handed_over(known)
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


def _handed_over(known: Mapping[str, str]) -> dict[str, Any]:
    """Read what systemd keeps in files for this service: `needledrop_secret_key`, say.

    Other files there are somebody else's. A variable of the same name comes first.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    found: dict[str, Any] = {}
    for variable, name in known.items() if folder else ():
        file = Path(str(folder), variable.lower())
        try:
            value = file.read_text().strip()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            raise BadSetting(f"{variable}: {file} cannot be read; see docs/settings.md") from None
        if value:
            found[name] = value
    return found

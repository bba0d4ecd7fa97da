"""Having something synced or analysed: what pages have buttons for becomes a task."""

from datetime import date
from typing import Annotated, Literal, Self

from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from database import library_albums, library_pages, library_tasks
from database.tasks import Enqueued
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import writing
from webapp.library import bp
from webapp.numbers import LARGEST
from webapp.owner import current_owner

_Id = Annotated[int, Field(ge=1, le=LARGEST)]
_FOUND = {
    "playlist": lambda session, item: library_pages.playlist(session, current_user.id, item),
    "album": library_albums.get,
    "track": library_pages.track,
    "artist": library_pages.artist,
}


class _OfItem(BaseModel):
    """What is asked about something, which is said by its number."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    item: _Id | None = Field(None, description="The number of the playlist, album, track, artist.")

    @property
    def of(self) -> str:
        """Return what sort of thing it is about."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.of in _FOUND and self.item is None:
            raise PydanticCustomError("sentence", "Say which one is meant.")
        return self


class Sync(_OfItem):
    """What is to be fetched anew; of a whole library only a `part` of it, where one is said."""

    resource: Literal["library", "playlist", "album", "track", "artist"] = Field(
        "library", description="library, playlist, album, track or artist."
    )
    part: Literal["playlists", "tracks", "albums", "artists"] | None = Field(
        None, description="playlists, tracks, albums or artists; of the library alone."
    )
    analyses: bool = Field(
        default=False, description="Analyse it next, if that went well; nothing of a part alone."
    )

    @property
    def of(self) -> str:
        return self.resource

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.part and self.analyses:
            raise PydanticCustomError("sentence", "A part of a library is synced, and no more.")
        return self


class Analyse(_OfItem):
    """What is to be analysed: something, the liked songs, or what one has played in a period."""

    kind: Literal["track", "album", "playlist", "artist", "liked", "period"] = Field(
        description="track, album, playlist, artist, liked or period."
    )
    since: date | None = Field(None, description="The first day, like 2026-11-24.")
    until: date | None = Field(None, description="The last day, like 2026-11-24.")

    @property
    def of(self) -> str:
        return self.kind

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.kind != "period":
            return self
        if self.since is None or self.until is None:
            raise PydanticCustomError("sentence", "Give the first and the last day of the period.")
        if self.since > self.until:
            raise PydanticCustomError("sentence", "A period ends after it has begun.")
        return self

    @property
    def scope(self) -> str:
        """Return what is meant, as analyses call it."""
        if self.kind == "period":
            return f"{self.since}..{self.until}"
        return "" if self.kind == "liked" else str(self.item)


@bp.post("/sync")
def sync() -> ResponseReturnValue:
    wanted = forms.read(Sync, typed())
    with writing() as session:
        task = _synced(session, wanted)
    return lead_to(task)


def _synced(session: Session, wanted: Sync) -> Enqueued:
    owner = current_owner()
    if wanted.analyses:
        return library_tasks.ask_full(session, owner, wanted.resource, demand(session, wanted))
    if wanted.resource == "library":
        parts = [wanted.part] if wanted.part else None
        return library_tasks.ask_sync(session, owner, "library", parts=parts)
    item_id = demand(session, wanted)
    return library_tasks.ask_sync(session, owner, wanted.resource, item_id=item_id)


def demand(session: Session, wanted: _OfItem) -> int | None:
    """Return the number of what is asked about, if it is about one thing.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    if wanted.of not in _FOUND or wanted.item is None:
        return None
    _FOUND[wanted.of](session, wanted.item)
    return wanted.item

"""What somebody wants done for their library by itself."""

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from database.models import LibrarySettings
from database.play_rows import write_many

_PUT = """
    INSERT INTO library_settings (person_id, uses_reccobeats, syncs_daily, reads_recent)
         VALUES (:person_id, :uses_reccobeats, :syncs_daily, :reads_recent)
    ON CONFLICT (person_id)
  DO UPDATE SET uses_reccobeats = excluded.uses_reccobeats,
                syncs_daily = excluded.syncs_daily,
                reads_recent = excluded.reads_recent
"""


class Wishes(BaseModel):
    """What is done by itself; a form says nothing of what is not wanted."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    syncs_daily: bool = Field(
        default=False, description="Once a day what has changed at Spotify is fetched."
    )
    reads_recent: bool = Field(
        default=False,
        description="What you play at Spotify becomes plays here: looked at every half hour, for "
        "Spotify tells of the last 50 alone.",
    )
    uses_reccobeats: bool = Field(
        default=False,
        description="For features that nobody here knows, the Spotify ids and ISRCs of your "
        "tracks are sent to api.reccobeats.com, a free service: they leave the house.",
    )


USUAL = Wishes(syncs_daily=True, reads_recent=True, uses_reccobeats=False)


def get(session: Session, person_id: int) -> Wishes:
    """Return what somebody wants; who never said wants what is usual."""
    found = session.get(LibrarySettings, person_id)
    if found is None:
        return USUAL
    return Wishes(**{name: getattr(found, name) for name in Wishes.model_fields})


def put(session: Session, person_id: int, wanted: Wishes) -> None:
    """Keep what somebody wants."""
    write_many(session, _PUT, [{"person_id": person_id} | wanted.model_dump()])

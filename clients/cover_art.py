"""The Cover Art Archive: where it has the front of a release that MusicBrainz knows.

It leads on to archive.org, whose machines have names of their own; those are asked only
where it is the real archive that leads there.
"""

import re

from clients.guard import ARCHIVE_HOSTS
from core.settings import Settings

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def bases(settings: Settings) -> tuple[str, ...]:
    """Return all that may be asked for a cover: the archive, and where it leads to."""
    is_real = settings.cover_art_url == Settings.model_fields["cover_art_url"].default
    return settings.cover_art_url, *(ARCHIVE_HOSTS if is_real else ())


def is_release_id(said: str) -> bool:
    """Tell whether MusicBrainz may call a release that."""
    return _ID.fullmatch(said) is not None


def front_of(settings: Settings, release_id: str) -> str:
    """Return the address of a release's front, 500 pixels wide."""
    return f"{settings.cover_art_url}/release/{release_id}/front-500"

"""Whether playlists at Spotify may be made and described in somebody's name."""

from flask_login import current_user
from sqlalchemy.orm import Session

from core import consents
from core.consents import SPOTIFY, SPOTIFY_WRITES, ReconnectNeeded, ScopeNeeded
from core.errors import Conflict
from database import grants

NOBODY, ENDED, READS, WRITES = "nobody", "ended", "reads", "writes"


def state(session: Session) -> str:
    """Return how far one's consent goes: NOBODY, ENDED, READS or WRITES."""
    found = grants.find(session, current_user.id, SPOTIFY)
    if found is None:
        return NOBODY
    if not found.is_ok:
        return ENDED
    return READS if consents.lacking(found.scopes, SPOTIFY_WRITES) else WRITES


def demand(session: Session) -> None:
    """Go on only for somebody who lets us change their playlists.

    Raises:
        Conflict: they have not connected Spotify.
        ReconnectNeeded: consent has ended.
        ScopeNeeded: they let us read, and no more.
    """
    found = state(session)
    if found == NOBODY:
        raise Conflict(
            "Spotify is not connected: connect it on the page “Connections” of your account."
        )
    if found == ENDED:
        raise ReconnectNeeded(SPOTIFY)
    if found == READS:
        raise ScopeNeeded(SPOTIFY, SPOTIFY_WRITES)

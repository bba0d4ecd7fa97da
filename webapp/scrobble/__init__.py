"""What players speak: ListenBrainz, Last.fm, Audioscrobbler and Maloja, at their addresses."""

from flask import Blueprint

bp = Blueprint("scrobble", __name__)

from webapp.scrobble import (  # noqa: E402, F401 - they register on bp
    approve,
    audioscrobbler,
    doors,
    lastfm,
    listenbrainz,
    listenbrainz_feedback,
    listenbrainz_stats,
    maloja,
)

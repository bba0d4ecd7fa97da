"""What players speak: ListenBrainz, Last.fm, Audioscrobbler and Maloja, at their addresses."""

from flask import Blueprint

bp = Blueprint("scrobble", __name__)

"""Library: playlists, albums, tracks, artists, from Spotify and from files; how they sound."""

from flask import Blueprint

bp = Blueprint("library", __name__, url_prefix="/library")

from webapp.library import (  # noqa: E402, F401 - each adds its views to bp
    album,
    analyses,
    bring,
    home,
    images,
    imports,
    lists,
    made,
    orders,
    playlist,
    settings,
    track,
)

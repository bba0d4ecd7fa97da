"""Crates: what the dumps of Discogs hold, to dig in; baskets and playlists of what was found."""

from flask import Blueprint

bp = Blueprint("crates", __name__, url_prefix="/crates")

from webapp.crates import (  # noqa: E402, F401 - each adds its views to bp
    api,
    barcodes,
    basket,
    dig,
    digs,
    dumps,
    pages,
    playing,
    playlists,
    sample,
    similar,
)

"""Listening: what was played, by each and by the household; plays brought, corrected, counted."""

from flask import Blueprint

bp = Blueprint("listening", __name__, url_prefix="/listening")

from webapp.listening import (  # noqa: E402, F401 - each adds its views to bp
    album,
    artist,
    bring,
    children,
    corrections,
    covers,
    discovery,
    downloads,
    edits,
    export,
    home,
    household,
    how,
    imports,
    merge,
    not_me,
    plays,
    relay,
    rules,
    scrobblers,
    search,
    shelf,
    spins,
    tops,
    track,
    why,
    years,
)

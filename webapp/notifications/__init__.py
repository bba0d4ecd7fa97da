"""The page of notifications: what became of syncs and analyses that somebody asked for."""

from flask import Blueprint

bp = Blueprint("notifications", __name__, url_prefix="/notifications")

from webapp.notifications import views  # noqa: E402, F401 - they register on bp

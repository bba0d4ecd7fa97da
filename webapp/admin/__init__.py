"""The admin's pages: how the house is, its people, its queue and schedules."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from webapp.admin import overview, people, queue  # noqa: E402, F401 - they register on bp

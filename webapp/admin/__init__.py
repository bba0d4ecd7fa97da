"""The pages of who looks after the house: how it is, its people, its schedules."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from webapp.admin import overview, people, schedules  # noqa: E402, F401 - they register on bp

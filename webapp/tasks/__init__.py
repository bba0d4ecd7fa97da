"""The pages of tasks: how far one is, the list of them, cancelling, running again."""

from flask import Blueprint

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

from webapp.tasks import views  # noqa: E402, F401 - they register on bp

"""The document of the whole JSON API, and the page on which it is read and tried."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api")

from webapp.api import views  # noqa: E402, F401 - they register on bp

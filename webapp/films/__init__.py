"""The pages of the film collection: what is in it, bringing an export, settling doubts."""

from flask import Blueprint

bp = Blueprint("films", __name__, url_prefix="/films")

from webapp.films import bring, posters, settle, views  # noqa: E402, F401 - they register on bp

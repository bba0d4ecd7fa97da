"""The pages of mosaics: the form at home, a mosaic's own page and picture, the gallery."""

from flask import Blueprint

bp = Blueprint("mosaics", __name__)

from webapp.mosaics import orders, pictures, views  # noqa: E402, F401 - they register on bp

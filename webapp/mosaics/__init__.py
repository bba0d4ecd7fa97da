"""The pages of mosaics: the form at home, a mosaic's own page and picture, the gallery."""

from flask import Blueprint

bp = Blueprint("mosaics", __name__)

from webapp.mosaics import (  # noqa: E402 - they register on bp
    orders,  # noqa: F401
    pdf,  # noqa: F401
    pictures,  # noqa: F401
    recipes,  # noqa: F401
    sharing,  # noqa: F401
    views,  # noqa: F401
    zoom,  # noqa: F401
)

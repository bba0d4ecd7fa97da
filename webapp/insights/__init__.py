"""The insights API: numbers of listening as JSON, for each and for the household."""

from flask import Blueprint

bp = Blueprint("insights", __name__)

from webapp.insights import caching, figures, tops  # noqa: E402, F401 - they register on bp

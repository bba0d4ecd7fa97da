"""The insights API: numbers of listening as JSON, for each and for the household."""

from flask import Blueprint

bp = Blueprint("insights", __name__)

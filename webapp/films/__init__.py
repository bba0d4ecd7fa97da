"""The pages of the film collection: what is in it, bringing an export, settling doubts, repair."""

from flask import Blueprint

bp = Blueprint("films", __name__, url_prefix="/films")

from webapp.films import (  # noqa: E402 - they register on bp
    bring,
    diary,
    downloads,
    figures,
    imports,
    lists,
    posters,
    repair,
    settle,
    views,
)

__all__ = [
    "bp",
    "bring",
    "diary",
    "downloads",
    "figures",
    "imports",
    "lists",
    "posters",
    "repair",
    "settle",
    "views",
]

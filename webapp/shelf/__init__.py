"""The pages of the shelf: records, credits, the record of the day, figures, in and out."""

from flask import Blueprint

bp = Blueprint("shelf", __name__, url_prefix="/shelf")

from webapp.shelf import (  # noqa: E402 - they register on bp
    artists,
    bring,
    buy,
    covers,
    credit,
    day,
    discogs,
    downloads,
    figures,
    imports,
    leaving,
    lists,
    record,
    releases,
    restore,
    sound,
    views,
)

__all__ = [
    "artists",
    "bp",
    "bring",
    "buy",
    "covers",
    "credit",
    "day",
    "discogs",
    "downloads",
    "figures",
    "imports",
    "leaving",
    "lists",
    "record",
    "releases",
    "restore",
    "sound",
    "views",
]

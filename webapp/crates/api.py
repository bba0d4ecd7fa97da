"""The crate as scripts see it: /api/v1/crates, always JSON. Knows nothing of pages."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_login import current_user
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described
from werkzeug.exceptions import BadRequest

from core import videos
from core.crate_rows import YEAR
from database import crate_beside
from database.crate_digs import LISTS, Dig
from database.crate_store import Field, Named, Row, Video
from webapp import forms
from webapp.crates import opened, words
from webapp.database import reading

bp = Blueprint("crates_api", __name__, url_prefix="/api/v1/crates")

FIELDS: tuple[Field, ...] = ("artist", "title", "label")
VALUES_OF = (*LISTS, YEAR)
_MOST = 200
_LARGEST_RELEASE = 2**32 - 1
_LONGEST = 200


class Part(BaseModel):
    """Which releases of those that are found."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    after: int | None = Described(
        None, ge=1, le=_LARGEST_RELEASE, description="What the part before said of the next one."
    )
    limit: int = Described(50, ge=1, le=_MOST, description="How many at most, 1 to 200.")
    counts: bool = Described(default=False, description="1: how many have the commonest values.")


@bp.get("/suggest")
def suggest() -> Response:
    """Up to ten names that begin as somebody types."""
    said, typed = request.args.get("field"), request.args.get("q", "")
    field = next((one for one in FIELDS if one == said), None)
    if field is None:
        raise BadRequest("Say which field: artist, title or label.")
    found = opened.find()
    return jsonify(found.suggest(field, typed[:_LONGEST]) if found else [])


@bp.get("/values")
def values() -> Response:
    """Every value of a list, and how many releases have it."""
    kind = request.args.get("kind", "")
    if kind not in VALUES_OF:
        raise BadRequest(f"Say which kind: {', '.join(VALUES_OF[:-1])} or {VALUES_OF[-1]}.")
    listed = opened.crate().values(kind)
    return jsonify(values=[{"name": name, "releases": count} for name, count in listed])


@bp.get("/digs")
def digs() -> Response:
    """What a dig finds: all of it stands in the address, as on the page."""
    crate, dig = opened.crate(), Dig.from_args(request.args.items(multi=True))
    part = forms.read(Part, request.args.to_dict())
    with reading() as session:
        owned = crate_beside.ratings_for(session, current_user.id, dig)
    found = crate.find(dig, owned)
    page = crate.page(found, dig, part.after, part.limit)
    told: dict[str, Any] = {
        "query": words.query(dig),
        "version": crate.about.get("version"),
        "count": len(found),
        "releases": [_row(row) for row in page.rows],
        "after": page.after,
        "problems": {
            field: {"sentence": problem.sentence, "suggestions": problem.suggestions}
            for field, problem in found.problems.items()
        },
    }
    if part.counts:
        counted = crate.counts(found, dig)
        told["counts"] = {
            kind: [{"name": one.name, "releases": one.releases} for one in counted[kind]]
            for kind in counted
        }
    return jsonify(told)


@bp.get("/releases/<int:release_id>")
def release(release_id: int) -> Response:
    found = opened.crate().release(release_id)
    told = _row(found.row) | {
        "artists": [one._asdict() for one in found.artists],
        "labels": [one._asdict() for one in found.labels],
        "genres": found.values["genre"],
        "styles": found.values["style"],
        "descriptions": found.values["description"],
        "barcode": found.row.barcode,
        "links": [_video(video) for video in found.videos],
    }
    return jsonify(told)


@bp.get("/masters/<int:master_id>")
def master(master_id: int) -> Response:
    found = opened.crate().master(master_id)
    return jsonify(
        **found.master._asdict(),
        versions=[_row(row) for row in found.versions],
        links=[_video(video) for video in found.videos],
    )


@bp.get("/artists/<int:artist_id>")
def artist(artist_id: int) -> Response:
    return _named("artist", artist_id)


@bp.get("/labels/<int:label_id>")
def label(label_id: int) -> Response:
    return _named("label", label_id)


def _named(kind: Named, id_: int) -> Response:
    """Answer with a name, and an artist's aliases or the label that a label belongs to."""
    found = opened.crate().name(kind, id_)
    return jsonify(**found.name._asdict(), beside=[one._asdict() for one in found.beside])


def _row(row: Row) -> dict[str, Any]:
    told = row._asdict()
    del told["barcode"]  # of a release that is asked for by itself
    return told


def _video(video: Video) -> dict[str, Any]:
    return {
        "id": video.id,
        "title": video.title,
        "seconds": video.seconds,
        "url": videos.address(video.id),
    }

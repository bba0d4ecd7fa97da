"""The pages of a release, a master, an artist and a label; and a release by chance."""

import re
from typing import Any

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import videos
from core.crate_rows import GENRE, STYLE
from core.errors import NotFound
from database import crate_beside, listeners
from database.crate_digs import Dig
from database.crate_search import Crate, Release
from database.crate_store import Named, Row
from webapp.crates import bp, opened, words
from webapp.crates.dig import sensible
from webapp.database import reading
from webapp.owner import current_owner

_NUMBER = re.compile(r"(.+?) (\([0-9]+\))", re.ASCII)
_VERSIONS = 200
_NOBODY = frozenset({194, 355, 118760})  # Various, Unknown Artist, No Artist
_SIZES = ("LP", '7"', '10"', '12"')  # of vinyl, as shelves and Discogs call them alike


@bp.app_template_filter()
def apart(name: str) -> tuple[str, str]:
    """Split the number off that Discogs puts behind a name that others have, too.

    >>> apart("Artefakt (2)")
    ('Artefakt', '(2)')
    """
    found = _NUMBER.fullmatch(name)
    return (found[1], found[2]) if found else (name, "")


@bp.get("/releases/<int:release_id>")
def release(release_id: int) -> str:
    crate = opened.crate()
    is_sample = opened.is_sample(crate)
    found = crate.release(release_id)
    versions = _versions(crate, found)
    ids = {release_id, *(row.id for row in versions)}
    with reading() as session:
        whose = listeners.seen_by(session, current_user.id, current_owner())
        copies = crate_beside.copies(session, ids)
        played = crate_beside.played(session, whose, _names(found), found.row.title or "")
    return render_template(
        "crates/release.html",
        release=found,
        row=found.row,
        versions=versions[:_VERSIONS],
        more_versions=max(0, len(versions) - _VERSIONS),
        copies=[copy for copy in copies if copy.release_id == release_id],
        other_copies=[copy for copy in copies if copy.release_id != release_id],
        owned={copy.release_id for copy in copies if copy.is_active},
        played=played,
        purchase=purchase(found, has_number=not is_sample),
        is_sample=is_sample,
        **_on_the_way(),
        facets=[
            (
                words.FACETS[kind],
                [(name, words.address(words.changed(Dig(), **{kind: [name]}))) for name in names],
            )
            for kind, names in found.values.items()
            if names
        ],
        video_address=videos.address,
    )


def _on_the_way() -> dict[str, str]:
    """Return the ways on for who came here by surprise: the address says in which dig."""
    if "surprise" not in request.args:
        return {}
    dig, _ = sensible(request.args.items(multi=True))
    return {"surprise": words.address(dig, "crates.surprise"), "back": words.address(dig)}


def _versions(crate: Crate, found: Release) -> list[Any]:
    if found.row.master_id is None:
        return []
    try:
        page = crate.master(found.row.master_id)
    except NotFound:  # a master of which nothing else is known
        return []
    return [row for row in page.versions if row.id != found.row.id]


def _names(found: Release) -> list[str]:
    return [apart(one.name)[0] for one in found.artists if one.name and one.id not in _NOBODY]


def purchase(found: Release, *, has_number: bool = True) -> dict[str, Any]:
    """Return what the address of the form of a purchase says of a release.

    Not `has_number` where its number is not Discogs' own.
    """
    row = found.row
    said = {
        "title": row.title,
        "artists": "; ".join(_names(found)),
        "labels": "; ".join(apart(one.name)[0] for one in found.labels if one.name),
        "genre": next(iter(found.values[GENRE]), None),
        "format": _format(row),
        "year": row.year,
        "catalogue_number": row.catno,
        "barcode": row.barcode,
        "discogs_id": row.id if has_number else None,
    }
    return {name: value for name, value in said.items() if value}


def _format(row: Row) -> str | None:
    """Return the format as a shelf calls it; None where what Discogs says does not tell.

    How many discs they are, the crate does not know.
    """
    said = (row.format or "").split(", ")
    if "Cassette" in said:
        return "Tape"
    if "CD" in said:
        return "CD"
    return next((size for size in _SIZES if "Vinyl" in said and size in said), None)


@bp.get("/masters/<int:master_id>")
def master(master_id: int) -> str:
    found = opened.crate().master(master_id)
    with reading() as session:
        copies = crate_beside.copies(session, [row.id for row in found.versions])
    return render_template(
        "crates/master.html",
        page=found,
        versions=found.versions[:_VERSIONS],
        more_versions=max(0, len(found.versions) - _VERSIONS),
        owned={copy.release_id for copy in copies if copy.is_active},
        copies=copies,
        video_address=videos.address,
    )


@bp.get("/artists/<int:artist_id>")
def artist(artist_id: int) -> str:
    return _named("artist", artist_id)


@bp.get("/labels/<int:label_id>")
def label(label_id: int) -> str:
    return _named("label", label_id)


def _named(kind: Named, id_: int) -> str:
    crate = opened.crate()
    page = crate.name(kind, id_)
    dig = words.changed(Dig(), **{f"{kind}_id": [id_]})
    found = crate.find(dig)
    shown = crate.page(found, dig)
    with reading() as session:
        ids = [row.id for row in shown.rows]
        owned = crate_beside.on_shelf(session, current_user.id, ids)
    return render_template(
        "crates/named.html",
        kind=kind,
        page=page,
        rows=shown.rows,
        has_more=shown.after is not None,
        count=len(found),
        owned=owned,
        dig=words.address(dig),
        styles=[
            (value, words.address(words.changed(dig, style=[value.name])))
            for value in crate.counts(found, dig)[STYLE]
        ],
    )


@bp.get("/surprise")
def surprise() -> ResponseReturnValue:
    """Lead to a release of what a dig finds, whichever; back to the dig where that is nothing."""
    crate, dig = opened.find(), Dig.from_args(request.args.items(multi=True))
    if crate is None:
        return redirect(words.address(dig), 303)
    with reading() as session:
        owned = crate_beside.ratings_for(session, current_user.id, dig)
    release_id = crate.surprise(crate.find(dig, owned))
    to = words.address(dig)
    if release_id is not None:
        to = words.address(dig, "crates.release", release_id=release_id, surprise=1)
    answer = make_response(redirect(to, 303))
    answer.cache_control.no_store = True
    return answer

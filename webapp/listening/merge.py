"""Saying that an artist, an album or a track is another spelling of one; looked at first."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.errors import InvalidInput
from database import play_edits, play_merges, quota
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.corrections import row_id
from webapp.listening.edits import done
from webapp.numbers import number
from webapp.owner import current_owner

_LONGEST_SEARCH = 200
_PAGES = {
    "artists": ("listening.artist", "artist_id"),
    "albums": ("listening.album", "album_id"),
    "tracks": ("listening.track", "track_id"),
}


@bp.get("/merge/<kind>/<int:item>")
def merge(kind: str, item: int) -> ResponseReturnValue:
    """`q`: what to look for; `into`: the one that was chosen, to see first what that would do."""
    return _page(kind, item, request.args.get("into", type=number), {})


@bp.post("/merge/<kind>/<int:item>")
def say_same(kind: str, item: int) -> ResponseReturnValue:
    owner = current_owner()
    into = row_id(typed().get("into"))
    try:
        with writing() as session:
            task = play_edits.merge(session, kind, item, into or 0, owner)
            quota.check(session, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(kind, item, None, error.problems)
    return done(
        task, "Merged: it can be undone among your corrections.", _page_of(kind, into or item)
    )


def _page(
    kind: str, item: int, into: int | None, problems: Mapping[str, str]
) -> ResponseReturnValue:
    words = request.args.get("q", "")[:_LONGEST_SEARCH]
    owner, preview = current_owner(), None
    with reading() as session:
        one = play_merges.get(session, kind, item)
        if into is not None:
            try:
                preview = play_merges.preview(session, kind, item, into, owner)
            except InvalidInput as error:
                problems = error.problems
        found = play_merges.search(session, kind, words, item)
        alike = play_merges.suggestions(session, kind, item)
    shown: dict[str, Any] = {"found": found, "alike": alike, "preview": preview}
    page = render_template(
        "listening/merge.html", kind=kind, one=one, words=words, problems=problems,
        back=_page_of(kind, item), **shown,
    )  # fmt: skip
    return page, 422 if problems else 200


def _page_of(kind: str, item: int) -> str:
    endpoint, name = _PAGES[kind]
    values: dict[str, Any] = {name: item}
    return url_for(endpoint, **values)

"""The shelf beside what was played: never played, not owned, and what playing a record costs."""

from collections.abc import Mapping
from typing import Literal

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput
from database import ledger, play_pages, play_search, record_albums, record_plays, records
from database.record_details import price_text
from database.record_plays import Candidate, Shelved
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import asked
from webapp.listening.downloads import Table
from webapp.numbers import LARGEST
from webapp.owner import current_owner

_WAYS = {"never": record_plays.never_played, "records": record_plays.shelf}
_FOUND = 20


class Which(BaseModel):
    """Which list: records never played, albums not owned, or all records with their plays."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    which: Literal["never", "missing", "records"] = Field(
        "never", description="One of never, missing and records."
    )


class Same(BaseModel):
    """Whether a record is an album."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    album: int = Field(ge=1, le=LARGEST, description="The number of an album.")
    is_same: bool = Field(description="1 if it is this one, 0 if it is not.")


@bp.get("/shelf")
def shelf() -> ResponseReturnValue:
    """Plays are of whose it is; the records of theirs, or of all who are in the household."""
    which = forms.read(Which, request.args).which
    missing, found, balance, covers = [], record_plays.Shelf([], None), None, {}
    with reading() as session:
        wanted = asked(session)
        if which == "missing":
            missing = record_plays.not_owned(session, wanted.whose)
            covers = pieces.covers(session, missing)
            balance = ledger.balance(session, wanted.whose.id) if wanted.is_mine else None
        else:
            found = _WAYS[which](session, wanted.whose, request.args.get("after"))
    table = pieces.tops_table(missing, "albums") if which == "missing" else _table(found.records)
    return downloads.answer(
        "listening/shelf.html",
        wanted,
        {which: table},
        beside={"next": found.more},
        which=which,
        missing=missing,
        covers=covers,
        balance=balance,
        found=found.records,
        more=found.more,
        many=record_plays.MANY,
        price_text=price_text,
    )


def _table(found: list[Shelved]) -> Table:
    columns = (
        "record_id", "record", "artist", "purchased_on", "price", "currency", "songs", "plays",
        "plays_since", "cost_per_play",
    )  # fmt: skip
    rows = [(*one[:4], price_text(one.price), *one[5:], price_text(one.cost)) for one in found]
    return Table(columns, rows)


@bp.get("/records/<int:record_id>")
def record(record_id: int) -> ResponseReturnValue:
    """Which albums a record is; `q`: words of another's name."""
    return _page(record_id, {})


@bp.post("/records/<int:record_id>")
def say_album(record_id: int) -> ResponseReturnValue:
    with reading() as session:
        records.to_change(session, record_id, current_owner())
    try:
        said = forms.read(Same, typed())
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(record_id, error.problems)
    with writing() as session:
        records.to_change(session, record_id, current_owner())
        album = play_pages.album(session, said.album)
        album_id = album.counts_as or album.id
        record_albums.say(session, record_id, album_id, is_same=said.is_same)
    address = url_for(".record", record_id=record_id)
    if wants_json():
        return jsonify(record=record_id, url=address)
    flash("Remembered.")
    return redirect(address, 303)


def _page(record_id: int, problems: Mapping[str, str]) -> ResponseReturnValue:
    words = request.args.get("q", "")[: play_search.LONGEST].strip()
    with reading() as session:
        wanted = asked(session)
        shown = record_plays.one(session, wanted.whose, record_id)
        candidates = record_plays.candidates(session, wanted.whose, record_id)
        if words:
            known = {one.album_id for one in candidates}
            others = play_search.albums(session, wanted.whose, words, _FOUND)
            candidates += [
                Candidate(top.item, top.name, top.credit, top.plays, is_it=False, is_said=False)
                for top in others
                if top.item not in known
            ]
        may_change = current_owner().owns(records.get(session, record_id).person_id, None)
    page = downloads.answer(
        "listening/record.html",
        wanted,
        {"albums": _candidates(candidates)},
        record=shown,
        candidates=candidates,
        words=words,
        may_change=may_change,
        problems=problems,
        price_text=price_text,
    )
    return page if not problems else (page[0], 422)


def _candidates(found: list[Candidate]) -> Table:
    columns = ("album_id", "album", "artist", "plays", "is_it", "is_said")
    return Table(columns, [tuple(one) for one in found])

"""How records sound: those whose sound is known, those that were not found, which album one is."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from flask import Response, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput
from database import record_sound_pages, record_sounds, records, shelf_files
from database.engine import Database
from database.owner import Owner
from database.record_sound_pages import PAGE, Wanted
from webapp import feature_words as words
from webapp import filter_words, forms
from webapp.answers import lead_to, typed
from webapp.database import database, reading, writing
from webapp.errors import wants_json
from webapp.numbers import LARGEST, number
from webapp.owner import current_owner
from webapp.shelf import bp
from webapp.shelf.record import page_of
from webapp.shelf.sound_words import COLUMNS, NAMES, STATES, told

_BATCH = 500
_MOST_PAGES = 1_000_000
_LONGEST_SEARCH = 200


class Try(BaseModel):
    """Which records are tried."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    again: bool = Field(
        default=False, description="Also those that were tried within the last 30 days."
    )


class Chosen(BaseModel):
    """Which album of the library a record is; with neither it is looked for anew."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    album: Annotated[int, Field(ge=1, le=LARGEST)] | None = Field(
        None, description="The number of an album of the library."
    )
    is_none: bool = Field(default=False, description="No album of the library is it.")


@bp.get("/sound")
def sounds() -> ResponseReturnValue:
    """The records of one's shelf; what `which`, `by` and `order` say."""
    wanted, problems = Wanted(), {}
    try:
        wanted = forms.read(Wanted, request.args)
    except InvalidInput as error:
        if wants_json():
            raise
        problems = error.problems
    return _list(wanted, problems), 422 if problems else 200


def _list(wanted: Wanted, problems: dict[str, str]) -> str | Response:
    page = min(max(request.args.get("page", 1, type=number), 1), _MOST_PAGES)
    person_id = int(current_user.id)
    with reading() as session:
        skip = (page - 1) * PAGE
        found = record_sound_pages.listed(session, person_id, wanted, skip=skip, limit=PAGE + 1)
        counts = record_sound_pages.counts(session, person_id)
        last = record_sound_pages.last(session, person_id)
        under_way = record_sound_pages.under_way(session, person_id)
    more, found = page + 1 if len(found) > PAGE else None, found[:PAGE]
    if wants_json():
        return jsonify(
            records=[told(one) for one in found],
            counts=counts._asdict() | {"untried": counts.untried},
            last=last,
            more=more,
        )
    return render_template(
        "shelf/sound.html",
        wanted=wanted,
        query=filter_words.query(wanted),
        form=filter_words.Form(Wanted, request.args, problems),
        found=found,
        counts=counts,
        last=last,
        under_way=under_way,
        page=page,
        more=more,
        names=NAMES,
        # What is sorted by first: on a phone the others are out of sight.
        columns=({wanted.by: NAMES[wanted.by]} if wanted.by in NAMES else {}) | NAMES,
        states=STATES,
        said=words.said,
    )


@bp.get("/sound.csv")
def sounds_csv() -> Response:
    """Those records that the same address without .csv lists, all of them."""
    wanted = forms.read(Wanted, request.args)
    rows = _rows(database(), int(current_user.id), wanted)
    answer = Response(shelf_files.as_table(COLUMNS, rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="sound.csv"'
    return answer


def _rows(db: Database, person_id: int, wanted: Wanted) -> Iterator[dict[str, Any]]:
    skip = 0
    while True:
        with db.reading() as session:
            some = partial(record_sound_pages.listed, session, person_id, wanted)
            found = some(skip=skip, limit=_BATCH)
        for one in found:
            row = told(one)
            yield row | row.pop("features")
        if len(found) < _BATCH:
            return
        skip += _BATCH


@bp.post("/sound")
def try_sounds() -> ResponseReturnValue:
    """Have it found out how one's records sound."""
    wanted = forms.read(Try, typed())
    with writing() as session:
        task = record_sounds.ask(session, current_owner(), again=wanted.again)
    return lead_to(task)


@bp.get("/<int:record_id>/album")
def choose_album(record_id: int) -> str:
    """Albums of the library that a record may be: its artists', or those with the words `q`."""
    q = request.args.get("q", "")[:_LONGEST_SEARCH]
    with reading() as session:
        record = records.to_change(session, record_id, current_owner())
        sound = record_sound_pages.of(session, record_id)
        found = record_sound_pages.choices(session, record_id, q)
    return render_template(
        "shelf/sound_album.html",
        record=record,
        sound=sound,
        found=found,
        q=q,
        most=record_sound_pages.OFFERED,
    )


@bp.post("/<int:record_id>/album")
def say_which(record_id: int) -> ResponseReturnValue:
    """Say which album of the library a record is; what is not known of it is asked for."""
    wanted = forms.read(Chosen, typed())
    with writing() as session:
        record = records.to_change(session, record_id, current_owner())
        if wanted.is_none:
            record_sounds.say_none(session, record_id)
        elif wanted.album is None:
            record_sounds.say_nothing(session, record_id)
        else:
            record_sounds.say(session, record_id, wanted.album)
        if not wanted.is_none:
            record_sounds.ask(session, Owner(record.person_id), record_ids=[record_id])
    if wants_json():
        return jsonify(record=record_id, url=page_of(record_id))
    flash("It is no album of the library." if wanted.is_none else "Its sound is looked for.")
    return redirect(page_of(record_id), 303)

"""A record's page: all that is known of it, corrected in place, rated, its songs marked."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from core.errors import InvalidInput
from database import ratings, record_names, record_page, record_sound_pages, records
from database.record_details import Details, Rated, price_text
from database.record_page import Page
from webapp import forms
from webapp.answers import onward, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp
from webapp.shelf.sound_words import STATES, features, told
from webapp.zone import zone

_TOLD = (
    "title", "year", "genre", "format", "colour", "edition", "copy_number", "catalogue_number",
    "barcode", "remarks", "media_condition", "sleeve_condition", "folder", "purchased_on",
    "currency", "review", "is_digitised", "is_active", "removed_on", "discogs_id",
    "musicbrainz_id",
)  # fmt: skip
RATINGS = [("", "–"), *((str(value), str(value)) for value in range(10, 0, -1))]
_ABOUT = (
    ("Genre", "genre"), ("Label", "label"), ("Colour", "colour"), ("Limited edition", "edition"),
    ("Number of the copy", "copy_number"), ("Catalogue number", "catalogue_number"),
    ("Barcode", "barcode"), ("Condition of the record", "media_condition"),
    ("Condition of the sleeve", "sleeve_condition"), ("Folder", "folder"),
)  # fmt: skip


@bp.get("/<int:record_id>")
def record(record_id: int) -> ResponseReturnValue:
    if wants_json():
        with reading() as session:
            found = record_page.page(session, record_id)
            sound = record_sound_pages.of(session, record_id)
        return jsonify(_told(found) | {"sound": told(sound) if sound else None})
    return _page(record_id)


@bp.post("/<int:record_id>")
def edit(record_id: int) -> ResponseReturnValue:
    given = _given(record_id)
    try:
        wanted = forms.read(Details, given)
        with writing() as session:
            records.to_change(session, record_id, current_owner())
            records.edit(session, record_id, wanted)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(record_id, given, error.problems), 422
    return _done(record_id, f"Saved: {wanted.title}.")


def _given(record_id: int) -> Mapping[str, Any]:
    """Return what was sent; of what a JSON object has no word, the record is to stay as it is."""
    with reading() as session:
        records.to_change(session, record_id, current_owner())
        said = record_page.typed(record_page.page(session, record_id)) if request.is_json else {}
    return {**said, **typed()} if request.is_json else typed()


@bp.post("/<int:record_id>/ratings")
def rate(record_id: int) -> ResponseReturnValue:
    demand(record_id)
    given = typed()
    try:
        wanted = forms.read(Rated, given)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(record_id, rated=given, rating_problems=error.problems), 422
    day = wanted.rated_on or clock.today(zone()).isoformat()
    with writing() as session:
        title = records.to_change(session, record_id, current_owner()).title
        ratings.rate(session, record_id, wanted.value, day)
    return _done(record_id, f"Rated: {title}, {wanted.value} of 10.")


@bp.post("/<int:record_id>/ratings/<int:rating_id>/delete")
def forget_rating(record_id: int, rating_id: int) -> ResponseReturnValue:
    with writing() as session:
        records.to_change(session, record_id, current_owner())
        ratings.forget(session, record_id, rating_id)
    return _done(record_id, "The rating is deleted.")


@bp.post("/<int:record_id>/songs/<int:seq>/favourite")
def toggle_favourite(record_id: int, seq: int) -> ResponseReturnValue:
    with writing() as session:
        records.to_change(session, record_id, current_owner())
        is_one = record_page.toggle_favourite(session, record_id, seq)
    return _done(record_id, "A favourite." if is_one else "No favourite any more.")


def demand(record_id: int) -> None:
    """Go on only for who may change this record.

    Raises:
        NotFound: there is none.
        Forbidden: it is on somebody else's shelf.
    """
    with reading() as session:
        records.to_change(session, record_id, current_owner())


def page_of(record_id: int) -> str:
    return url_for("shelf.record", record_id=record_id)


def _done(record_id: int, sentence: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(record=record_id, url=page_of(record_id))
    flash(sentence)
    return redirect(onward(page_of(record_id)), 303)


def _page(
    record_id: int,
    given: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
    rated: Mapping[str, Any] | None = None,
    rating_problems: Mapping[str, str] | None = None,
) -> str:
    owner = current_owner()
    with reading() as session:
        found = record_page.page(session, record_id)
        may_change = owner.owns(found.record["person_id"], None)
        offered = record_names.offered(session, current_user.id) if may_change else None
        sound = record_sound_pages.of(session, record_id)
    rating = {"rated_on": clock.today(zone()).isoformat()} | dict(rated or {})
    return render_template(
        "shelf/record.html",
        page=found,
        record=found.record,
        may_change=may_change,
        form=forms.Shown(
            Details, record_page.typed(found) if given is None else given, problems or {}
        ),
        rating_form=forms.Shown(Rated, rating, rating_problems or {}),
        offered=offered,
        about=_about(found),
        ratings=RATINGS,
        sound=sound,
        sounds=features(sound) if sound else [],
        states=STATES,
        price_text=price_text,
    )


def _about(page: Page) -> list[tuple[str, str]]:
    """Return what else is known of it, in words: of what nobody knows there is no row."""
    said = [(word, page.record[name]) for word, name in _ABOUT if page.record[name]]
    return [*said, ("Digitised", "yes" if page.record["is_digitised"] else "no")]


def _told(page: Page) -> dict[str, Any]:
    said = page.record
    return {
        "record": said["id"],
        "owner": said["owner"],
        **{name: said[name] for name in _TOLD},
        "rating": said["rating"] or None,
        "price": None if said["price"] is None else said["price"] / 100,
        "artists": [artist._asdict() for artist in page.artists],
        "labels": page.labels,
        "songs": [song._asdict() for song in page.songs],
        "ratings": [rating._asdict() for rating in page.ratings],
        "credits": [line._asdict() for line in page.credits],
        "previous": page.previous_id,
        "next": page.next_id,
    }

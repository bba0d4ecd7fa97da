"""Releases: looking for the one that a record is, or that one is about to buy."""

from typing import Any, NamedTuple

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.release_words import MEDIA, figures
from core.releases import Release, Wanted
from database import linked_accounts, quota, record_releases, records, tasks
from database.linked_accounts import DISCOGS
from database.models import Record
from database.record_details import FIRST_YEAR, LAST_YEAR
from database.tasks import Enqueued
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.owner import current_owner
from webapp.shelf import bp
from webapp.shelf.record import demand

FIND, LINK = "find_releases", "link_release"
_SHUT = "Discogs wants a token: link your account there first."
# What an address to the form of a purchase says of a release.
_TOLD = ("title", "year", "format", "genre", "catalogue_number", "barcode", "discogs_id")


class Search(BaseModel):
    """By what a release is to be found."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    words: str = Field(
        "", max_length=200, description="Like artist and title, or what the spine says."
    )
    barcode: str = Field("", max_length=40, description="Its figures, eight or more.")
    year: int | None = Field(
        None, ge=FIRST_YEAR, le=LAST_YEAR, description="A year like 1975; empty if any will do."
    )
    medium: str = Field("Vinyl", description="Vinyl, Cassette, CD, or any.")
    record_id: int | None = Field(None, ge=1, description="The number of one of your records.")

    @field_validator("barcode")
    @classmethod
    def _of_figures(cls, given: str) -> str:
        found = figures(given) if given else ""
        if found is None:
            raise ValueError
        return found

    @field_validator("medium")
    @classmethod
    def _a_medium(cls, given: str) -> str:
        if given not in ("any", *MEDIA):
            raise ValueError
        return given

    @model_validator(mode="after")
    def _something(self) -> "Search":
        if not self.words and not self.barcode:
            raise PydanticCustomError("sentence", "Give some words, or the barcode.")
        return self

    def wanted(self) -> Wanted:
        medium = "" if self.medium == "any" or self.barcode else self.medium
        return Wanted(words=self.words, barcode=self.barcode, year=self.year, medium=medium)


class Link(BaseModel):
    """Which release a record is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    discogs_id: int = Field(ge=1, le=10**12, description="The release's number at Discogs.")


class Found(NamedTuple):
    """What a search has found, for a purchase or for the record whose release it is."""

    releases: list[Release]
    args: dict[str, Any]
    record: Record | None


@bp.get("/releases")
def releases() -> ResponseReturnValue:
    """The form of the search, and below it what the task `found` has found."""
    public_id, record_id = request.args.get("found", ""), request.args.get("record", type=number)
    with reading() as session:
        found = _found(session, public_id) if public_id else None
        record = found.record if found else _record(session, record_id)
        may_search = _may_search(session)
    if wants_json():
        return jsonify(releases=[release.as_json() for release in found.releases] if found else [])
    form = forms.Shown(Search, _about(found, record), {})
    return _page(form, found, record, may_search=may_search)


@bp.post("/releases")
def find_releases() -> ResponseReturnValue:
    given = typed()
    try:
        wanted = forms.read(Search, given)
        with writing() as session:
            task = _search(session, wanted.wanted(), wanted.record_id)
    except InvalidInput as error:
        if wants_json():
            raise
        with reading() as session:
            record = _record(session, _number(given.get("record_id")))
            may_search = _may_search(session)
        form = forms.Shown(Search, given, error.problems)
        return _page(form, None, record, may_search=may_search), 422
    return lead_to(task)


@bp.post("/<int:record_id>/release/find")
def find_release(record_id: int) -> ResponseReturnValue:
    """Look for the release of a record by what is known of it: title, first artist, year."""
    try:
        with writing() as session:
            task = _search(session, record_releases.wanted(session, record_id), record_id)
    except InvalidInput:
        if wants_json():
            raise
        # That page tells how to get a token.
        return redirect(url_for("shelf.releases", record=record_id), 303)
    return lead_to(task)


@bp.post("/<int:record_id>/release")
def link_release(record_id: int) -> ResponseReturnValue:
    """Say which release a record is; its songs and its cover come with it."""
    demand(record_id)
    wanted = forms.read(Link, typed())
    with writing() as session:
        args = {"record_id": record_id, "discogs_id": wanted.discogs_id}
        task = _enqueue(session, LINK, args, lock_key=f"record:{record_id}")
    return lead_to(task)


def _search(session: Session, wanted: Wanted, record_id: int | None) -> Enqueued:
    """Put in the task that looks.

    Raises:
        InvalidInput: there is no token to ask with.
        Forbidden: the record is somebody else's.
    """
    if record_id is not None:
        records.to_change(session, record_id, current_owner())
    if not _may_search(session):
        raise InvalidInput({"": _SHUT})
    return _enqueue(session, FIND, {"record_id": record_id, **wanted.as_json()})


def _enqueue(
    session: Session, action: str, args: dict[str, Any], *, lock_key: str | None = None
) -> Enqueued:
    owner = current_owner()
    task = tasks.enqueue(session, action, args, owner=owner, lock_key=lock_key)
    quota.check(session, owner)
    return task


def _found(session: Session, public_id: str) -> Found:
    """Return what a task of theirs has found.

    Raises:
        NotFound: there is no such task, or it has found nothing yet.
    """
    task = tasks.get(session, public_id, current_owner())
    body = tasks.result(session, task.id) if task.action == FIND else None
    if body is None:
        raise NotFound("search for releases", public_id)
    releases = [Release.of_json(said) for said in body["found"]]
    return Found(releases, task.args, _record(session, task.args.get("record_id")))


def _record(session: Session, record_id: int | None) -> Record | None:
    """Return the record whose release is looked for; None for a purchase, or if it is gone.

    Raises:
        Forbidden: it is somebody else's.
    """
    if record_id is None:
        return None
    try:
        return records.to_change(session, record_id, current_owner())
    except NotFound:
        return None


def _number(given: Any) -> int | None:
    text = str(given or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else None


def _about(found: Found | None, record: Record | None) -> dict[str, Any]:
    """Return what the form says: what was looked for, or what a record or an address says."""
    if found is not None:
        args = found.args
        named = " ".join(filter(None, (args.get("artist"), args.get("title"))))
        said = {name: args.get(name) or "" for name in ("barcode", "year")}
        medium = args.get("medium") or "any"
        return {"words": args.get("words") or named, "medium": medium, **said}
    if record is not None:
        return {"words": f"{record.artist} {record.title}", "year": record.year}
    return {name: said for name, said in request.args.items() if name in Search.model_fields}


def _may_search(session: Session) -> bool:
    account = linked_accounts.find(session, current_user.id, DISCOGS)
    # One that has not been tried yet may be none at all.
    return settings().discogs_token is not None or bool(account and account.name)


def _page(
    form: forms.Shown, found: Found | None, record: Record | None, *, may_search: bool
) -> str:
    return render_template(
        "shelf/releases.html",
        form=form,
        media=[("any", "Anything"), *((medium, medium) for medium in MEDIA)],
        found=[(release, _purchase(release)) for release in found.releases] if found else None,
        record=record,
        may_search=may_search,
    )


def _purchase(release: Release) -> dict[str, Any]:
    """Return what the address of the form of a purchase says of a release."""
    said = {name: getattr(release, name) for name in _TOLD}
    said |= {"artists": "; ".join(release.artists), "labels": "; ".join(release.labels)}
    return {name: value for name, value in said.items() if value}

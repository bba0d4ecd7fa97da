"""An artist: how often, since when, the tracks and albums, genres, and the records of the house."""

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput
from database import artist_genres, play_pages, record_pages
from database.play_sums import Kind
from database.record_filters import Filter
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp, detail, downloads, pieces
from webapp.listening.asked import asked
from webapp.owner import current_owner

_TRACKS, _ALBUMS, _RECORDS = 20, 12, 12


class Genres(BaseModel):
    """The genres of an artist, as a person says them."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    genres: str = Field(
        "", max_length=500, description="Genres with commas between; empty if there are none."
    )


@bp.get("/artists/<int:artist_id>")
def artist(artist_id: int) -> ResponseReturnValue:
    return _page(artist_id, None)


def _page(artist_id: int, wrong: InvalidInput | None) -> ResponseReturnValue:
    with reading() as session:
        wanted = asked(session)
        found = play_pages.artist(session, artist_id)
        if found.counts_as is not None:
            return redirect(url_for(".artist", artist_id=found.counts_as, **wanted.args))
        said = detail.told(session, wanted, Kind.ARTIST, artist_id)
        tracks = play_pages.songs_of(session, wanted.whose, artist_id, _TRACKS)
        albums = play_pages.albums_of(session, wanted.whose, artist_id, _ALBUMS)
        covers = pieces.covers(session, albums)
        genres = artist_genres.of(session, artist_id)
        on_records = [] if genres else artist_genres.by_records(session, artist_id)
        may_change = artist_genres.may_change(session, artist_id, current_owner())
        on_shelf = Filter(artist_id=artist_id, whose="everyone", state="all", sort="year")
        records = record_pages.collection(session, current_user.id, on_shelf, limit=_RECORDS)
    tables = {
        "tracks": pieces.tops_table(tracks, "tracks"),
        "albums": pieces.tops_table(albums, "albums"),
        **detail.tables(said, wanted),
    }
    given = {"genres": ", ".join(genres)} if wrong is None else request.form
    form = forms.Shown(Genres, given, wrong.problems if wrong else {})
    page = downloads.answer(
        "listening/artist.html",
        wanted,
        tables,
        artist=found,
        tracks=tracks,
        albums=albums,
        covers=covers,
        genres=genres or on_records,
        form=form,
        may_change=may_change,
        records=records,
        **said,
    )
    return page if wrong is None else (page[0], 422)


@bp.post("/artists/<int:artist_id>/genres")
def set_genres(artist_id: int) -> ResponseReturnValue:
    owner = current_owner()
    with reading() as session:
        artist_genres.demand(session, artist_id, owner)
    try:
        wanted = forms.read(Genres, typed())
        with writing() as session:
            kept = artist_genres.put(session, artist_id, wanted.genres, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(artist_id, error)
    address = url_for(".artist", artist_id=artist_id)
    if wants_json():
        return jsonify(artist=artist_id, genres=kept, url=address)
    flash("Saved.")
    return redirect(address, 303)

"""A track's page: how it sounds and who says so, where it is, how often it was played."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.library import FIELDS, MEASURED
from database import library_lists, library_pages, library_plays, play_lists, track_features
from database.library_pages import Said
from database.play_lists import Wanted
from database.track_features import MANUAL, Known, Manual
from webapp import feature_words as words
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.library import bp, writes
from webapp.zone import zone_name

_LAST = 8


class Told(NamedTuple):
    """A feature of a track: its value and whose it is; what `others` say."""

    name: str
    about: str
    value: str
    source: str
    others: list[tuple[str, str]]


@bp.get("/tracks/<int:track_id>")
def track(track_id: int) -> ResponseReturnValue:
    if wants_json():
        with reading() as session:
            library_pages.track(session, track_id)
            said = library_pages.features(session, current_user.id, track_id)
            believed = track_features.winners(session, [track_id])[track_id]
        return jsonify(
            track=track_id,
            features=believed.features._asdict(),
            sources=dict(believed.sources),
            said={one.features.source: _fields(one) for one in said},
        )
    return _page(track_id)


@bp.post("/tracks/<int:track_id>/features")
def set_features(track_id: int) -> ResponseReturnValue:
    """Say how it sounds; a form that says nothing takes back what was said."""
    given = typed()
    try:
        wanted = forms.read(Manual, given)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(track_id, given, error.problems), 422
    with writing() as session:
        name = library_pages.track(session, track_id).name
        track_features.put(session, MANUAL, [(track_id, wanted.features())])
    if wants_json():
        return jsonify(track=track_id, url=url_for(".track", track_id=track_id))
    flash(f"Saved: how “{name}” sounds.")
    return redirect(url_for(".track", track_id=track_id), 303)


def _page(
    track_id: int,
    given: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    person_id = current_user.id
    with reading() as session:
        found = library_lists.track(session, track_id)
        said = library_pages.features(session, person_id, track_id)
        believed = track_features.winners(session, [track_id])[track_id]
        playlists = library_pages.playlists_with(session, person_id, track_id)
        liked = library_pages.kept_as(session, person_id, "track", track_id)
        listened = sorted(library_plays.listening_tracks(session, [track_id]).get(track_id, ()))
        plays = _plays(session, listened)
        under_way = library_pages.under_way(session, person_id, "track", track_id)
        is_linked = writes.state(session) != writes.NOBODY
    own = next((_fields(one) for one in said if one.features.source == MANUAL), {})
    return render_template(
        "library/track.html",
        track=found,
        said=said,
        believed=believed,
        features=_told(said, believed),
        sources=words.SOURCES,
        measured=[(name, words.FEATURES[name].name) for name in MEASURED],
        keys=[(str(number), words.key(number)) for number in range(12)],
        playlists=playlists,
        liked=liked,
        listened=listened,
        plays=plays,
        form=forms.Shown(Manual, own if given is None else given, problems or {}),
        is_typed_in=bool(own),
        under_way=under_way,
        is_linked=is_linked,
    )


def _told(said: Sequence[Said], believed: Known) -> list[Told]:
    """Return each feature that somebody knows: whom one believes, and who says otherwise."""
    rows = []
    for name in (it for it in FIELDS if it in believed.sources):
        others = [
            (words.SOURCES[one.features.source], words.said(name, getattr(one.features, name)))
            for one in said
            if one.features.source != believed.sources[name]
            and getattr(one.features, name) is not None
        ]
        feature = words.FEATURES.get(name)
        rows.append(
            Told(
                feature.name if feature else words.COUNTED[name],
                feature.about if feature else "",
                words.said(name, getattr(believed.features, name)),
                words.SOURCES[believed.sources[name]],
                others,
            )
        )
    return rows


def _plays(session: Session, listened: list[int]) -> list[play_lists.Listed]:
    """Return one's last plays of it, the newest first."""
    found = [
        play
        for track_id in listened[:_LAST]
        for play in play_lists.page(
            session, [current_user.id], Wanted(track=track_id), zone_name(), limit=_LAST
        ).plays
    ]
    return sorted(found, key=lambda play: -play.started_at)[:_LAST]


def _fields(said: Said) -> dict[str, Any]:
    return {name: getattr(said.features, name) for name in FIELDS}

"""Analyses: of a period of one's listening as of anything else, one alone, two side by side."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import analysis as computed
from core import clock
from core.analysis import Change, Comparison
from core.errors import InvalidInput, NotFound
from core.library import UNIT_FIELDS
from database import analyses as kept
from database import library_home, library_rows, library_tasks
from database.analyses import Shown
from webapp import feature_words as words
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.charts import Radar
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.feature_words import FEATURES
from webapp.library import bp, downloads, pages, sounds
from webapp.library.orders import Analyse, demand
from webapp.numbers import number
from webapp.owner import current_owner
from webapp.zone import zone

_PAGE, _MOST = 50, 50
_COLUMNS = ("id", "kind", "scope", "title", "updated_at")


class Moved(NamedTuple):
    """A mean in two analyses, and by how much it has moved."""

    name: str
    before: str
    after: str
    by: str


@bp.get("/analyses")
def analyses() -> ResponseReturnValue:
    if downloads.is_wanted():
        person_id = int(current_user.id)
        return downloads.items(
            "analyses",
            "analyses",
            _COLUMNS,
            lambda session, skip: library_home.analysed(
                session, person_id, skip=skip, limit=downloads.BATCH
            ),
        )
    return _list({}, {})


@bp.post("/analyses")
def analyse() -> ResponseReturnValue:
    given = typed()
    try:
        wanted = forms.read(Analyse, given)
    except InvalidInput as error:
        if wants_json():
            raise
        return _list(given, error.problems), 422
    with writing() as session:
        demand(session, wanted)
        task = library_tasks.ask_analyze(session, current_owner(), wanted.kind, wanted.scope)
    return lead_to(task)


def _list(given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    part = pages.asked(_PAGE)
    with reading() as session:
        found = library_home.analysed(session, current_user.id, skip=part.skip, limit=_PAGE + 1)
    return render_template(
        "library/analyses.html",
        found=found[:_PAGE],
        more=part.page + 1 if len(found) > _PAGE else None,
        form=forms.Shown(Analyse, _last_month() | dict(given), problems),
    )


def _last_month() -> dict[str, str]:
    """Return the days of the month before this one, as a form says them."""
    last = clock.today(zone()).replace(day=1) - timedelta(days=1)
    return {"since": date(last.year, last.month, 1).isoformat(), "until": last.isoformat()}


@bp.get("/analyses/<int:analysis_id>")
def analysis(analysis_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = kept.get(session, current_user.id, analysis_id)
        if downloads.is_wanted():
            return _figures(found)
        part = pages.asked(library_rows.PAGE)
        ids = found.track_ids[part.skip : part.skip + part.size]
        rows = library_rows.of_ids(session, ids)
        shown = sounds.of(session, found.data)
        versions = kept.versions(session, current_user.id, found.kind, found.scope)
    return render_template(
        "library/analysis.html",
        analysis=found,
        sounds=shown,
        rows=[rows[track_id] for track_id in ids if track_id in rows],
        part=part,
        more=part.more(len(found.track_ids)),
        all_versions=versions,
        again=_asked_by(found),
        of_address=_address(found),
    )


def _figures(found: Shown) -> ResponseReturnValue:
    if request.args.get("format") != "csv":
        return jsonify(_told(found))
    data, rows = found.data, []
    for name in FEATURES:
        one = data.superlatives.get(name)
        known = data.coverage.fields.get(name)
        ends = (one.min, one.max) if one else (None, None)
        rows.append((name, known, ends[0], data.averages.get(name), ends[1]))
    columns = ("feature", "known", "least", "mean", "most")
    return downloads.answer("analysis", "features", columns, rows)


def _asked_by(found: Shown) -> dict[str, str]:
    """Return what a form says to ask for the same again."""
    if found.kind == "period":
        since, _, until = found.scope.partition("..")
        return {"kind": found.kind, "since": since, "until": until}
    return {"kind": found.kind, "item": found.scope}


def _address(found: Shown) -> str | None:
    """Return where what was analysed has its page."""
    if found.kind == "liked":
        return url_for(".liked")
    if found.kind == "period":
        return None
    item: dict[str, Any] = {f"{found.kind}_id": int(found.scope)}
    return url_for(f".{found.kind}", **item)


@bp.get("/analyses/compare")
def compare() -> ResponseReturnValue:
    """Two analyses, `a` and `b`: what has come, what has gone, by how much each mean moved."""
    wanted = [request.args.get(name, type=number) for name in ("a", "b")]
    with reading() as session:
        old, new = (_one(session, analysis_id) for analysis_id in wanted)
        said = computed.compare((old.track_ids, old.data), (new.track_ids, new.data))
        if downloads.is_wanted():
            return _differences(old, new, said)
        named = library_rows.of_ids(session, [*said.added[:_MOST], *said.removed[:_MOST]])
    return render_template(
        "library/compare.html",
        old=old,
        new=new,
        said=said,
        means=[_moved(name, said.averages[name]) for name in FEATURES],
        unit=[FEATURES[name] for name in UNIT_FIELDS],
        named=named,
        most=_MOST,
        radar=Radar.of(*([one.data.averages.get(it) for it in UNIT_FIELDS] for one in (old, new))),
    )


def _one(session: Session, analysis_id: int | None) -> Shown:
    if analysis_id is None:
        raise NotFound("analysis", "without a number")
    return kept.get(session, current_user.id, analysis_id)


def _moved(name: str, change: Change) -> Moved:
    return Moved(
        FEATURES[name].name,
        words.value(name, change.before),
        words.value(name, change.after),
        words.difference(name, change.difference),
    )


def _differences(old: Shown, new: Shown, said: Comparison) -> ResponseReturnValue:
    means = {name: said.averages[name] for name in FEATURES}
    if request.args.get("format") == "csv":
        rows = [(name, one.before, one.after, one.difference) for name, one in means.items()]
        return downloads.answer(
            "comparison", "features", ("feature", "before", "after", "difference"), rows
        )
    return jsonify(
        before=_told(old),
        after=_told(new),
        added=said.added,
        removed=said.removed,
        averages={
            name: one._asdict() | {"difference": one.difference} for name, one in means.items()
        },
    )


def _told(shown: Shown) -> dict[str, Any]:
    return {
        "analysis": shown.id,
        "kind": shown.kind,
        "scope": shown.scope,
        "version": shown.version,
        "title": shown.title,
        "tracks": shown.track_ids,
        "data": shown.data.model_dump(mode="json"),
        "created_at": shown.created_at,
        "updated_at": shown.updated_at,
    }

"""Why a number is what it is: what is stored, what of it does not count, who told it."""

from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from core.plays import Standing
from database import listeners, play_why
from database.play_why import Why
from webapp.database import reading
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.asked import asked
from webapp.listening.rules import RULES
from webapp.numbers import number

AWAY = {
    Standing.SHORT: ("Too short", "by the rule of whoever played it"),
    Standing.DUPLICATE: ("Told twice", "another source tells the same play"),
    Standing.NOT_ME: ("Not me", "said to be somebody else’s"),
    Standing.NOT_MUSIC: ("No music", "podcasts and audiobooks"),
    Standing.DELETED: ("Deleted", "or corrected, and standing as another play"),
}


@bp.get("/why")
def why() -> ResponseReturnValue:
    """`kind` and `item`: an artist, album or track; without them it is of all plays."""
    kind, item = request.args.get("kind", ""), request.args.get("item", type=number)
    with reading() as session:
        here = asked(session)
        found = play_why.why(session, here.whose, kind, item, here.window)
        listener = None
        if not here.whose.is_household:
            listener = listeners.get(session, here.whose.id)
        # Single plays, and files, are of those alone who may be seen.
        if not set(here.whose.person_ids) <= set(here.seen_ids):
            found = found.without_files()
    if wants_json():
        return jsonify(_told(found))
    return render_template(
        "listening/why.html",
        asked=here,
        kind=kind,
        item=item,
        found=found,
        samples=found.samples,
        rule=listener.rule if listener else None,
        away=AWAY,
        rules=RULES,
    )


def _told(found: Why) -> dict[str, Any]:
    return {
        "name": found.name,
        "stored": found.stored,
        **{standing.name.lower(): found.standings.get(standing, 0) for standing in Standing},
        "ms": found.ms,
        "estimated": found.estimated,
        "by_rule": found.by_rule,
        "by_source": [
            {
                "source": part.source.words,
                "file_name": part.file_name,
                "stored": part.stored,
                "counted": part.counted,
            }
            for part in found.parts
        ],
    }

"""The list of plays, newest first: by words, source, day, and whether they count."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.plays import Source, Standing
from database import play_lists, play_pages, spotify_plays
from database.play_lists import Listed, Wanted
from database.play_windows import Window
from database.spotify_plays import Gap
from webapp import filter_words, forms
from webapp.database import reading
from webapp.listening import bp, downloads
from webapp.listening.asked import Asked, asked
from webapp.listening.downloads import Table, moment

WHICH = {
    "counts": "Those that count",
    "all": "All that are stored",
    "not": "Those that do not count",
    "short": "Too short",
    "duplicate": "Told twice",
    "not-me": "Not me",
    "not-music": "No music",
    "deleted": "Deleted",
}
STANDINGS = {
    Standing.COUNTED: "counts",
    Standing.SHORT: "too short",
    Standing.DUPLICATE: "told twice",
    Standing.NOT_ME: "not me",
    Standing.NOT_MUSIC: "no music",
    Standing.DELETED: "deleted",
}


@bp.get("/plays")
def plays() -> ResponseReturnValue:
    """Single plays are shown of those alone whom one may see, also of a household."""
    wanted, problems = Wanted(), {}
    try:
        wanted = forms.read(Wanted, request.args)
    except InvalidInput as error:
        problems = error.problems
    found, track, gaps = play_lists.Page([], None), None, list[Gap]()
    with reading() as session:
        here = asked(session)
        if not problems:
            try:
                found = play_lists.page(
                    session,
                    here.seen_ids,
                    wanted,
                    here.whose.zone,
                    after=request.args.get("after"),
                )
                gaps = _gaps(session, here, wanted, found)
            except InvalidInput as error:
                problems = {"day": next(iter(error.problems.values()))}
        if wanted.track is not None:
            track = play_pages.track(session, wanted.track)
    return _answer(here, wanted, found, problems, track=track, gaps=gaps)


def _gaps(session: Session, here: Asked, wanted: Wanted, found: play_lists.Page) -> list[Gap]:
    """Return where plays may be missing among those that are shown; none of a choice of them."""
    if here.whose.is_household or wanted.model_dump(exclude_defaults=True).keys() - {"day"}:
        return []
    if wanted.day is not None:
        window = play_lists.of_day(wanted.day, here.whose.zone)
    elif found.plays:
        until = found.plays[0].started_at if request.args.get("after") else None
        window = Window(found.plays[-1].started_at if found.more else None, until)
    else:
        return []
    return spotify_plays.gaps(session, here.whose.id, window=window)


def _answer(
    here: Asked, wanted: Wanted, found: play_lists.Page, problems: dict[str, str], **said: Any
) -> ResponseReturnValue:
    if problems and downloads.is_wanted():
        raise InvalidInput(problems)
    answer = downloads.answer(
        "listening/plays.html",
        here,
        {"plays": plays_table(found.plays, here)},
        beside={"next": found.more},
        found=found.plays,
        more=found.more,
        wanted=wanted,
        query=filter_words.query(wanted),
        form=filter_words.Form(Wanted, request.args, problems),
        which=WHICH,
        standings=STANDINGS,
        sources=[(int(source), source.words) for source in Source],
        **said,
    )
    return answer if not problems else (answer[0], 422)


def plays_table(found: Iterable[Listed], here: Asked) -> Table:
    """Return plays as a table."""
    columns = (
        "id", "started_at", "track_id", "track", "artist", "album", "ms", "is_estimated",
        "source", "standing", "player", "person",
    )  # fmt: skip
    rows = [
        (
            one.id,
            moment(one.started_at, here),
            one.track_id,
            one.title,
            one.credit,
            one.album,
            one.ms,
            one.is_estimated,
            Source(one.source).words,
            STANDINGS[Standing(one.standing)],
            one.client,
            here.names.get(one.person_id),
        )
        for one in found
    ]
    return Table(columns, rows)

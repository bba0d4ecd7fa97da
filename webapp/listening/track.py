"""A track: how often, since when, whose it is, and its last plays."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from database import play_lists, play_pages
from database.play_lists import Wanted
from database.play_sums import Kind
from webapp.database import reading
from webapp.listening import bp, detail, downloads
from webapp.listening.asked import asked
from webapp.listening.plays import plays_table

_LAST = 10


@bp.get("/tracks/<int:track_id>")
def track(track_id: int) -> ResponseReturnValue:
    with reading() as session:
        wanted = asked(session)
        found = play_pages.track(session, track_id)
        if found.counts_as is not None:
            return redirect(url_for(".track", track_id=found.counts_as, **wanted.args))
        said = detail.told(session, wanted, Kind.TRACK, track_id)
        credited = play_pages.credits_of(session, track_id)
        album = play_pages.album_of(session, found.album_id)
        names = play_pages.names_elsewhere(session, track_id)
        last = play_lists.page(
            session, wanted.seen_ids, Wanted(track=track_id), wanted.whose.zone, limit=_LAST
        ).plays
    tables = {"plays": plays_table(last, wanted), **detail.tables(said, wanted)}
    return downloads.answer(
        "listening/track.html",
        wanted,
        tables,
        track=found,
        credited=credited,
        album=album,
        elsewhere=names,
        last=last,
        **said,
    )

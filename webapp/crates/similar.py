"""Digs like what somebody plays, by what they played this month, this year and ever."""

from flask import render_template
from flask_login import current_user

from core import clock
from database import crate_similar, listeners, play_windows
from webapp.crates import bp, opened, words
from webapp.database import reading
from webapp.owner import current_owner

_PERIODS = {"month": "This month", "year": "This year", "all": "All time"}
_NAMED = 5


@bp.get("/similar")
def similar() -> str:
    crate = opened.crate()
    with reading() as session:
        whose = listeners.seen_by(session, current_user.id, current_owner())
        zone = clock.zone(whose.zone)
        played = {
            title: crate_similar.taste(session, whose, play_windows.of_period(period, zone))
            for period, title in _PERIODS.items()
        }
    found = [
        (title, crate_similar.similar(crate, taste))
        for title, taste in played.items()
        if taste.artists
    ]
    return render_template("crates/similar.html", found=found, named=_NAMED, address=words.address)

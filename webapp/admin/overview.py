"""How the house is: what it holds, how much room there is, whether somebody works."""

from flask import render_template

from database import overview, schedules
from webapp import vitals
from webapp.access import admin_only
from webapp.admin import bp
from webapp.database import database, reading, settings


@bp.get("")
@admin_only
def index() -> str:
    with reading() as session:
        holdings = overview.holdings(session)
        planned = schedules.listed(session)
    return render_template(
        "admin/index.html",
        held=holdings,
        now=vitals.look(database(), settings()),
        schedules=planned,
    )

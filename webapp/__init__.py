"""The web process: pages, sessions and forms over the database. Waits for nothing but that.

`create_app` puts it together; each area is a folder with a blueprint, and knows
none of the others.
"""

from contextlib import ExitStack

from flask import Flask

from core import counters, folders, memory
from core.settings import ROOT, Settings, load
from database import house, presence, schema
from database.engine import Database
from webapp import (
    access,
    command_line,
    errors,
    filters,
    health,
    limits,
    login,
    maintenance,
    metrics,
    request_number,
    secret,
    security,
    security_txt,
    unread,
)
from webapp.database import KEY, House
from webapp.forwarded import Forwarded
from webapp.numbers import Number
from webapp.routes import Site


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app, and bring its database up to date.

    Raises:
        CannotStart: a setting, the data folder or the database does not allow it.
    """
    settings = settings or load()
    app = Site(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    move_in(app, settings)
    app.secret_key = secret.key(settings)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters["int"] = Number
    has_proxy = settings.public_url.startswith("https://")
    app.wsgi_app = Forwarded(app.wsgi_app, has_proxy=has_proxy)  # type: ignore[method-assign]
    # First what holds for every request, then who may come in.
    request_number.register(app)
    maintenance.register(app)
    security.register(app, settings)
    for part in (errors, login, access, filters, unread, command_line):
        part.register(app)
    limits.register(app, settings)
    with memory.loading():
        _register_areas(app)
    return app


def move_in(app: Flask, settings: Settings) -> None:
    """Give an app its folder and its database, brought up to date.

    Raises:
        CannotStart: one of them does not allow it.
    """
    folders.make(settings)
    here = presence.enter(settings)
    with ExitStack() as undo:
        db = Database(settings.database, settings.running)
        db.at_close(here.leave)
        # With it this process leaves, and a restore may come.
        undo.callback(db.close)
        schema.ensure(db)
        if not settings.store_url:
            # Else a worker does: pages need not wait for a store, nor load what asks it.
            with schema.at_start(db):
                house.settle(db, settings.data)
        undo.pop_all()
    app.extensions[KEY] = House(settings, db)
    counters.use(settings)


def _register_areas(app: Flask) -> None:
    from webapp import (
        accounts,
        admin,
        api,
        crates,
        films,
        insights,
        library,
        library_api,
        listening,
        mosaics,
        notifications,
        scrobble,
        shelf,
        tasks,
    )

    app.register_blueprint(health.bp)
    app.register_blueprint(metrics.bp)
    app.register_blueprint(security_txt.bp)
    areas = (
        accounts, admin, api, crates, films, insights, library, library_api, listening, mosaics,
        notifications, scrobble, shelf, tasks,
    )  # fmt: skip
    for area in areas:
        app.register_blueprint(area.bp)
    app.register_blueprint(crates.api.bp)

"""The web process: pages, sessions and forms over the database. Waits for nothing but that.

`create_app` puts it together; each area is a folder with a blueprint, and knows
none of the others.
"""

from flask import Flask

from core import folders
from core.settings import ROOT, Settings, load
from database import house, schema
from database.engine import Database
from webapp import access, command_line, errors, filters, health, limits, login, secret, security
from webapp.database import KEY, House
from webapp.forwarded import Forwarded
from webapp.numbers import Number


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app, and bring its database up to date.

    Raises:
        CannotStart: a setting, the data folder or the database does not allow it.
    """
    settings = settings or load()
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    house.settle(db, settings.data)
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.extensions[KEY] = House(settings, db)
    app.secret_key = secret.key(settings)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters["int"] = Number
    has_proxy = settings.public_url.startswith("https://")
    app.wsgi_app = Forwarded(app.wsgi_app, has_proxy=has_proxy)  # type: ignore[method-assign]
    # First what holds for every request, then who may come in.
    security.register(app, settings)
    for part in (errors, login, access, filters, command_line):
        part.register(app)
    limits.register(app, settings)
    _register_areas(app)
    return app


def _register_areas(app: Flask) -> None:
    from webapp import (
        accounts,
        admin,
        api,
        films,
        insights,
        listening,
        mosaics,
        scrobble,
        shelf,
        tasks,
    )

    app.register_blueprint(health.bp)
    for area in (accounts, admin, api, films, insights, listening, mosaics, scrobble, shelf, tasks):
        app.register_blueprint(area.bp)

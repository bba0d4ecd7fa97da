"""The web process: pages, sessions and forms over the database. Waits for nothing but that.

`create_app` puts it together; each area is a folder with a blueprint, and knows
none of the others.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from core import folders
from core.settings import ROOT, Settings, load
from database import schema
from database.engine import Database
from webapp import access, commands, errors, filters, health, limits, login, secret, security
from webapp.database import KEY, House

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app, and bring its database up to date.

    Raises:
        CannotStart: a setting, the data folder or the database does not allow it.
    """
    settings = settings or load()
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.extensions[KEY] = House(settings, db)
    app.secret_key = secret.key(settings)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = _Forwarded(app.wsgi_app)  # type: ignore[method-assign]
    # First what holds for every request, then who may come in.
    security.register(app, settings)
    for part in (errors, login, access, filters, commands):
        part.register(app)
    limits.register(app, settings)
    _register_areas(app)
    return app


def _register_areas(app: Flask) -> None:
    from webapp import accounts, admin, films, mosaics, tasks

    app.register_blueprint(health.bp)
    for area in (accounts, admin, films, mosaics, tasks):
        app.register_blueprint(area.bp)


class _Forwarded:
    """Believes X-Forwarded-* exactly where only a proxy can have sent them: on a socket file."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._direct = app
        self._behind = ProxyFix(app, x_for=1, x_proto=1, x_host=0, x_prefix=0)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        app = self._direct if environ.get("REMOTE_ADDR") else self._behind
        return app(environ, start_response)

"""While the database is damaged: one page at every address, that says what to do.

Nothing of the house is shown, and its database is let go, so that it can be restored beside
this process. Once it has been, the process ends, for the next one to begin anew.
"""

import logging
import os
import signal

from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DatabaseError

from core.settings import ROOT, Settings
from database import damage
from database.engine import Database
from webapp import health
from webapp.database import KEY, House, database, settings
from webapp.errors import wants_json

log = logging.getLogger(__name__)

_LET_GO = "needledrop-let-go"
_TITLE = "The database is damaged"
_AS_EVER = ("static", "health.alive")
_SOON, _LATER = 3, 60  # seconds after which it is worth asking again
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def register(app: Flask) -> None:
    """Have an app give way as soon as its database is known to be damaged."""
    app.before_request(_instead)
    app.register_error_handler(DatabaseError, _look_closer)


def app(given: Settings) -> Flask:
    """Return an app of that page alone, for a house that cannot be opened."""
    made = Flask(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    made.extensions[KEY] = House(given, Database(given.database, given.running))
    made.register_blueprint(health.bp)
    made.extensions[_LET_GO] = True
    made.before_request(_instead)
    return made


def _instead() -> ResponseReturnValue | None:
    if request.endpoint in _AS_EVER:
        return None
    data = settings().data
    if damage.is_noted(data):
        if not current_app.extensions.get(_LET_GO):
            # With it goes the lock that keeps a restore away.
            current_app.extensions[_LET_GO] = True
            database().close()
        return _answer(*damage.way_out(data), after_seconds=_LATER)
    if current_app.extensions.get(_LET_GO):
        log.warning("the database is well again: this process makes way for the next")
        os.kill(os.getpid(), signal.SIGTERM)
        said = "It is well again, and Needledrop is starting."
        return _answer(said, after_seconds=_SOON)
    return None


def _look_closer(error: DatabaseError) -> ResponseReturnValue:
    """Find out whether what went wrong is the file's fault; else it is a fault like any other."""
    file, data = settings().database_file, settings().data
    if file is None or not damage.is_damage(error.orig):
        raise error
    wrong = damage.wrong_with(file, in_full=False)
    if not wrong:
        raise error
    damage.note(data, wrong)
    return _answer(*damage.way_out(data), after_seconds=_LATER)


def _answer(sentence: str, command: str = "", *, after_seconds: int) -> Response:
    if wants_json():
        answer = jsonify({"error": f"{_TITLE}. {sentence} {command}".strip()})
    else:
        page = render_template("maintenance.html", title=_TITLE, sentence=sentence, command=command)
        answer = make_response(page)
        answer.headers["Content-Security-Policy"] = _POLICY
    answer.status_code = 503
    answer.headers["Retry-After"] = str(after_seconds)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer

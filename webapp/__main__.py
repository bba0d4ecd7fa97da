"""`./run COMMAND …`: the command line, without Flask's own commands."""

import atexit
import gc

from flask import Flask
from flask.cli import ScriptInfo

from core import by_hand
from webapp import create_app, terminal
from webapp.commands import house
from webapp.database import KEY


def _app() -> Flask:
    app = create_app()
    # By us, and not when Python finds that nobody needs it any more.
    atexit.register(app.extensions[KEY].db.close)
    return app


# Last of all. Else Python looks through all that was loaded once more: a third of a short command.
atexit.register(gc.freeze)
terminal.run(house, by_hand.command(), obj=ScriptInfo(create_app=_app))

"""`./run COMMAND …`: the command line, without Flask's own commands."""

from flask.cli import ScriptInfo

from core import by_hand
from webapp import create_app, terminal
from webapp.commands import house

terminal.run(house, by_hand.command(), obj=ScriptInfo(create_app=create_app))

"""The real web, as server.py starts it; what it imports is there before it is started."""

from importlib import import_module
from pkgutil import walk_packages

import waitress.server  # noqa: F401 - to have it

import webapp

for found in walk_packages(webapp.__path__, "webapp."):
    # Not a command: it would begin.
    if not found.name.endswith("__main__"):
        import_module(found.name)

if __name__ == "__main__":
    import server

    server.main()

"""The web process: `server:app` for gunicorn; `python server.py` serves with waitress."""

import errno
import logging
import signal
import socket
from types import FrameType
from typing import Any

from flask import Flask

from core import log_setup, memory
from core.errors import CannotStart, Damaged
from core.settings import Settings, load
from database import damage, people, schema
from webapp import create_app, maintenance
from webapp.database import KEY, House


def _made() -> Flask:
    try:
        return create_app()
    except Damaged as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - it says what to do
        return maintenance.app(load())


app = _made()

_THREADS = 8
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - to recognise it


def main() -> None:
    from waitress.server import create_server

    log_setup.start()
    memory.spare()
    memory.lend()
    house: House = app.extensions[KEY]
    settings = house.settings
    log_setup.hide_secrets(settings)
    listening = _listen(settings)
    greet(house)
    server: Any = create_server(
        app,
        sockets=[listening],
        threads=_THREADS,
        ident=None,
        # Seconds an idle browser keeps its connection: longer than a page polls.
        channel_timeout=75,
        # A hundred, as is usual, are a few browsers and somebody who sends slowly; more than
        # a thousand files select() does not take.
        connection_limit=500,
        asyncore_use_poll=True,
        max_request_body_size=42_000_000,
        # What a proxy says is believed or dropped in webapp/forwarded.py, and there alone.
        clear_untrusted_proxy_headers=False,
    )
    _stop_on_signal()
    memory.settle()
    server.run()
    house.db.close()


def _listen(settings: Settings) -> socket.socket:
    """Take the port.

    Raises:
        CannotStart: somebody else has it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"Port {settings.port} is taken: stop what uses it, or set NEEDLEDROP_PORT."
        else:
            where = f"{settings.host}:{settings.port}"
            why = f"Needledrop cannot listen on {where}: {error.strerror}."
        raise CannotStart(why) from None
    return listening


def _stop_on_signal() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # waitress takes it as its end: no more requests, those begun are answered.
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def greet(house: House) -> None:
    """Print where it is, and while nobody is there the way in.

    Raises:
        CannotStart: the database has gone since it was opened.
    """
    address = _address(house.settings)
    lines = [f"Needledrop is at {address}"]
    if not damage.is_noted(house.settings.data):
        code = _way_in(house)
        if code is not None:
            lines.append(f"Set it up: {address}/setup?code={code}")
        is_encrypted = house.settings.public_url.startswith("https:")
        if house.settings.host in _EVERYWHERE and not is_encrypted:
            # Said once at the start, for the one who can change it.
            lines.append("It is reached by plain http: see the README about https.")
    # In one piece: whoever sees where it is has the way in as well.
    print("\n".join([*lines, ""]), end="", flush=True)  # noqa: T201 - for whoever started it


def _way_in(house: House) -> str | None:
    """Return a code for the first account, None where somebody has one."""
    with schema.at_start(house.db):
        with house.db.reading() as session:
            is_empty = people.count(session) == 0
        # A house with people waits for nobody who writes.
        if is_empty:
            with house.db.writing() as session:
                return people.new_setup_code(session)
    return None


def _address(settings: Settings) -> str:
    if settings.public_url:
        return settings.public_url
    host = _own_address() if settings.host in _EVERYWHERE else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _own_address() -> str:
    """Return this machine's address in the house, without sending anything anywhere."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
    except OSError:
        return "127.0.0.1"


if __name__ == "__main__":
    main()

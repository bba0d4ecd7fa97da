"""Tests whose processes run on hosts of a network, as tests/faults/test_scale_out.py has them.

The environment of the tests says which: NEEDLEDROP_TEST_POSTGRESQL is the address of a server's
user who may make databases and set session_replication_role, NEEDLEDROP_TEST_REDIS that of a Redis
that is emptied; NEEDLEDROP_TEST_WORKER_HOSTS and NEEDLEDROP_TEST_WEB_HOSTS are namespaces with a
blank between, the latter as name=address. Without them the tests start servers of their own.
"""

import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from flask import Flask
from pydantic import SecretStr

from core.settings import Settings
from tests import nursery

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

POSTGRESQL = os.environ.get("NEEDLEDROP_TEST_POSTGRESQL")
REDIS = os.environ.get("NEEDLEDROP_TEST_REDIS")
WEBS = dict(each.split("=") for each in os.environ.get("NEEDLEDROP_TEST_WEB_HOSTS", "").split())
_WORKERS = os.environ.get("NEEDLEDROP_TEST_WORKER_HOSTS", "").split()
_TURNS = itertools.cycle(_WORKERS)
_PORT = 8000
_WEB = "tests.web.program"
_PATIENCE_SECONDS = 60
_OF_ONE_LINE = ("connection", "keep-alive", "transfer-encoding", "content-length")


def on(name: str) -> tuple[str, ...]:
    """Return what a command is put behind that is to run on that host."""
    return ("ip", "netns", "exec", name)


def next_worker() -> tuple[str, ...]:
    """Return it for the host whose turn it is to have a worker; empty where there are none."""
    return on(next(_TURNS)) if _WORKERS else ()


@contextmanager
def answering_for(app: Flask, settings: Settings) -> Iterator[None]:
    """Have webs on hosts of their own answer what `app` is asked: each request goes to the next.

    The app keeps its database and its key, by which a test makes accounts and cookies.
    """
    if not WEBS:
        yield
        return
    kept = app.wsgi_app
    with ExitStack() as stack:
        stack.callback(_end, [_start(name, address, settings) for name, address in WEBS.items()])
        for address in WEBS.values():
            _wait_for(address)
        relay = Relay(WEBS.values())
        stack.callback(setattr, app, "wsgi_app", kept)
        vars(app)["wsgi_app"] = relay
        yield
    assert relay.asked == 0 or len(relay.answered) == min(relay.asked, len(WEBS))


def _start(name: str, address: str, settings: Settings) -> nursery.Process:
    said = settings.model_dump(exclude_defaults=True) | {"host": address, "port": _PORT}
    own = {other: value for other, value in os.environ.items() if other[:11] != "NEEDLEDROP_"}
    for each, value in said.items():
        known = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        own[f"NEEDLEDROP_{each.upper()}"] = known
    log = settings.data.parent / f"{name}.log"
    return nursery.start(_WEB, environment=own, log=log, before=on(name))


def _end(started: Sequence[nursery.Process]) -> None:
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection((address, _PORT), 1).close()
        except OSError:
            assert time.monotonic() < until, f"no web answers at {address}"
            time.sleep(0.02)
        else:
            return


class Relay:
    """Passes each request on to the next of several webs, as a balancer does."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._turns = itertools.cycle(addresses)
        self.asked = 0
        self.answered: set[str] = set()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        address = next(self._turns)
        self.asked += 1
        size = int(environ.get("CONTENT_LENGTH") or 0)
        line = HTTPConnection(address, _PORT, timeout=_PATIENCE_SECONDS)
        try:
            line.request(
                environ["REQUEST_METHOD"],
                environ["REQUEST_URI"],
                environ["wsgi.input"].read(size) if size else None,
                _headers(environ),
            )
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        self.answered.add(address)
        told = [pair for pair in answer.getheaders() if pair[0].lower() not in _OF_ONE_LINE]
        told.append(("Content-Length", answer.getheader("Content-Length") or str(len(body))))
        start_response(f"{answer.status} {answer.reason}", told)
        return [body]


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    said = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    if kind := environ.get("CONTENT_TYPE"):
        said["CONTENT_TYPE"] = kind
    return {name.replace("_", "-"): str(value) for name, value in said.items()}

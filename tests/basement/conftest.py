"""A house as it is installed on a Pi, put up beside the tests: gunicorn behind nginx."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from core.settings import ROOT, Settings
from database import sessions
from database.engine import Database
from database.models import Person
from database.sessions import Browser
from tests import factories
from tests.conftest import missing, remove_progress
from webapp import create_app
from webapp.database import KEY

NGINX = ROOT / "deploy" / "pi" / "nginx"
SECRET_KEY = "the key of a test, long enough to be one"
_PATIENCE_SECONDS = 120


@dataclass
class Front:
    """A house with nginx in front: where it is, and what is behind."""

    port: int
    folder: Path
    db: Database
    pictures: Path

    def person(self, name: str) -> tuple[int, str]:
        """Make an account; return its id, and the cookie of a browser that is logged in there."""
        with self.db.writing() as session:
            person: Person = factories.person(session, name)
            secret = sessions.begin(session, person.id, Browser("a test", "127.0.0.1"))
            person_id = person.id
        app = Flask("cookies")
        app.secret_key = SECRET_KEY
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer
        return person_id, f"session={signer.dumps({'sid': secret})}"


def server_conf(folder: Path, port: int, site: str = "none") -> str:
    """Return one nginx.conf of what lies in deploy/pi, with the places of this test."""

    def placed(file: str) -> str:
        text = (NGINX / file).read_text()
        text = re.sub(
            r"include snippets/needledrop-(\w+)\.conf;", lambda m: placed(f"{m[1]}.conf"), text
        )
        for place, here in (
            ("/run/needledrop/web.sock", f"{folder}/web.sock"),
            ("/usr/local/lib/needledrop/current", str(ROOT)),
            ("/var/lib/needledrop", f"{folder}/data"),
            ("/var/log/nginx", str(folder)),
            ("@CERTIFICATE@", f"{folder}/tls.pem"),
            ("@KEY@", f"{folder}/tls.pem"),
        ):
            text = text.replace(place, here)
        text = text.replace("listen 80 ", f"listen 127.0.0.1:{port} ")
        text = re.sub(r"listen 443 ", f"listen 127.0.0.1:{port + 1} ", text)
        return re.sub(r"\n *listen \[::\].*", "", text)

    user = "user root;" if os.geteuid() == 0 else ""
    places = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
include /etc/nginx/mime.types;
default_type application/octet-stream;
# As Debian has it.
gzip on;
ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
access_log {folder}/access.log;
{places}
{placed("http.conf")}
{placed(f"site-{site}.conf")}
}}
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings(data=tmp_path))
    yield made
    db = made.extensions[KEY].db
    db.close()
    remove_progress(db)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        missing("nginx")
        return
    folder = Path(tempfile.mkdtemp(prefix="nd-front-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(server_conf(folder, port))
    own = {name: said for name, said in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    own |= {"NEEDLEDROP_DATA": str(folder / "data"), "NEEDLEDROP_SECRET_KEY": SECRET_KEY}
    serve = [sys.executable, "-OO", "-m", "gunicorn", "-c", "deploy/pi/gunicorn_conf.py"]
    socket_file = f"unix:{folder}/web.sock"
    processes = [
        subprocess.Popen([*serve, "-b", socket_file, "server:app"], cwd=ROOT, env=own),
        subprocess.Popen([nginx, "-c", folder / "nginx.conf", "-p", folder, "-g", "daemon off;"]),
    ]
    db = None
    try:
        _wait_until_up(folder, port, processes)
        db = Database(f"sqlite:///{folder}/data/needledrop.sqlite3", folder / "data" / "run")
        yield Front(port, folder, db, folder / "data" / "pictures")
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(_PATIENCE_SECONDS)
        if db:
            db.close()
            remove_progress(db)
        shutil.rmtree(folder)


def _wait_until_up(folder: Path, port: int, processes: "list[subprocess.Popen[bytes]]") -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert all(process.poll() is None for process in processes), "it ended"
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/healthz")
            if line.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        finally:
            line.close()
        assert time.monotonic() < until, (folder / "error.log").read_text()
        time.sleep(0.1)

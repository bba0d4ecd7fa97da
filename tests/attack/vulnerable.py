"""A small site with a hole of every kind: a scanner that finds none here would find none elsewhere.

    python -m tests.attack.vulnerable PORT [--one-at-a-time]

It answers on loopback alone, and only for as long as somebody looks for its holes.
"""

import argparse
import json
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from wsgiref.simple_server import make_server

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

PASSWORD = "correct horse battery staple"
# Who may read it, and what it says.
_NOTES = {1: ("alice", "alice's own words"), 2: ("bob", "bob's own words")}
_FILES = Path(__file__).parent
_RECORDS = ("Tago Mago", "Ege Bamyasi", "Future Days", "Soon Over Babaluma")
_HEADER_BYTES = 16 << 20
# Not so few that what one scanner put in is gone before it looks again.
_KEPT = 5_000
_LINKS = (
    "/search?q=Tago",
    "/hello?name=you",
    "/guestbook",
    "/go?to=/hello",
    "/fetch?url=/nowhere",
    "/notes",
    "/file?name=__init__.py",
    "/say?words=hello",
    "/upload",
    "/number?n=1",
)


def app() -> Flask:
    made = Flask("vulnerable")
    # What is wrong with it is known.
    made.logger.disabled = True
    said: list[str] = []

    @made.get("/")
    def index() -> str:
        return _page("".join(f'<p><a href="{link}">{link}</a></p>' for link in _LINKS))

    @made.get("/guestbook")
    def guestbook() -> str:
        return _page("".join(said), form="<input name='words'>", to="/guestbook")

    @made.post("/guestbook")
    def sign() -> AnyResponse:
        said.append(f"<p>{request.form.get('words', '')}</p>")
        del said[:-_KEPT]
        return redirect("/guestbook", 303)

    for path, view in (
        ("/search", search),
        ("/hello", hello),
        ("/go", go),
        ("/fetch", fetch),
        ("/notes", notes),
        ("/notes/<int:number>", note),
        ("/file", file),
        ("/say", say),
        ("/number", number),
        ("/openapi.json", document),
    ):
        made.add_url_rule(path, view_func=view)
    made.add_url_rule("/upload", view_func=upload, methods=["GET", "POST"])
    made.add_url_rule("/login", view_func=login, methods=["GET", "POST"])
    return made


def _page(inside: str, *, form: str = "", to: str = "") -> str:
    sends = "<button>Send</button></form>"
    kind = "multipart/form-data" if "file" in form else "application/x-www-form-urlencoded"
    asked = f"<form method='post' action='{to}' enctype='{kind}'>{form}{sends}" if form else ""
    return f"<!doctype html><html><body>{inside}{asked}</body></html>"


def _name() -> str:
    return request.cookies.get("name", "")


def login() -> AnyResponse | str:
    if request.method == "GET":
        fields = "<input name='username'><input name='password' type='password'>"
        return _page("", form=fields, to="/login")
    if request.form.get("password") != PASSWORD:
        return Response(_page("No."), 422)
    # Nobody slows this down, and anybody can forge the cookie.
    answer = redirect("/notes", 303)
    answer.set_cookie("name", request.form.get("username", ""))
    return answer


def search() -> AnyResponse | str:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE records (title TEXT)")
        db.executemany("INSERT INTO records VALUES (?)", [(title,) for title in _RECORDS])
        asked = f"SELECT title FROM records WHERE title LIKE '%{request.args.get('q', '')}%'"
        try:
            rows = db.execute(asked).fetchall()
        except sqlite3.Error as error:
            return Response(_page(f"sqlite3.OperationalError: {error}"), 500)
    return _page("".join(f"<li>{title}</li>" for (title,) in rows))


def hello() -> str:
    return _page(f"<p>Hello {request.args.get('name', '')}</p>")


def go() -> AnyResponse:
    return redirect(request.args.get("to", "/"))


def fetch() -> AnyResponse | str:
    address = request.args.get("url", "")
    try:
        # A scanner would send it out of this machine, where each call is one of ours at fault.
        if urlsplit(address).hostname not in (None, "localhost", "127.0.0.1"):
            return Response(_page("That is elsewhere."), 422)
        with urllib.request.urlopen(address, timeout=5) as there:
            return Response(there.read(1000), content_type="text/plain")
    except (OSError, ValueError):
        return Response(_page("It cannot be fetched."), 422)


def notes() -> str:
    own = [number for number, (whose, _) in _NOTES.items() if whose == _name()]
    return _page("".join(f'<a href="/notes/{number}">{number}</a>' for number in own))


def note(number: int) -> AnyResponse | str:
    # Whose it is, is not asked.
    if number not in _NOTES or not _name():
        return Response(_page("There is none."), 404)
    return _page(_NOTES[number][1])


def file() -> AnyResponse:
    name = request.args.get("name", "")
    try:
        return Response((_FILES / name).read_bytes(), content_type="text/plain")
    except (OSError, ValueError):
        return Response(_page("There is none."), 404)


def say() -> str:
    words = request.args.get("words", "")
    with TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S602 - this is the hole
            f"echo {words}",
            shell=True,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    return _page(f"<pre>{done.stdout}{done.stderr}</pre>")


def upload() -> str:
    if request.method == "GET":
        return _page("", form="<input name='export' type='file'>", to="/upload")
    return _page(f"{len(request.files['export'].read())} bytes, thank you.")


def number() -> str:
    return _page(str(1000 // int(request.args.get("n", "1"))))


def document() -> AnyResponse:
    parameter = {"name": "n", "in": "query", "required": True, "schema": {"type": "integer"}}
    answers = {"200": {"description": "A page."}}
    told = {
        "openapi": "3.0.3",
        "info": {"title": "vulnerable", "version": "1"},
        "paths": {"/number": {"get": {"parameters": [parameter], "responses": answers}}},
    }
    return Response(json.dumps(told), content_type="application/json")


@contextmanager
def served(port: int = 0) -> Iterator[str]:
    """Serve it from a thread of this process; yield its address."""
    from threading import Thread

    from werkzeug.serving import make_server as threaded

    server = threaded("127.0.0.1", port, app(), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    wanted = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    wanted.add_argument("port", type=int)
    wanted.add_argument("--one-at-a-time", action="store_true", help="who is slow holds up all")
    given = wanted.parse_args()
    if given.one_at_a_time:
        make_server("127.0.0.1", given.port, app()).serve_forever()
        return
    from waitress import serve

    serve(app(), host="127.0.0.1", port=given.port, max_request_header_size=_HEADER_BYTES)


if __name__ == "__main__":
    main()

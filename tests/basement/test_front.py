"""The house behind nginx as deploy/pi sets it up: what reaches the program, what comes back."""

import http.client
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from tests.basement.conftest import NGINX, Front, server_conf
from tests.conftest import missing
from tests.hall import BYTES, Hall
from tests.web.serving import make_certificate
from webapp.access import _BY_TOKEN
from webapp.security import _UPLOADS

pytestmark = pytest.mark.slow

AFAR = "203.0.113.66"


class Answer:
    def __init__(self, said: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = said.status, said.headers, said.read()


def ask(front: Front, path: str, method: str = "GET", *, body: bytes | None = None,
        **headers: str) -> Answer:  # fmt: skip
    line = http.client.HTTPConnection("127.0.0.1", front.port, timeout=60)
    try:
        named = {name.replace("_", "-"): said for name, said in headers.items()}
        line.request(method, path, body, named)
        return Answer(line.getresponse())
    finally:
        line.close()


def test_a_picture_is_sent_by_nginx_with_all_that_the_program_says(front: Front) -> None:
    bob, cookie = front.person("bob")
    mosaic = Hall(front.db, front.pictures).hang(bob, title='Élodie "x" - March')
    address = f"/mosaics/{mosaic.public_id}.jpg"

    first = ask(front, address, Cookie=cookie)

    assert (first.status, first.body) == (200, BYTES)
    assert first.headers["Content-Type"] == "image/jpeg"
    assert first.headers["ETag"] == f'"{mosaic.sha256}"'
    assert "private" in first.headers["Cache-Control"]
    assert "immutable" in first.headers["Cache-Control"]
    assert first.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "X-Accel-Redirect" not in first.headers
    # By nginx: it sends parts, and the program was not asked for any.
    part = ask(front, address, Cookie=cookie, Range="bytes=1-2")
    assert (part.status, part.body) == (206, BYTES[1:3])
    again = ask(front, address, Cookie=cookie, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    named = ask(front, f"{address}?download", Cookie=cookie)
    assert "filename*=UTF-8''%C3%89lodie" in named.headers["Content-Disposition"]


def test_a_picture_is_had_through_the_program_alone(front: Front) -> None:
    bob, _ = front.person("ben")
    mosaic = Hall(front.db, front.pictures).hang(bob)

    for address in (
        f"/_pictures/{mosaic.file}",
        f"/mosaics/{mosaic.public_id}.jpg",
        f"/static/../_pictures/{mosaic.file}",
        f"//_pictures/{mosaic.file}",
    ):
        answer = ask(front, address)
        assert answer.status in (303, 404), address
        assert BYTES not in answer.body


@pytest.mark.parametrize(
    "path", ["/static../server.py", "/static/../server.py", "/static/%2e%2e/server.py"]
)
def test_nothing_but_the_static_files_is_fetched_from_their_folder(front: Front, path: str) -> None:
    assert ask(front, path).status in (400, 404)


def test_a_static_file_is_kept_and_packed(front: Front) -> None:
    answer = ask(front, "/static/style.css?v=1", Accept_Encoding="gzip")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_a_browser_says_of_itself_does_not_arrive(front: Front) -> None:
    # Asked from this machine it tells why; from elsewhere it would not.
    forged = ask(front, "/readyz", X_Forwarded_For=AFAR, X_Real_IP=AFAR, Forwarded=f"for={AFAR}")
    number = ask(front, "/healthz", X_Request_ID="0123456789abcdef").headers["X-Request-ID"]
    led = ask(front, "/account", X_Forwarded_Host="evil.example", X_Forwarded_Prefix="/evil")

    assert b"reasons" in forged.body
    assert re.fullmatch("[0-9a-f]{32}", number) and number != "0123456789abcdef"
    assert led.headers["Location"].startswith("/login")


def test_the_log_tells_no_query(front: Front) -> None:
    ask(front, "/login?code=hush")

    # It is written in lumps; the end of a process is one.
    conf = (front.folder / "nginx.conf").read_text()
    assert "$uri" in conf and "$request_uri" not in conf.replace("https://$host$request_uri", "")
    assert "$request " not in conf and '$request"' not in conf


def test_who_guesses_is_slowed_down(front: Front) -> None:
    seen = [ask(front, "/login").status for _ in range(13)]

    assert 200 in seen
    assert seen[-1] == 429


def test_an_answers_head_comes_together_with_its_body(front: Front) -> None:
    # Killed between the two, the program would leave a browser with half an answer.
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(f"{front.folder}/web.sock")
        line.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")

        head, _, body = line.recv(1_000_000).partition(b"\r\n\r\n")

    length = re.search(rb"Content-Length: (\d+)", head)
    assert length
    assert len(body) == int(length[1]) > 1000


def test_a_file_that_is_refused_is_read_to_its_end_before_that_is_said(front: Front) -> None:
    body = b"x" * 3_000_000
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(f"{front.folder}/web.sock")
        head = f"POST /films/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"

        line.sendall(f"{head}\r\n\r\n".encode() + body)

        assert line.recv(1_000_000).startswith(b"HTTP/1.1 403 ")


def test_a_player_is_never_told_that_it_is_too_much(front: Front) -> None:
    body = b"{}"

    seen = {ask(front, "/1/submit-listens", "POST", body=body).status for _ in range(120)}

    assert seen == {401}


def test_every_address_of_players_is_without_limit(app: Flask) -> None:
    here = re.search(r"location ~ (\S+) \{", (NGINX / "players.conf").read_text())
    assert here
    rules = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], _BY_TOKEN)
        and rule.rule != "/cache/invalidate"
    ]

    assert len(rules) > 30
    assert [rule for rule in rules if not re.match(here[1], rule)] == []


def test_files_are_taken_where_people_bring_them_and_nowhere_else(front: Front, app: Flask) -> None:
    large = b"x" * 3_000_000
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint in _UPLOADS]
    addresses = [re.sub("<.*?>", "1", rule.rule) for rule in rules]

    seen = {address: ask(front, address, "POST", body=large).status for address in addresses}

    assert len(seen) == len(_UPLOADS)
    # No form of ours sent it, and it is the program that says so.
    assert set(seen.values()) == {403}
    assert ask(front, "/account", "POST", body=large).status == 413


@pytest.mark.parametrize("site", ["none", "self-signed", "files"])
def test_nginx_understands_every_line(tmp_path: Path, site: str) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if nginx is None:
        missing("nginx")
        return
    make_certificate(tmp_path / "tls.pem")
    (tmp_path / "nginx.conf").write_text(server_conf(tmp_path, 8080, site))

    said = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert "[warn]" not in said.stderr


def test_plain_pages_lead_to_encrypted_ones_and_players_scrobble() -> None:
    half = (NGINX / "site-self-signed.conf").read_text().partition("# Players")[2]

    assert "needledrop-players.conf" in half and "needledrop-pages.conf" not in half
    assert "return 308 https://" in half

"""Nothing outside can make us wait, swallow too much, or go where nobody sent us."""

import gzip
import shutil
import socket
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from clients import images
from clients.guard import Bases, is_outside
from clients.http import AGAIN, Answer, BadStatus, Http, NotAllowed, retry_after
from clients.images import NoPicture
from clients.json_answers import get_json
from clients.pace import Pace
from core import clock, counters, in_memory
from core.errors import RemoteError
from core.settings import Settings
from fakes.server import Asked, Fake, Reply

BODY = b"needle" * 500
SECRET = "hushhush"


class Service(Fake):
    def reply(self, asked: Asked) -> Reply:  # noqa: ARG002 - always the same
        return Reply(200, {"Content-Type": "image/png", "ETag": '"1"'}, BODY)


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as made:
        yield made


@pytest.fixture
def elsewhere() -> Iterator[Service]:
    with Service() as made:
        yield made


def made(*bases: str, patience: float = 5, pauses: tuple[float, ...] = ()) -> Http:
    timeouts = (patience, patience)
    return Http(bases, user_agent="Needledrop tests", timeouts=timeouts, pauses=pauses)


@pytest.fixture
def http(service: Service) -> Iterator[Http]:
    client = made(service.url)
    yield client
    client.close()


@pytest.fixture
def impatient(service: Service) -> Iterator[Http]:
    """For what never comes; a good answer may be slower than that on a busy machine."""
    client = made(service.url, patience=0.2)
    yield client
    client.close()


def get(http: Http, url: str, **more: Any) -> Answer:
    return http.get("Radio", url, **{"most": 100_000, "seconds": 10, **more})


def test_each_request_is_counted_and_each_refusal(
    service: Service, http: Http, tmp_path: Path
) -> None:
    counters.use(Settings(data=tmp_path))
    get(http, f"{service.url}/a")
    service.answers(429, {})
    with pytest.raises(BadStatus):
        get(http, f"{service.url}/a")

    counted = counters.read()

    assert counted == {"calls": {"Radio": 2}, "refusals": {"Radio": 1}}
    shutil.rmtree(in_memory.folder(tmp_path / "needledrop.sqlite3"))


def test_an_answer_comes_whole_and_says_where_it_came_from(service: Service, http: Http) -> None:
    answer = get(http, f"{service.url}/a", params={"q": "x y"}, headers={"X-Mine": "1"})

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, BODY, '"1"')
    assert answer.url == f"{service.url}/a?q=x+y"
    assert service.requests[0].query == {"q": "x y"}
    assert service.requests[0].headers["x-mine"] == "1"
    assert service.requests[0].headers["user-agent"] == "Needledrop tests"


def test_four_threads_may_share_it(service: Service, http: Http) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: get(http, f"{service.url}/{n}"), range(40)))

    assert [answer.url for answer in answers] == [f"{service.url}/{n}" for n in range(40)]
    assert {answer.body for answer in answers} == {BODY}


@pytest.mark.parametrize(
    ("status", "again"), [(429, AGAIN), (500, AGAIN), (503, AGAIN), (400, None), (403, None)]
)
def test_a_bad_status_says_whether_waiting_helps(
    service: Service, http: Http, status: int, again: float | None
) -> None:
    service.answers(status, body=b"<h1>no</h1>")

    with pytest.raises(BadStatus) as raised:
        get(http, service.url)

    assert (raised.value.code, raised.value.retry_after) == (status, again)
    assert raised.value.service == "Radio"
    assert str(raised.value).startswith("Radio ")


@pytest.mark.parametrize("status", [304, 404])
def test_a_status_may_be_fine_for_who_asks(service: Service, http: Http, status: int) -> None:
    service.answers(status)

    assert get(http, service.url, fine=(304, 404)).status == status


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 0),
        ("99999999", 86_400),
        ("", AGAIN),
        ("soon", AGAIN),
        ("-5", AGAIN),
        ("²", AGAIN),
        ("Sat, 99 Nov 2026 10:00:00 GMT", AGAIN),
        ("Tue, 01 Jan 2019 10:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_whatever_it_says(said: str, seconds: float) -> None:
    assert retry_after(Answer(429, {"Retry-After": said}, b"", "")) == seconds


def test_retry_after_may_be_a_date(service: Service, http: Http) -> None:
    at = format_datetime(clock.utc(clock.now() + 30 * clock.SECOND), usegmt=True)
    service.answers(429, {"Retry-After": at})

    with pytest.raises(BadStatus) as raised:
        get(http, service.url)

    assert raised.value.retry_after is not None
    assert 25 < raised.value.retry_after <= 30


FAULTS: dict[str, Any] = {
    "slow": lambda fake: fake.slow(5),
    "drops": lambda fake: fake.drops(),
    "endless": lambda fake: fake.endless(),
    "drips_headers": lambda fake: fake.drips_headers(),
    "empty": lambda fake: fake.answers(200),
    "half a gzip": lambda fake: fake.answers(
        200, {"Content-Encoding": "gzip"}, gzip.compress(BODY)[:20]
    ),
    "no gzip": lambda fake: fake.answers(200, {"Content-Encoding": "gzip"}, b"plain text"),
    "cut chunks": lambda fake: fake.answers(200, {"Transfer-Encoding": "chunked"}, b"ff\r\nabc"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_is_a_sentence_and_may_be_tried_again(
    service: Service, impatient: Http, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    FAULTS[fault](service)

    with pytest.raises(RemoteError) as raised:
        get(impatient, service.url, seconds=0.4, params={"token": SECRET})

    assert raised.value.retry_after == AGAIN
    assert SECRET not in "".join(traceback.format_exception(raised.value)) + caplog.text


def test_nobody_at_home_is_one_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    http = made(url)

    with pytest.raises(RemoteError, match=r"^Radio did not answer\.$"):
        get(http, url)


def chunked(status: str, *, end: bytes = b"") -> bytes:
    """Return how an answer in chunks begins."""
    return f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + end


# Each keeps http.client inside one call, and would for ever.
DRIPS = {
    "size of a chunk": (chunked("200 OK"), b"0"),
    "note of a chunk": (chunked("200 OK", end=b"1;"), b"x"),
    "trailers": (chunked("200 OK", end=b"1\r\nx\r\n0\r\n"), b"X-More: 1\r\n"),
    "one trailer": (chunked("200 OK", end=b"1\r\nx\r\n0\r\nX-More: "), b"1"),
    "a redirect": (chunked("302 Found\r\nLocation: /new"), b"1\r\nx\r\n"),
    "not yet": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("what", DRIPS)
@pytest.mark.parametrize("ending", ["", "Connection: close\r\n"])
def test_no_part_of_an_answer_may_go_on_for_ever(service: Service, what: str, ending: str) -> None:
    start, drop = DRIPS[what]
    service.drips(start.replace(b"Transfer", ending.encode() + b"Transfer"), drop)
    http = made(service.url)

    with pytest.raises(RemoteError, match="in time") as raised:
        get(http, service.url, seconds=0.3)

    assert raised.value.retry_after == AGAIN
    http.close()


@pytest.mark.parametrize("fault", ["endless", "drips_headers"])
def test_drops_that_never_end_are_bounded(service: Service, fault: str) -> None:
    FAULTS[fault](service)
    http = made(service.url)
    began = time.monotonic()

    with pytest.raises(RemoteError, match="in time"):
        get(http, service.url, seconds=0.2)

    # Far from the five seconds that a single piece may take; not a measurement.
    assert time.monotonic() - began < 3
    http.close()


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, b"x" * 5_000), ({"Content-Encoding": "gzip"}, gzip.compress(bytes(50_000_000)))],
    ids=["plain", "bomb"],
)
def test_no_more_is_swallowed_than_wanted(
    service: Service, http: Http, headers: dict[str, str], body: bytes
) -> None:
    service.answers(200, headers, body)

    with pytest.raises(RemoteError, match="more than we can take") as raised:
        get(http, service.url, most=4_000)

    assert raised.value.retry_after is None


def test_a_passing_failure_is_tried_again_at_once(service: Service) -> None:
    http = made(service.url, pauses=(0.01, 0.01))
    service.answers(503, times=1)
    service.drops(times=1)

    assert get(http, service.url).body == BODY
    assert len(service.requests) == 3
    http.close()


@pytest.mark.parametrize(
    ("status", "headers"), [(404, {}), (429, {}), (503, {"Retry-After": "30"})]
)
def test_what_will_not_pass_in_a_second_is_not(
    service: Service, status: int, headers: dict[str, str]
) -> None:
    http = made(service.url, pauses=(0.01,))
    service.answers(status, headers)

    with pytest.raises(BadStatus):
        get(http, service.url)

    assert len(service.requests) == 1
    http.close()


def test_redirects_are_followed_at_home(service: Service, http: Http) -> None:
    service.redirects_to("/new?a=1", path_prefix="/old")

    answer = get(http, f"{service.url}/old", headers={"Authorization": "Bearer x"})

    assert answer.url == f"{service.url}/new?a=1"
    assert service.requests[1].headers["authorization"] == "Bearer x"


def test_a_token_does_not_go_along_to_another_host(service: Service, elsewhere: Service) -> None:
    http = made(service.url, elsewhere.url)
    service.redirects_to(f"{elsewhere.url}/there")

    answer = get(http, service.url, headers={"Authorization": "Bearer x"})

    assert answer.url == f"{elsewhere.url}/there"
    assert "authorization" not in elsewhere.requests[0].headers
    http.close()


def test_a_redirect_elsewhere_is_refused(service: Service, elsewhere: Service, http: Http) -> None:
    service.redirects_to(f"{elsewhere.url}/latest/meta-data")

    with pytest.raises(NotAllowed) as raised:
        get(http, service.url)

    assert raised.value.retry_after is None
    assert elsewhere.requests == []


def test_the_body_of_a_redirect_is_bounded_too(service: Service, http: Http) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    service.answers(302, {"Location": "/new", "Content-Encoding": "gzip"}, bomb, times=1)
    tracemalloc.start()

    with pytest.raises(RemoteError, match="more than we can take"):
        get(http, service.url, most=4_000)

    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "location", ["http://[", "//[x]/", "http://a]b/", "http://[::1", "\xff\xfe", "/\xff", "//\xff/"]
)
def test_a_redirect_to_no_address_at_all_is_a_sentence(
    service: Service, http: Http, location: str
) -> None:
    service.redirects_to(location)

    with pytest.raises(RemoteError) as raised:
        get(http, service.url)

    assert raised.value.retry_after is None


def test_circles_end(service: Service, http: Http) -> None:
    service.redirects_to("/again")

    with pytest.raises(RemoteError, match="circles"):
        get(http, service.url)

    assert len(service.requests) == 4


BASES = Bases(
    [
        "http://127.0.0.1:8001/lb",
        "https://a.ltrbxd.com",
        "http://[::1]:9",
        "https://*.archive.org",
    ]
)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8001/lb", True),
        ("http://127.0.0.1:8001/lb/x?y=http://else", True),
        ("https://a.ltrbxd.com", True),
        ("https://A.LTRBXD.com:443/p.jpg", True),
        ("http://[::1]:9/", True),
        ("https://ia801504.us.archive.org/1/x.jpg", True),
        ("https://ia801504.us.archive.org:443/1/x.jpg", True),
        ("https://archive.org/x.jpg", False),
        ("https://evilarchive.org/x.jpg", False),
        ("https://us.archive.org.evil.example/x.jpg", False),
        ("http://us.archive.org/x.jpg", False),
        ("https://us.archive.org:8443/x.jpg", False),
        ("https://evil.example/x.archive.org", False),
        ("http://127.0.0.1:8001/", False),
        ("http://127.0.0.1:8001/lbx", False),
        ("http://127.0.0.1:8001/lb/../admin", False),
        ("http://127.0.0.1:8001/lb/%2e%2e/admin", False),
        ("http://127.0.0.1:8001/lb/..%5cadmin", False),
        ("http://127.0.0.1:8002/lb/x", False),
        ("https://127.0.0.1:8001/lb/x", False),
        ("http://2130706433:8001/lb/x", False),
        ("http://a.ltrbxd.com/p.jpg", False),
        ("https://a.ltrbxd.com.evil.example/p.jpg", False),
        ("https://a.ltrbxd.com@evil.example/p.jpg", False),
        ("https://me@a.ltrbxd.com/p.jpg", False),
        ("https://a.ltrbxd.com:99999/p.jpg", False),
        ("https://[/p.jpg", False),
        ("file:///etc/passwd", False),
        ("gopher://a.ltrbxd.com/", False),
        ("//a.ltrbxd.com/p.jpg", False),
        ("", False),
    ],
)
def test_only_what_lies_below_a_base_is_asked(url: str, allowed: bool) -> None:
    assert BASES.allow(url) is allowed


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[", "http://a b/", "file:///etc/passwd", "http://é\0/"]
)
def test_an_address_that_is_none_is_refused(http: Http, url: str) -> None:
    with pytest.raises(NotAllowed):
        get(http, url)


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:224.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_the_house_is_not_outside(address: str, outside: bool) -> None:
    assert is_outside(address) is outside


def test_a_public_service_never_leads_into_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    http = made("https://letterboxd.com")
    with socket.create_server(("127.0.0.1", 0)) as house:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", house.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)

        with pytest.raises(RemoteError, match="did not answer"):
            get(http, "https://letterboxd.com/x/rss/")

        # Hung up before the first word, also that of TLS.
        line, _ = house.accept()
        with line:
            assert line.recv(1) == b""


class Song(BaseModel):
    plays: int


@pytest.mark.parametrize(
    ("body", "again"),
    [(b"<html>", AGAIN), (b'{"plays": 1', AGAIN), (b'{"plays": []}', None), (b"7", None)],
)
def test_json_of_another_shape_is_refused(
    service: Service, http: Http, body: bytes, again: float | None
) -> None:
    service.answers(200, {"Content-Type": "application/json"}, body)

    with pytest.raises(RemoteError, match="do not understand") as raised:
        get_json(http, "Radio", service.url, Song)

    assert raised.value.retry_after == again


def test_json_nested_without_end_is_refused(service: Service, http: Http) -> None:
    service.answers(200, body=b"[" * 200_000)

    with pytest.raises(RemoteError, match="do not understand"):
        get_json(http, "Radio", service.url, Song)


def test_json_becomes_a_model(service: Service, http: Http) -> None:
    service.answers(200, body=b'{"plays": 3, "more": 1}')

    assert get_json(http, "Radio", service.url, Song) == Song(plays=3)


def test_a_picture_is_its_bytes(service: Service, http: Http) -> None:
    picture = images.fetch(http, f"{service.url}/p.png")

    assert picture == images.Picture(BODY, '"1"', None)


def test_a_picture_that_is_what_it_was_is_none(service: Service, http: Http) -> None:
    service.answers(304)

    assert images.fetch(http, f"{service.url}/p.png", etag='"1"', last_modified="then") is None
    assert service.requests[0].headers["if-none-match"] == '"1"'
    assert service.requests[0].headers["if-modified-since"] == "then"


NO_PICTURE: dict[str, Any] = {
    "gone": lambda fake: fake.answers(404),
    "gone for good": lambda fake: fake.answers(410),
    "too large": lambda fake: fake.answers(200, {"Content-Type": "image/png"}, bytes(4 << 20)),
}
NO_WORD: dict[str, Any] = {
    "a hotspot's page": lambda fake: fake.html(),
    "elsewhere": lambda fake: fake.redirects_to("http://127.0.0.1:1/p.png"),
    "barred": lambda fake: fake.answers(403),
    "unasked 304": lambda fake: fake.answers(304),
    "trouble": lambda fake: fake.answers(502),
}


@pytest.mark.parametrize("fault", NO_PICTURE)
def test_no_picture_is_final(service: Service, http: Http, fault: str) -> None:
    NO_PICTURE[fault](service)

    with pytest.raises(NoPicture) as raised:
        images.fetch(http, f"{service.url}/p.png")

    assert raised.value.retry_after is None


@pytest.mark.parametrize("fault", NO_WORD)
def test_what_says_nothing_of_the_picture_is_not_final(
    service: Service, http: Http, fault: str
) -> None:
    NO_WORD[fault](service)

    with pytest.raises(RemoteError) as raised:
        images.fetch(http, f"{service.url}/p.png")

    assert not isinstance(raised.value, NoPicture)


def test_an_address_from_data_outside_the_bases_is_not_asked(
    elsewhere: Service, http: Http
) -> None:
    with pytest.raises(NotAllowed):
        images.fetch(http, f"{elsewhere.url}/p.png")

    assert elsewhere.requests == []


def test_a_picture_cut_short_may_be_tried_again(service: Service, http: Http) -> None:
    service.drops()

    with pytest.raises(RemoteError, match="broke off") as raised:
        images.fetch(http, f"{service.url}/p.png")

    assert raised.value.retry_after == AGAIN


def test_turns_are_a_tenth_of_a_second_apart() -> None:
    pace = Pace(10)

    waits = [pace.reserve(at) for at in (5.0, 5.0, 5.05, 9.0)]

    assert waits == pytest.approx([0, 0.1, 0.15, 0])

"""The page of dumps, and the place behind it, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import discogs_data
from clients.discogs_data import DiscogsData
from clients.guard import DUMP_HOSTS
from clients.http import BadStatus, Http
from core.errors import RemoteError
from core.settings import Settings
from fakes.discogs_data import FakeDiscogsData

VERSION = "20261001"
BODY = b"\x1f\x8b" + bytes(range(256)) * 400


@pytest.fixture
def page() -> Iterator[FakeDiscogsData]:
    with FakeDiscogsData() as fake:
        yield fake


@pytest.fixture
def behind() -> Iterator[FakeDiscogsData]:
    """The place behind the page."""
    with FakeDiscogsData() as fake:
        yield fake


@pytest.fixture
def client(page: FakeDiscogsData, behind: FakeDiscogsData) -> Iterator[DiscogsData]:
    for one in (page, behind):
        one.puts(VERSION, "releases", BODY)
        one.completes(VERSION)
    http = Http([page.url, behind.url], user_agent="Needledrop/test", pauses=())
    yield DiscogsData(page.url, http, [behind.url])
    http.close()


def test_a_page_that_refuses_its_files_is_gone_around(
    page: FakeDiscogsData, behind: FakeDiscogsData, client: DiscogsData
) -> None:
    listing = client.listed()[0]
    page.answers(403, body=b"no", path_prefix="/?download=")

    sums = client.checksums(listing)
    with client.coming(listing.files["releases"].address, start=1000) as coming:
        came = b"".join(coming.pieces)

    assert set(sums) == {"releases"}
    assert (coming.start, coming.size, came) == (1000, len(BODY), BODY[1000:])
    assert {one.route for one in behind.requests} == {
        f"/data/2026/discogs_{VERSION}_CHECKSUM.txt",
        f"/data/2026/discogs_{VERSION}_releases.xml.gz",
    }


def test_what_both_refuse_is_refused(
    page: FakeDiscogsData, behind: FakeDiscogsData, client: DiscogsData
) -> None:
    listing = client.listed()[0]
    for one in (page, behind):
        one.answers(403, body=b"no")

    with pytest.raises(BadStatus) as caught, client.coming(listing.files["releases"].address):
        pytest.fail("it was had")
    assert caught.value.code == 403
    with pytest.raises(BadStatus):
        client.checksums(listing)


def test_trouble_of_the_page_is_not_gone_around(
    page: FakeDiscogsData, behind: FakeDiscogsData, client: DiscogsData
) -> None:
    listing = client.listed()[0]
    page.answers(429, {"Retry-After": "30"}, b"slowly")

    with pytest.raises(BadStatus) as caught, client.coming(listing.files["releases"].address):
        pytest.fail("it was had")

    assert caught.value.retry_after == 30
    assert behind.requests == []


def test_a_redirect_takes_along_where_to_go_on(
    page: FakeDiscogsData, behind: FakeDiscogsData, client: DiscogsData
) -> None:
    address = client.listed()[0].files["releases"].address
    page.redirects_to(
        f"{behind.url}/data/2026/discogs_{VERSION}_releases.xml.gz", path_prefix="/?download="
    )

    with client.coming(address, start=500, etag='"other"') as changed:
        assert changed.start == 0
    with client.coming(address, start=500) as coming:
        assert (coming.start, b"".join(coming.pieces)) == (500, BODY[500:])


def test_a_redirect_to_anywhere_else_is_not_followed(
    page: FakeDiscogsData, client: DiscogsData
) -> None:
    address = client.listed()[0].files["releases"].address
    page.redirects_to("http://127.0.0.1:9/data/2026/x", path_prefix="/?download=")

    with pytest.raises(RemoteError, match="none that may be asked"), client.coming(address):
        pytest.fail("it was had")


def test_a_file_that_ends_before_what_we_have_of_it_comes_from_its_start(
    client: DiscogsData,
) -> None:
    address = client.listed()[0].files["releases"].address

    with client.coming(address, start=len(BODY)) as ended:
        assert (ended.start, list(ended.pieces)) == (len(BODY), [])
    with client.coming(address, start=len(BODY) + 1) as anew:
        assert (anew.start, b"".join(anew.pieces)) == (0, BODY)


def test_a_server_that_knows_no_start_of_a_file_is_asked_twice_and_no_more(
    page: FakeDiscogsData, client: DiscogsData
) -> None:
    address = client.listed()[0].files["releases"].address
    page.answers(416, {"Content-Range": "bytes */7"}, path_prefix="/?download=")
    page.requests.clear()

    with pytest.raises(BadStatus) as caught, client.coming(address, start=1000):
        pytest.fail("it was had")

    assert caught.value.code == 416
    assert [one.headers.get("range") for one in page.requests] == ["bytes=1000-", None]


@pytest.mark.parametrize("filled", ["1", "1.1 MB ", "<a ", "<a href='", "\n 9" * 3])
def test_a_page_of_nothing_is_looked_through_all_the_same(
    page: FakeDiscogsData, client: DiscogsData, filled: str
) -> None:
    body = (filled * (1_000_000 // len(filled))).encode()
    page.answers(200, {"Content-Type": "text/html"}, body)

    with pytest.raises(RemoteError, match="something else"):
        client.listed()


def test_nothing_but_the_usual_page_leads_elsewhere(tmp_path: Path) -> None:
    usual = Settings(data=tmp_path)
    own = Settings(data=tmp_path, discogs_data_url="https://mirror.example.org")

    assert discogs_data.bases(usual) == ("https://data.discogs.com", *DUMP_HOSTS)
    assert discogs_data.bases(own) == ("https://mirror.example.org",)

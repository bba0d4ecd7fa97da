"""The page of Discogs' monthly dumps: which there are, their checksums, and the files themselves.

The bucket behind it lists nothing: there are pages, one for the years and one for each year.
Dumps come when they come, a file at a time, and the checksums last: one without them is not
complete. Nothing is concluded from today's date.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

from clients.guard import DUMP_HOSTS
from clients.http import AGAIN, BadStatus, Http, Opened
from core import dump_files
from core.errors import RemoteError
from core.settings import Settings

SERVICE = "Discogs"
_YEARS = 2  # in January the newest complete dump may be one of last year's
_PAGE_MOST, _SECONDS = 2 << 20, 60.0
_SUMS_MOST = 1 << 16
# With an end to each part: a page that is none must not be looked through for hours.
_LINK = re.compile(
    r"""(?:([\d.]{1,12})\s{0,9}([kKMGT]?)i?B\s{0,99})?"""
    r"""<a\s[^<>]{0,200}?\bhref=["']([^"'<>]{1,500})["']"""
)
_YEAR = re.compile(r"data/(\d{4})/?", re.ASCII)
_KEY = re.compile(r"data/\d{4}/([\w.]+)", re.ASCII)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)", re.ASCII)
_NO_RANGE = re.compile(r"bytes \*/(\d+)", re.ASCII)
_DIGITS = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12}
_GONE = 404
_ELSEWHERE = (403, _GONE)  # what the page says where the place behind it may say otherwise
_PART, _PAST_THE_END = 206, 416
_WHOLE = {"Accept-Encoding": "identity"}


class File(NamedTuple):
    """`size` as the page says it: in few digits; None where it does not."""

    address: str
    size: int | None


class Listing(NamedTuple):
    """What is listed of a dump. `files` by their kind; `sums` is None until it is complete."""

    version: str
    files: dict[str, File]
    sums: str | None


class Coming(NamedTuple):
    """A file that comes from byte `start` on; `size` is that of the whole, None if unknown."""

    start: int
    size: int | None
    etag: str | None
    pieces: Iterator[bytes]


def bases(settings: Settings) -> tuple[str, ...]:
    """Return what must be allowed to be asked: what is set, and what the page is known to show."""
    return (settings.discogs_data_url, *beside(settings))


def beside(settings: Settings) -> tuple[str, ...]:
    """Return where files are had that the page refuses; nowhere else, where a house has its own."""
    is_usual = settings.discogs_data_url == Settings.model_fields["discogs_data_url"].default
    return DUMP_HOSTS if is_usual else ()


class DiscogsData:
    def __init__(self, url: str, http: Http, elsewhere: Sequence[str] = ()) -> None:
        """Make it ready; nothing is asked yet. `elsewhere`: bases of the same files."""
        self._url, self._http, self._elsewhere = f"{url}/", http, elsewhere

    def listed(self) -> list[Listing]:
        """Return the dumps of the last two years that have any, the newest first.

        Raises:
            RemoteError: no answer, or a page that is no list of dumps.
        """
        years = sorted(set(self._years()), reverse=True)[:_YEARS]
        found: dict[str, Listing] = {}
        for year in years:
            for name, file in self._files_of(year):
                _add(found, name, file)
        if not found:
            raise _not_understood()
        return sorted(found.values(), key=lambda one: one.version, reverse=True)

    def _years(self) -> Iterator[str]:
        for _, address in self._links({}):
            said = parse_qs(urlsplit(address).query).get("prefix", [""])[0]
            if found := _YEAR.fullmatch(said):
                yield found[1]

    def _files_of(self, year: str) -> Iterator[tuple[str, File]]:
        for size, address in self._links({"prefix": f"data/{year}/"}):
            if key := _key(address):
                yield key.rpartition("/")[2], File(address, size)

    def _links(self, asked: dict[str, str]) -> Iterator[tuple[int | None, str]]:
        answer = self._http.get(SERVICE, self._url, params=asked, most=_PAGE_MOST, seconds=_SECONDS)
        for number, unit, href in _LINK.findall(answer.body.decode("utf-8", "replace")):
            yield _size(number, unit), urljoin(self._url, unescape(href))

    def checksums(self, listing: Listing) -> dict[str, str]:
        """Return the SHA-256 of each kind of file that the list of checksums names.

        Of none where that list is announced, but not there.

        Raises:
            RemoteError: no answer, or something else than checksums.
        """
        try:
            text = self._text(listing.sums or "")
        except BadStatus as error:
            if error.code == _GONE:
                return {}
            raise
        by_name = dump_files.checksums(text)
        if not by_name:
            raise _not_understood()
        named = {name: dump_files.named(name.rpartition("/")[2]) for name in by_name}
        return {
            told.kind: by_name[name]
            for name, told in named.items()
            if told and told.version == listing.version
        }

    def _text(self, address: str) -> str:
        *earlier, last = self._places(address)
        for place in earlier:
            try:
                return self._text_at(place)
            except BadStatus as error:
                if error.code not in _ELSEWHERE:
                    raise
        return self._text_at(last)

    def _text_at(self, place: str) -> str:
        answer = self._http.get(SERVICE, place, most=_SUMS_MOST, seconds=_SECONDS)
        return answer.body.decode("utf-8", "replace")

    def _places(self, address: str) -> list[str]:
        key = _key(address)
        return [address, *(f"{base}/{key}" for base in self._elsewhere if key)]

    @contextmanager
    def coming(self, address: str, *, start: int = 0, etag: str | None = None) -> Iterator[Coming]:
        """Have a file come, from byte `start` on if the server can, and if it is still the same.

        `etag` is what it was called when its first bytes came. What comes may begin at 0 all
        the same: then what was there before is of no use.

        Raises:
            RemoteError: no answer, or no file; while the pieces come, too.
        """
        if start:
            with self._opened(address, _part(start, etag)) as opened:
                if opened.answer.status != _PAST_THE_END:
                    yield _coming(opened, start)
                    return
                if _ends_at(start, opened):
                    yield Coming(start, start, opened.answer.tag("ETag"), iter(()))
                    return
        # From the start, also of one that ends before `start`: it is another one.
        with self._opened(address, _WHOLE) as opened:
            yield _coming(opened, 0)

    @contextmanager
    def _opened(self, address: str, headers: dict[str, str]) -> Iterator[Opened]:
        *earlier, last = self._places(address)
        fine = (_PAST_THE_END,) if "Range" in headers else ()
        for place in earlier:
            # 403 and 404 are answers here: raised inside, they would be our caller's errors, too.
            with self._http.opened(
                SERVICE, place, headers=headers, fine=(*_ELSEWHERE, *fine)
            ) as opened:
                if opened.answer.status not in _ELSEWHERE:
                    yield opened
                    return
        with self._http.opened(SERVICE, last, headers=headers, fine=fine) as opened:
            yield opened


def _add(found: dict[str, Listing], name: str, file: File) -> None:
    """Take a listed file to the others of its dump; other files are left out."""
    told = dump_files.named(name)
    version = told.version if told else dump_files.version_of_checksums(name)
    if version is None:
        return
    so_far = found.setdefault(version, Listing(version, {}, None))
    if told:
        so_far.files[told.kind] = file
    else:
        found[version] = so_far._replace(sums=file.address)


def _key(address: str) -> str | None:
    """Return the name in the bucket of a file that an address asks for; None for others."""
    said = parse_qs(urlsplit(address).query).get("download", [""])[0]
    return said if _KEY.fullmatch(said) else None


def _size(number: str, unit: str) -> int | None:
    try:
        return int(float(number) * 10 ** _DIGITS[unit.lower()])
    except ValueError:
        return None


def _part(start: int, etag: str | None) -> dict[str, str]:
    """Return what asks for the rest of a file, if it is still the same."""
    headers = {**_WHOLE, "Range": f"bytes={start}-"}
    # A weak one promises nothing of single bytes.
    if etag and not etag.startswith("W/"):
        headers["If-Range"] = etag
    return headers


def _ends_at(start: int, opened: Opened) -> bool:
    said = _NO_RANGE.fullmatch(opened.answer.headers.get("Content-Range", ""))
    return said is not None and int(said[1]) == start


def _coming(opened: Opened, start: int) -> Coming:
    """Return what comes.

    Raises:
        RemoteError: a page comes instead of a file, or another part than was asked for.
    """
    answer = opened.answer
    etag = answer.tag("ETag")
    if "html" in answer.headers.get("Content-Type", ""):
        raise _not_understood()
    if answer.status != _PART:
        return Coming(0, _number(answer.headers.get("Content-Length")), etag, opened.pieces())
    said = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if said is None or int(said[1]) != start:
        raise _not_understood()
    return Coming(start, _number(said[2]), etag, opened.pieces())


def _number(said: str | None) -> int | None:
    return int(said) if said and said.isascii() and said.isdigit() else None


def _not_understood() -> RemoteError:
    sentence = "Discogs answered with something else than its dumps."
    return RemoteError(SERVICE, sentence, retry_after=AGAIN)

"""The one way out: every request is limited in time and size, and fails as a RemoteError.

Knows addresses, statuses and bytes; what an answer means is the business of the
service's own module. Waits longer than a few seconds belong to the queue, which
reads them off `retry_after`.
"""

import logging
import math
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as PoolTimeout

from clients.guard import Bases, body_within, guarded_session
from core import counters
from core.clock import moment, now
from core.errors import RemoteError

AGAIN = 60.0  # seconds until the next try, where the service names none
LONGEST = 86_400.0  # a Retry-After beyond a day counts as one
PAUSES = (0.5, 2.0)  # seconds before each further try inside one get()
REDIRECTS = 3
_SUCCESS, _TOO_OFTEN, _TROUBLE = range(200, 300), 429, 500
_MOVED = (301, 302, 303, 307, 308)
_PIECE = 1 << 16
_TAG = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,199}")

log = logging.getLogger(__name__)

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """`headers` know no upper and lower case; `body` is decoded; `url` is where it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def tag(self, field: str) -> str | None:
        """Return an ETag or a Last-Modified that may be kept and sent back, else None."""
        said = self.headers.get(field, "")
        return said if _TAG.fullmatch(said) else None


class BadStatus(RemoteError):
    """The service answered with a status that the caller has no use for; `code` is that one."""

    def __init__(self, service: str, code: int, retry_after: float | None) -> None:
        super().__init__(service, _sentence(service, code), retry_after=retry_after)
        self.code = code


class NotAllowed(RemoteError):
    """The address, or one that it redirects to, is none of the configured ones."""


class TooMuch(RemoteError):
    """The answer is larger than whoever asked can take."""


def _sentence(service: str, code: int) -> str:
    if code == _TOO_OFTEN:
        return f"{service} is asked too often at the moment."
    if code >= _TROUBLE:
        return f"{service} has trouble of its own (status {code})."
    return f"{service} refused the request (status {code})."


class Http:
    """Asks the services whose base addresses are given; up to four threads may share it."""

    def __init__(
        self,
        bases: Sequence[str],
        *,
        user_agent: str,
        timeouts: tuple[float, float] = (5.0, 20.0),
        pauses: Sequence[float] = PAUSES,
        together: float | None = None,
    ) -> None:
        """Make it ready; nothing is asked yet.

        Args:
            bases: all that may be asked, redirects included.
            user_agent: how the program introduces itself.
            timeouts: seconds to connect, and to wait for headers or the next piece of a body.
            pauses: seconds before each further try where a connection or a server failed.
            together: seconds from now for all requests; nothing is tried again then.
        """
        self._bases = Bases(bases)
        self._session = guarded_session(self._bases, user_agent)
        self._timeouts = timeouts
        self._pauses = () if together is not None else tuple(pauses)
        self._ends = math.inf if together is None else time.monotonic() + together

    def close(self) -> None:
        self._session.close()

    def get(  # noqa: PLR0913 - two limits that every caller has to think of
        self,
        service: str,
        url: str,
        *,
        params: Fields | None = None,
        headers: Fields | None = None,
        most: int,
        seconds: float,
        fine: Collection[int] = (),
    ) -> Answer:
        """Return the answer to a GET, if its status is 2xx or one of `fine`.

        `most` bounds the decoded body in bytes, `seconds` the whole of it: tries,
        redirects, headers and body. `service` is its name in sentences.

        Raises:
            NotAllowed: the address is none of the configured ones.
            TooMuch: the body is larger than `most`.
            BadStatus: another status; carries retry_after for 429 and 5xx.
            RemoteError: no answer, or not a whole one within the limits.
        """
        wanted = self._wanted(service, most, seconds)
        request = requests.Request("GET", url, params=params, headers=dict(headers or {}))
        for pause in self._pauses:
            try:
                return self._try(wanted, request, fine)
            except RemoteError as error:
                if not _is_brief(error) or pause >= wanted.seconds_left():
                    raise
            time.sleep(pause)
        return self._try(wanted, request, fine)

    @contextmanager
    def opened(
        self, service: str, url: str, *, headers: Fields, fine: Collection[int] = ()
    ) -> Iterator["Opened"]:
        """Ask for something too large to be had in one piece; once, and however long it takes.

        Of the body nothing but the time between two pieces is bounded. `headers` go wherever
        a redirect leads: let there be no secret among them.

        Raises:
            RemoteError: as `get`; as `pieces`, while it is read.
        """
        wanted = self._wanted(service, 0, math.inf)
        request = requests.Request("GET", url, headers=dict(headers))
        for _ in range(REDIRECTS + 1):
            response, asked = self._send(wanted, request)
            with response:
                told = CaseInsensitiveDict(response.headers)
                answer = Answer(response.status_code, told, b"", asked)
                location = told.get("Location")
                if answer.status in _MOVED and location is not None:
                    request = _redirected(service, request, asked, location)
                    request.headers = dict(headers)
                    continue
                if answer.status not in _SUCCESS and answer.status not in fine:
                    raise BadStatus(service, answer.status, retry_after(answer))
                yield Opened(service, answer, response)
                return
        raise _in_circles(service)

    def post(  # noqa: PLR0913 - as get
        self,
        service: str,
        url: str,
        *,
        body: bytes | Fields,
        headers: Fields | None = None,
        most: int,
        seconds: float,
        fine: Collection[int] = (),
    ) -> Answer:
        """Return the answer to a POST of bytes, or of a form's fields; once, and as `get` does.

        No redirect is followed: what was sent is no other address' business.

        Raises:
            RemoteError: as `get`.
        """
        wanted = self._wanted(service, most, seconds)
        request = requests.Request("POST", url, data=body, headers=dict(headers or {}))
        return self._judged(wanted, self._ask(wanted, request), fine)

    def put(  # noqa: PLR0913 - as get
        self,
        service: str,
        url: str,
        *,
        body: bytes,
        headers: Fields | None = None,
        most: int,
        seconds: float,
        fine: Collection[int] = (),
    ) -> Answer:
        """Return the answer to a PUT, as `post` does; where 200 is `fine`, it may be empty.

        Raises:
            RemoteError: as `get`.
        """
        wanted = self._wanted(service, most, seconds)
        request = requests.Request("PUT", url, data=body, headers=dict(headers or {}))
        return self._judged(wanted, self._ask(wanted, request), fine)

    def _wanted(self, service: str, most: int, seconds: float) -> "_Wanted":
        return _Wanted(service, most, min(time.monotonic() + seconds, self._ends))

    def _try(self, wanted: "_Wanted", request: requests.Request, fine: Collection[int]) -> Answer:
        return self._judged(wanted, self._follow(wanted, request), fine)

    def _judged(self, wanted: "_Wanted", answer: Answer, fine: Collection[int]) -> Answer:
        if answer.status in fine:
            return answer
        if answer.status not in _SUCCESS:
            raise BadStatus(wanted.service, answer.status, retry_after(answer))
        if not answer.body:
            # Headers that break off look like the end of headers, and the body is gone.
            raise _broke_off(wanted.service)
        return answer

    def _follow(self, wanted: "_Wanted", request: requests.Request) -> Answer:
        for _ in range(REDIRECTS + 1):
            answer = self._ask(wanted, request)
            location = answer.headers.get("Location")
            if answer.status not in _MOVED or location is None:
                return answer
            request = _redirected(wanted.service, request, answer.url, location)
        raise _in_circles(wanted.service)

    def _ask(self, wanted: "_Wanted", request: requests.Request) -> Answer:
        response, url = self._send(wanted, request)
        with _in_our_words(wanted.service), response:
            body = wanted.read(response)
        return Answer(response.status_code, CaseInsensitiveDict(response.headers), body, url)

    def _send(self, wanted: "_Wanted", request: requests.Request) -> tuple[requests.Response, str]:
        """Return the answer as soon as its headers are there, and the address that was asked."""
        with _in_our_words(wanted.service):
            try:
                prepared = self._session.prepare_request(request)
            except (requests.exceptions.RequestException, ValueError):
                raise _not_allowed(wanted.service) from None
            url = prepared.url or ""
            if not self._bases.allow(url):
                raise _not_allowed(wanted.service)
            left = max(0.001, wanted.seconds_left())
            timeouts = (min(self._timeouts[0], left), min(self._timeouts[1], left))
            # Not the session's own send: it reads the body of a redirect, all of it, to be helpful.
            adapter = self._session.get_adapter(url)
            counters.add("calls", wanted.service)
            response = adapter.send(prepared, stream=True, timeout=timeouts)
            if response.status_code == _TOO_OFTEN:
                counters.add("refusals", wanted.service)
            return response, url


class Opened:
    """An answer whose body is still to come; `answer` has none."""

    def __init__(self, service: str, answer: Answer, response: requests.Response) -> None:
        self.answer = answer
        self._service, self._response = service, response

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it arrives, as it was sent: packed, where it was.

        Raises:
            RemoteError: it broke off, or nothing comes any more.
        """
        while True:
            with _in_our_words(self._service):
                piece = self._response.raw.read1(_PIECE, decode_content=False)
            if not piece:
                return
            yield piece


@dataclass(frozen=True)
class _Wanted:
    """What is asked of whom, and the limits: bytes of the body, and the monotonic deadline."""

    service: str
    most: int
    deadline: float

    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def read(self, response: requests.Response) -> bytes:
        body = bytearray()
        with body_within(self.seconds_left(), response.raw):
            # read1() returns what has arrived; read(n) would wait for n bytes, past any deadline.
            while piece := response.raw.read1(_PIECE, decode_content=True):
                body += piece
                if len(body) > self.most:
                    raise TooMuch(self.service, f"{self.service} sent more than we can take.")
                if self.seconds_left() < 0:
                    raise _too_late(self.service)
        return bytes(body)


def _redirected(
    service: str, request: requests.Request, from_url: str, location: str
) -> requests.Request:
    try:
        url = urljoin(from_url, location)
        # What was meant for one host (a token) is no other host's business.
        same = urlsplit(url)[:2] == urlsplit(from_url)[:2]
    except ValueError:
        raise _not_allowed(service) from None
    return requests.Request("GET", url, headers=request.headers if same else {})


def _is_brief(error: RemoteError) -> bool:
    """Tell whether another try within seconds may help: not where the service named a time."""
    if isinstance(error, BadStatus):
        return error.code >= _TROUBLE and error.retry_after == AGAIN
    return error.retry_after is not None


@contextmanager
def _in_our_words(service: str) -> Iterator[None]:
    """Turn the errors of the libraries below into ours.

    Not chained: their texts hold whole addresses, and those end up in logs.
    """
    try:
        yield
    except (requests.exceptions.Timeout, PoolTimeout, TimeoutError):
        raise _too_late(service) from None
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        log.info("%s: %s", service, type(error).__name__)
        if isinstance(error, requests.exceptions.ConnectionError):
            raise RemoteError(service, f"{service} did not answer.", retry_after=AGAIN) from None
        raise _broke_off(service) from None


def _too_late(service: str) -> RemoteError:
    return RemoteError(service, f"{service} did not answer in time.", retry_after=AGAIN)


def _broke_off(service: str) -> RemoteError:
    return RemoteError(service, f"The answer of {service} broke off.", retry_after=AGAIN)


def _in_circles(service: str) -> RemoteError:
    return RemoteError(service, f"{service} only sends us in circles.")


def _not_allowed(service: str) -> NotAllowed:
    return NotAllowed(service, f"An address at {service} is none that may be asked.")


def retry_after(answer: Answer) -> float | None:
    """Return the seconds until another try may help, or None where it will not.

    The header Retry-After holds seconds or a date; without one, or with nonsense in it: AGAIN.
    """
    if answer.status != _TOO_OFTEN and answer.status < _TROUBLE:
        return None
    named = named_wait(answer)
    return AGAIN if named is None else named


def named_wait(answer: Answer) -> float | None:
    """Return the seconds that the header Retry-After names, None where it names none."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST)
    try:
        seconds = (moment(parsedate_to_datetime(said)) - now()) / 1000
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST)

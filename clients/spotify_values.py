"""The small pieces of what Spotify answers: words, ids, moments, dates, pictures.

An odd piece costs itself and no more: it counts as not said.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import unescape
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WrapValidator

from clients.guard import Bases
from clients.json_answers import none_if_odd
from core.clock import moment
from core.settings import Settings

MAX_TEXT, MAX_DESCRIPTION = 500, 2_000
# Where its pictures are known to lie: covers that people made, those of mixes, of blends.
_IMAGE_HOSTS = ("https://*.scdn.co", "https://*.spotifycdn.com")
_NEAR = 300  # pixels: wide enough for a page, and no wider than it has to be
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_RELEASED = re.compile(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?")
_PARTS = {"year": 4, "month": 7, "day": 10}
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def image_bases(settings: Settings) -> tuple[str, ...]:
    """Return all that may be asked for a picture: the setting, and what the real one leads to."""
    is_real = settings.spotify_image_url == Settings.model_fields["spotify_image_url"].default
    return settings.spotify_image_url, *(_IMAGE_HOSTS if is_real else ())


def is_image(settings: Settings, address: str) -> bool:
    """Tell whether a picture's address is one that may be asked."""
    return Bases(image_bases(settings)).allow(address)


def cut(text: str, most: int = MAX_TEXT) -> str:
    """Return a text as a page can show it and every database take it."""
    return text.replace("\0", "")[:most].strip()


def plain(text: str) -> str:
    """Return a description as whoever wrote it typed it: it comes as HTML.

    >>> plain('Rock &amp; <a href="spotify:playlist:1">roll</a>')
    'Rock & roll'
    """
    return cut(unescape(_TAG.sub("", text)), MAX_DESCRIPTION)


def instant(said: Any) -> int | None:
    """Return the moment that a text names; one at the beginning of 1970 stands for none.

    >>> instant("2013-01-19T21:31:09Z"), instant("1970-01-01T00:00:00Z"), instant(None)
    (1358631069000, None, None)
    """
    try:
        at = datetime.fromisoformat(said)
        told = moment(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError):
        return None
    return told if told > 0 else None


def released(said: str | None, precision: str | None) -> str | None:
    """Return YYYY, YYYY-MM or YYYY-MM-DD, as far as a date is known.

    >>> released("1984-01-01", "year"), released("2020-05", "month"), released("0000", "year")
    ('1984', '2020-05', None)
    """
    found = _RELEASED.fullmatch(said or "")
    if found is None or found[1] == "0000":
        return None
    try:
        date.fromisoformat(f"{found[1]}{found[2] or '-01'}{found[3] or '-01'}")
    except ValueError:
        return found[1]
    return found[0][: _PARTS.get(precision or "", 10)]


def isrc(said: str | None) -> str | None:
    """Return the code of a recording in capitals and without hyphens; None for what is none.

    >>> isrc("us-hm8-08-65849"), isrc("none")
    ('USHM80865849', None)
    """
    code = (said or "").upper().replace("-", "").replace(" ", "")
    return code if _ISRC.fullmatch(code) else None


Odd = WrapValidator(none_if_odd)
Words = Annotated[Annotated[str, AfterValidator(cut)] | None, Odd]
Described = Annotated[Annotated[str, AfterValidator(plain)] | None, Odd]
# Of tracks and the like; what people and versions are known by may hold any sign but a space.
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,64}$")]
MaybeId = Annotated[Id | None, Odd]
Handle = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f]{1,200}$")]
Number = Annotated[Annotated[int, Field(ge=0, lt=1 << 31)] | None, Odd]
Flag = Annotated[bool | None, Odd]
Instant = Annotated[int | None, BeforeValidator(instant)]


class Image(BaseModel):
    url: str = Field(pattern=r"^https?://[^\s\x00-\x1f]{1,2000}$")
    width: Number = None


Images = Annotated[list[Annotated[Image | None, Odd]] | None, Odd]


def best(images: Sequence[Image | None] | None) -> str | None:
    """Return the smallest of those that are wide enough, else the widest; None for none.

    A playlist's say nothing of their size where there is only one.
    """
    found = [image for image in images or () if image]
    wide = [image for image in found if (image.width or 0) >= _NEAR]
    if wide:
        return min(wide, key=_width).url
    return max(found, key=_width).url if found else None


def _width(image: Image) -> int:
    return image.width or 0

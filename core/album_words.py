"""How titles of albums are compared with those of records: without what editions add."""

import re

from core import play_words
from core.names import fold

_EDITION = (
    r"deluxe|expanded|remaster(?:ed)?|anniversary|edition|bonus|reissue|mono|stereo|special|"
    r"limited|explicit|clean|version|soundtrack|vinyl|lp|ep|disc|cd"
)
_BRACKETED = re.compile(rf"\s*[(\[][^)\]]*\b(?:{_EDITION})\b[^)\]]*[)\]]\s*$", re.IGNORECASE)
_DASHED = re.compile(
    r"\s+[-–:]\s+[^-–:]*\b(?:deluxe|expanded|remaster(?:ed)?|anniversary|edition|ep|single)\b"
    r"[^-–:]*$",
    re.IGNORECASE,
)


def album_key(title: str) -> str:
    """Return a title as an album and a record of it are compared by it.

    >>> album_key("Tago Mago (40th Anniversary Edition) [Remastered]")
    'tago mago'
    >>> album_key("Deluxe")
    'deluxe'
    """
    bare = title
    while (shorter := _DASHED.sub("", _BRACKETED.sub("", bare))) != bare and shorter.strip():
        bare = shorter
    return fold(play_words.song_key(bare))

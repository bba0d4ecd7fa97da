"""A Cover Art Archive that leads on twice, as the real one does, before there is a picture.

Below `/discogs/` it shows pictures as Discogs' own server does, by their number.
"""

import io
import re
from functools import lru_cache

from PIL import Image

from fakes.artwork import WAYS, Sheet
from fakes.server import NOT_FOUND, Asked, Fake, Reply

_FRONT = re.compile(r"/release/([0-9a-f-]{36})/front-500")
_ITEM = re.compile(r"/(download|machine)/([0-9a-f-]{36})\.jpg")
_DISCOGS = re.compile(r"/discogs/(\d+)\.jpg")
_WIDTH = 500


@lru_cache(maxsize=64)
def sleeve(seed: int, width: int = _WIDTH) -> bytes:
    """Return a square picture as a JPEG, the same one each time."""
    sheet = Sheet.of(seed)
    sheet.chance.choice(WAYS)(sheet)
    side = min(sheet.image.size)
    image = sheet.image.crop((0, 0, side, side)).resize((width, width), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


class FakeCoverArt(Fake):
    """Has the fronts of `releases`, which are MusicBrainz' ids, and pictures below `/discogs/`."""

    def __init__(self, releases: tuple[str, ...] = (), port: int = 0) -> None:
        super().__init__(port)
        self._releases = releases

    def reply(self, asked: Asked) -> Reply:
        if (one := _DISCOGS.fullmatch(asked.route)) is not None:
            return _picture(int(one[1]))
        if (front := _FRONT.fullmatch(asked.route)) is not None and front[1] in self._releases:
            return Reply(307, {"Location": f"{self.url}/download/{front[1]}.jpg"})
        if (item := _ITEM.fullmatch(asked.route)) is None:
            return NOT_FOUND
        if item[1] == "download":
            return Reply(302, {"Location": f"{self.url}/machine/{item[2]}.jpg"})
        return _picture(int(item[2][:8], 16))


def _picture(seed: int) -> Reply:
    return Reply(200, {"Content-Type": "image/jpeg"}, sleeve(seed))

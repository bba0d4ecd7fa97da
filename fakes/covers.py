"""A cover for each record of the fakes, the same one each time; drawn here, nobody else's."""

import io
from functools import lru_cache

from PIL import ImageDraw, ImageFont

from fakes.artwork import WAYS, Sheet
from fakes.posters import plain

SIDE = 600
_MARGIN = 28


@lru_cache(maxsize=64)
def cover(seed: int, title: str, artist: str) -> bytes:
    """Return the cover as a square JPEG, with title and artist where they are ASCII."""
    sheet = Sheet.of(seed)
    sheet.chance.choice(WAYS)(sheet)
    top = sheet.chance.randrange(0, 600)
    image = sheet.image.crop((0, top, 2 * SIDE, top + 2 * SIDE)).reduce(2)
    words = [word for word in (plain(artist), plain(title)) if word]
    if all(word.isascii() for word in words) and sheet.maybe(0.7):
        draw = ImageDraw.Draw(image)
        y = _MARGIN if sheet.maybe(0.6) else SIDE - 2 * 40 - _MARGIN
        for word in words:
            wide = ImageFont.load_default(40).getlength(word)
            font = ImageFont.load_default(max(16, min(34, int(40 * (SIDE - 2 * _MARGIN) / wide))))
            box = draw.textbbox((_MARGIN, y), word, font=font)
            draw.rectangle((box[0] - 8, box[1] - 6, box[2] + 8, box[3] + 6), fill=sheet.ground)
            draw.text((_MARGIN, y), word, fill=sheet.ink, font=font)
            y += 46
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()

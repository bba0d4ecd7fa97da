"""A poster for each film of the fakes, the same one each time; drawn here, so nobody's but ours."""

import io
import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from fakes.artwork import WAYS, Sheet
from fakes.films import Film

WIDTH, HEIGHT = 600, 900
_MARGIN = 36
_BARRED = str.maketrans("ŁØ", "LO")  # the two that do not come apart into letter and accent


@lru_cache(maxsize=64)
def poster(film: Film, width: int = WIDTH) -> bytes:
    """Return the poster as a JPEG, two wide to three high."""
    sheet = Sheet.of(film.id)
    sheet.chance.choice(WAYS)(sheet)
    image = sheet.image.reduce(2)
    title = plain(film.title)
    if title.isascii():
        _set_title(image, title, f"{plain(film.director)}   {film.year}", sheet)
    if width != WIDTH:
        image = image.resize((width, width * 3 // 2), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def plain(name: str) -> str:
    """Return the name in capitals without accents: Pillow's built-in face has ASCII only."""
    decomposed = unicodedata.normalize("NFD", name.upper().translate(_BARRED))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _set_title(image: Image.Image, title: str, below: str, sheet: Sheet) -> None:
    lines = _lines(title)
    size = _size(lines)
    font, small = ImageFont.load_default(size), ImageFont.load_default(18)
    high = len(lines) * int(size * 1.08) + 3 * _MARGIN - 18
    at_the_top = sheet.maybe(0.25)
    top = 0 if at_the_top else HEIGHT - high
    draw = ImageDraw.Draw(image)
    paper, ink = sheet.chance.choice([(sheet.ground, sheet.ink), (sheet.ink, sheet.ground)])
    draw.rectangle((0, top, WIDTH, top + high), fill=paper)
    y = top + _MARGIN // 2 + 8
    for line in lines:
        draw.text((_MARGIN, y), line, fill=ink, font=font)
        y += int(size * 1.08)
    draw.text((_MARGIN, y + 12), below, fill=ink, font=small)


def _lines(title: str, longest: int = 16) -> list[str]:
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + len(word) >= longest:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:4]


def _size(lines: list[str]) -> int:
    """Return the size at which the longest line fills the sheet, within reason."""
    widest = max(ImageFont.load_default(40).getlength(line) for line in lines)
    return max(24, min(84, int(40 * (WIDTH - 2 * _MARGIN) / widest)))

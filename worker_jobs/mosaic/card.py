"""The card that stands in for a missing poster or cover: words, and a drawing of its own.

Set like a record sleeve: a flat ground, one large form, the title below in black
letters. Colours and form come from the film's identity, so the same film always gets
the same card. Knows nothing of where the title comes from.
"""

from collections.abc import Callable
from typing import NamedTuple

from PIL import Image, ImageDraw

from worker_jobs.mosaic.palette import Colour, numbers, oklch
from worker_jobs.mosaic.scripts import reads_from_right
from worker_jobs.mosaic.text import Type, words

_FINE = 4  # forms are drawn so many times larger, then reduced: smooth edges
_SMALLEST = 6  # pixels; smaller letters say nothing
_STEPS = 24  # sizes tried, from the largest down
_LEADING = 1.12  # from line to line, in sizes
_MARGIN = 0.09  # of the width
_BLACK, _SEMIBOLD = 800, 600
# Parts of the height that the drawing and the title take.
_UPRIGHT, _SQUARE = (0.54, 0.30), (0.48, 0.26)
_SQUARE_TO = 1.2  # of the height to the width


class _Inks(NamedTuple):
    ground: Colour
    form: Colour
    accent: Colour
    letters: Colour


class _Setting(NamedTuple):
    type: Type
    lines: list[str]


def card(title: str, below: str | int | None, width: int, height: int, *, key: str) -> Image.Image:
    """Draw the card of the film or record that `key` identifies, as RGB.

    `below` the title stands the year of a film, or who made a record.
    """
    chance = numbers(key, 4)
    inks = _inks(chance[0], chance[1])
    image = Image.new("RGB", (width, height), inks.ground)
    margin = width * _MARGIN
    drawing, words = _UPRIGHT if height > width * _SQUARE_TO else _SQUARE
    setting = _set(title, width - 2 * margin, height * words)
    form = _FORMS[chance[2] % len(_FORMS)]
    image.paste(_drawn(form, inks, chance[3], width, round(height * drawing)))
    _letter(image, setting, below, height * drawing + margin * 0.75, inks)
    return image


def ground(key: str) -> Colour:
    """Return the ground of the card of the film that `key` identifies."""
    hue, mood, *_ = numbers(key, 4)
    return _inks(hue, mood).ground


def _inks(hue: int, mood: int) -> _Inks:
    """Choose a dark or a light ground and what stands out from it."""
    angle = hue * 360 / 256
    far = angle + (150, 180, 35, -40)[mood // 2 % 4]
    if mood % 2:
        return _Inks(
            ground=oklch(0.90, 0.045, angle),
            form=oklch(0.58, 0.17, far),
            accent=oklch(0.30, 0.07, angle),
            letters=oklch(0.24, 0.05, angle),
        )
    return _Inks(
        ground=oklch(0.33, 0.085, angle),
        form=oklch(0.72, 0.15, far),
        accent=oklch(0.90, 0.06, angle),
        letters=oklch(0.97, 0.02, angle),
    )


def _set(title: str, width: float, height: float) -> _Setting:
    """Find the largest size at which the title stands whole, no word broken; else the smallest."""
    largest, smallest = max(_SMALLEST, width * 0.21), max(_SMALLEST, width * 0.085)
    longest = max(words(title), key=len, default="")
    for step in range(_STEPS):
        size = largest + (smallest - largest) * step / (_STEPS - 1)
        face, most = Type(size, _BLACK), max(1, int(height / (size * _LEADING)))
        if face.measure(longest) > width:
            continue
        lines = face.wrap(title, width, most + 1)
        if len(lines) <= most:
            return _Setting(face, _balanced(face, title, width, lines))
    face = Type(smallest, _BLACK)
    return _Setting(face, face.wrap(title, width, max(1, int(height / (smallest * _LEADING)))))


def _balanced(face: Type, title: str, width: float, lines: list[str]) -> list[str]:
    """Break anew at the narrowest width that needs no more lines, so that none is a stub."""
    for part in (0.55, 0.65, 0.75, 0.85):
        found = face.wrap(title, width * part, len(lines))
        if "".join(found) == "".join(lines):
            return found
    return lines


def _letter(
    image: Image.Image, setting: _Setting, below: str | int | None, top: float, inks: _Inks
) -> None:
    pen, margin = ImageDraw.Draw(image), image.width * _MARGIN
    for number, line in enumerate(setting.lines):
        baseline = top + setting.type.capitals + number * setting.type.size * _LEADING
        x = margin
        if reads_from_right(line):
            x = image.width - margin - setting.type.measure(line)
        setting.type.draw(pen, (x, baseline), line, inks.letters)
    small = Type(image.width * 0.062, _SEMIBOLD)
    if below is not None and small.size >= _SMALLEST:
        words = small.fit(str(below), image.width - 2 * margin)
        small.draw(pen, (margin, image.height - margin), words, inks.letters)


def _drawn(form: "_Form", inks: _Inks, chance: int, width: int, height: int) -> Image.Image:
    fine = Image.new("RGB", (width * _FINE, max(1, height) * _FINE), inks.ground)
    form(ImageDraw.Draw(fine), fine.width, fine.height, inks, chance)
    return fine.reduce(_FINE)


_Form = Callable[[ImageDraw.ImageDraw, int, int, _Inks, int], None]


def _circle(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _sun(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    x = width * (0.28 + 0.44 * chance / 255)
    _circle(pen, x, height * 0.46, width * 0.34, inks.form)
    pen.rectangle((0, height * 0.70, width, height * 0.70 + width * 0.022), fill=inks.accent)
    pen.rectangle((0, height * 0.70 + width * 0.022, width, height), fill=inks.ground)


def _record(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    x, y = width * (0.72 if chance % 2 else 0.28), height * 0.40
    for ring in range(9, 1, -1):
        fill = inks.form if ring % 2 else inks.ground
        _circle(pen, x, y, width * 0.062 * ring, fill)
    _circle(pen, x, y, width * 0.10, inks.accent)
    _circle(pen, x, y, width * 0.022, inks.ground)
    pen.rectangle((0, height * 0.985, width, height), fill=inks.ground)


def _bars(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    left, gap = width * 0.09, width * 0.035
    wide = (width * 0.82 + gap) / 6
    for bar, tall in enumerate(numbers(str(chance), 6)):
        share = 0.25 + 0.75 * tall / 255
        fill = inks.accent if bar == chance % 6 else inks.form
        x, bottom = left + bar * wide, height * 0.97
        pen.rectangle((x, bottom - share * height * 0.80, x + wide - gap, bottom), fill=fill)


def _quarters(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    side = width * 0.82 / 3
    for place in range(9 if height > width * 0.95 else 6):
        turn = (chance >> (place % 7)) + place
        x, y = width * 0.09 + place % 3 * side, height * 0.06 + place // 3 * side
        corner_x, corner_y = x + side * (turn % 2), y + side * (turn // 2 % 2)
        box = (corner_x - side, corner_y - side, corner_x + side, corner_y + side)
        start = {(0, 0): 0, (1, 0): 90, (1, 1): 180, (0, 1): 270}[turn % 2, turn // 2 % 2]
        fill = inks.accent if place == chance % 6 else inks.form
        pen.pieslice(box, start, start + 90, fill=fill)


def _beam(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    """Light from a projector."""
    x = width * (0.12 if chance % 2 else 0.88)
    far = width - x
    pen.polygon(
        [(x, height * 0.14), (far - width * 0.3, height), (far + width * 0.3, height)],
        fill=inks.form,
    )
    _circle(pen, x, height * 0.14, width * 0.055, inks.accent)


def _arches(pen: ImageDraw.ImageDraw, width: int, height: int, inks: _Inks, chance: int) -> None:
    x = width * (0.38 + 0.24 * chance / 255)
    for ring, fill in enumerate((inks.form, inks.ground, inks.accent, inks.ground, inks.form)):
        _circle(pen, x, height, width * (0.50 - 0.085 * ring), fill)


_FORMS: tuple[_Form, ...] = (_sun, _record, _bars, _quarters, _beam, _arches)

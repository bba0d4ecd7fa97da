"""Set text in any script: measure, draw, shorten, break into lines.

A title comes from a stranger and may be Arabic, emoji, 10 kB long or broken: it
never fails, is never slow and never shows the box of a missing glyph.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from PIL import Image, ImageDraw, ImageFont, features

from worker_jobs.mosaic import scripts
from worker_jobs.mosaic.scripts import Run
from worker_jobs.mosaic.typefaces import BOLD_FROM

BEST = ImageFont.Layout.RAQM if features.check_feature("raqm") else ImageFont.Layout.BASIC
ELLIPSIS = "…"
Colour = tuple[int, int, int]
_CAPITALS = 0.727  # of the size: how high Inter's capitals are
_DANGLING = " ,;:.·-–—("  # looks lost before an ellipsis
_FAUX = 32  # a face without a bold is struck four times, so many parts of its size apart


@dataclass(frozen=True)
class Type:
    """A size in pixels and a weight (400 regular, 600 semibold, 800 black)."""

    size: float
    weight: int = 400
    layout: ImageFont.Layout = BEST

    @property
    def capitals(self) -> float:
        """How high a capital letter is, in pixels."""
        return self.size * _CAPITALS

    def measure(self, text: str) -> float:
        """Return the width in pixels of `text` on one line."""
        return sum(self._length(run) for run in self._runs(text))

    def draw(
        self,
        target: Image.Image | ImageDraw.ImageDraw,
        at: tuple[float, float],
        text: str,
        fill: Colour,
    ) -> float:
        """Draw `text`; `at` is where its baseline begins, at the left. Return its width."""
        pen = ImageDraw.Draw(target) if isinstance(target, Image.Image) else target
        x, baseline = at
        for run in self._runs(text):
            font, direction = run.face.at(self.size, self.layout), _direction(run, self.layout)
            for right, down in self._strikes(run):
                place = (x + right, baseline + down)
                pen.text(place, run.text, fill, font, anchor="ls", direction=direction)
            x += self._length(run)
        return x - at[0]

    def fit(self, text: str, width: float) -> str:
        """Return `text` on one line, cut with an ellipsis where it is wider than `width`."""
        text = scripts.clean(text)
        if self.measure(text) <= width:
            return text
        starts = ["", *accumulate(scripts.clusters(text))]
        most = bisect_right(starts, width, key=lambda start: self.measure(_cut(start)))
        # Kerning and joined letters make a longer start narrower now and then.
        fitting = (_cut(start) for start in reversed(starts[:most]))
        return next((short for short in fitting if self.measure(short) <= width), "")

    def wrap(self, text: str, width: float, lines: int) -> list[str]:
        """Break `text` into at most `lines` lines; an ellipsis ends the last if there is more."""
        left, found = words(text), [""]
        for at, word in enumerate(left):
            if self.measure((found[-1] + word).rstrip()) <= width:
                found[-1] += word
            elif len(found) == lines:
                found[-1] = self.fit(found[-1] + "".join(left[at:]), width)
                break
            elif found[-1]:
                found.append("")
                left.insert(at + 1, word)
            else:
                head = self._head(word, width)
                found[-1] = head
                left.insert(at + 1, word[len(head) :])
        return [line.rstrip() for line in found if line.strip()]

    def _head(self, word: str, width: float) -> str:
        """Return as many letters of `word` as fit, at least one, or it would never end."""
        starts = list(accumulate(scripts.clusters(word)))
        return starts[max(0, bisect_right(starts, width, key=self.measure) - 1)]

    def _runs(self, text: str) -> tuple[Run, ...]:
        return scripts.runs(scripts.clean(text), self.weight, self.layout)

    def _length(self, run: Run) -> float:
        return _length(run, self.size, self.layout)

    def _strikes(self, run: Run) -> list[tuple[float, float]]:
        far = self.size / _FAUX if run.face.faux and self.weight >= BOLD_FROM else 0
        return [(right, down) for right in {0, far} for down in {-far / 2, far / 2}]


@lru_cache(maxsize=8192)  # shaping a line costs a tenth of a millisecond, and each is asked thrice
def _length(run: Run, size: float, layout: ImageFont.Layout) -> float:
    return run.face.at(size, layout).getlength(run.text, direction=_direction(run, layout))


def _direction(run: Run, layout: ImageFont.Layout) -> str | None:
    if layout == ImageFont.Layout.BASIC:
        return None
    return "rtl" if run.rtl else "ltr"


def _cut(start: str) -> str:
    return start.rstrip(_DANGLING) + ELLIPSIS


def words(text: str) -> list[str]:
    """Cut where a line may break: behind spaces, between Chinese or Japanese letters."""
    found: list[str] = []
    for cluster in scripts.clusters(scripts.clean(text)):
        if not found or found[-1].endswith(" ") or scripts.breaks(found[-1], cluster):
            found.append(cluster)
        else:
            found[-1] += cluster
    return found

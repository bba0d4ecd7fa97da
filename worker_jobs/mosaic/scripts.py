"""Text before it has a size: cleaned, cut into letters, given fonts and an order.

Knows Unicode and which font covers what; measures and draws nothing (text.py does).
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import arabic_reshaper
from bidi import algorithm
from PIL import ImageFont

from worker_jobs.mosaic.typefaces import EMOJI, Face, faces

LONGEST = 600  # characters; no line of a picture holds as many, and 10 kB titles exist
_CLUSTER = 12  # characters in one letter: a family emoji has eleven, a prank has hundreds
_ZWNJ, _ZWJ, _KEYCAP = "\u200c", "\u200d", "\u20e3"
_ABOVE = 200  # combining classes from here on stand free above or below
_VIRAMA = 9  # its combining class: the consonant behind it is part of the same letter


class Run(NamedTuple):
    """A piece of a line in one font and one direction."""

    face: Face
    text: str
    rtl: bool


def clean(text: str) -> str:
    r"""Return `text` on one line, without what is invisible or cannot be drawn by any font.

    >>> clean("  The\tThing\n\ud800 ")
    'The Thing'
    """
    return _cleaned(text[: 4 * LONGEST])


@lru_cache(maxsize=1024)
def _cleaned(text: str) -> str:
    kept = "".join(map(_kept, text))
    return unicodedata.normalize("NFC", " ".join(kept.split())[:LONGEST].rstrip())


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if kind in ("Cs", "Co"):
        return ""
    if kind == "Cf" and character not in (_ZWNJ, _ZWJ) and not _is_tag(character):
        return ""
    return character


def clusters(text: str) -> list[str]:
    """Cut where a reader would: marks, joined emoji, flags and conjuncts stay whole."""
    found: list[str] = []
    for character in text:
        if not found or not _joins(found[-1], character):
            found.append(character)
        elif not _is_too_much(found[-1], character):
            found[-1] += character
    return found


def _joins(cluster: str, character: str) -> bool:
    last = cluster[-1]
    if _is_regional(character):
        return len(cluster) == 1 and _is_regional(last)
    if cluster == " ":
        return False
    return (
        unicodedata.category(character).startswith("M")
        or character in (_ZWNJ, _ZWJ)
        or _is_tag(character)
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1160" <= character <= "\u11ff"  # the later parts of a Hangul syllable
        or (last == _ZWJ and not _is_emoji(cluster[0]))
        or (last == _ZWJ and _is_emoji(character))
        or (unicodedata.combining(last) == _VIRAMA and character.isalpha())
    )


def _is_too_much(cluster: str, character: str) -> bool:
    """A third mark above or below a letter says nothing; piled up they cover the lines around."""
    piled = all(unicodedata.combining(one) >= _ABOVE for one in (*cluster[-2:], character))
    return len(cluster) >= _CLUSTER or piled


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"


def _is_emoji(character: str) -> bool:
    return "\U0001f000" <= character <= "\U0001faff" or unicodedata.category(character) == "So"


def _is_invisible(character: str) -> bool:
    return (
        character in (_ZWNJ, _ZWJ)
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0020" <= character <= "\U000e01ef"
    )


def breaks(before: str, after: str) -> bool:
    """Tell whether a line may end between them: in Chinese, in Japanese, behind a dash."""
    if before[-1] in "-–—/" and len(before) > 1:
        return after.isalnum()
    wide = _is_wide(before[-1]) or _is_wide(after[0])
    return wide and unicodedata.category(after[0]) not in ("Pe", "Po", "Pf", "Lm", "Mn", "Zs")


def _is_wide(character: str) -> bool:
    # Korean is wide too, but breaks at its spaces.
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


@lru_cache(maxsize=4096)
def _dressed(cluster: str, weight: int) -> tuple[Face, str] | None:
    """Choose the first face that has all of `cluster`, else its base; None if there is none."""
    stack = faces(weight)
    if "\ufe0f" in cluster or _KEYCAP in cluster or "\U0001f000" <= cluster[0] <= "\U0001faff":
        stack = (EMOJI, *stack)
    seen = [character for character in cluster if not _is_invisible(character)]
    for wanted in (seen, seen[:1]):
        for face in stack:
            if wanted and all(map(face.covers, wanted)):
                return face, "".join(filter(face.covers, cluster))
    plain = unicodedata.normalize("NFKC", seen[0]) if seen else ""
    return _dressed(plain, weight) if plain and plain != seen[0] else None


@lru_cache(maxsize=4096)
def runs(text: str, weight: int, layout: ImageFont.Layout) -> tuple[Run, ...]:
    """Return what to draw from left to right; `text` is clean. What no font has is left out."""
    pieces = list(_pieces(text, weight))
    found: list[tuple[int, Run]] = []
    for (face, level), group in groupby(pieces, key=lambda piece: (piece[0], piece[2])):
        joined = "".join(piece[1] for piece in group)
        rtl = level % 2 == 1
        ready = joined if layout == ImageFont.Layout.RAQM else _unaided(joined, rtl=rtl)
        found.append((level, Run(face, ready, rtl)))
    return tuple(run for _, run in _reordered(found))


def _pieces(text: str, weight: int) -> Iterator[tuple[Face, str, int]]:
    levels, at = _levels(text), 0
    for cluster in clusters(text):
        level = levels[at] if levels else 0
        at += len(cluster)
        if dressed := _dressed(cluster, weight):
            yield *dressed, level


def reads_from_right(text: str) -> bool:
    """Tell whether a line of `text` begins at the right, by its first letter with a direction."""
    return bool(algorithm.get_base_level(text))


def _levels(text: str) -> list[int]:
    """Return the embedding level of each character: odd is right to left. [] if nothing is."""
    if not any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return []
    # Joiners are taken out by the algorithm; as marks they go with the letter before them.
    marked = text.replace(_ZWJ, "\u0300").replace(_ZWNJ, "\u0300")
    marked = "".join(map(_with_direction, marked))
    storage = algorithm.get_empty_storage()
    storage["base_level"] = algorithm.get_base_level(marked)
    storage["base_dir"] = "LR"[storage["base_level"]]
    algorithm.get_embedding_levels(marked, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _pair_brackets(storage["chars"], storage["base_dir"])
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    return [character["level"] for character in storage["chars"]]


def _with_direction(character: str) -> str:
    if _is_tag(character):
        return "\u0300"
    # A letter younger than Python's tables has no direction there, which the library
    # does not allow: it is taken for one of ours.
    return character if unicodedata.bidirectional(character) else "a"


def _pair_brackets(characters: list[dict[str, Any]], base: str) -> None:
    """Give both brackets of a pair one direction: rule N0, which the library leaves out."""
    strong = [_strong(one["type"]) for one in characters]
    opened: list[int] = []
    for at, one in enumerate(characters):
        kind = unicodedata.category(one["ch"])
        if one["type"] == "ON" and kind == "Ps":
            opened.append(at)
        elif one["type"] == "ON" and kind == "Pe" and opened:
            first = opened.pop()
            if way := _way(strong[:first], set(strong[first:at]), base):
                characters[first]["type"] = one["type"] = way
                strong[first] = strong[at] = way


def _strong(kind: str) -> str:
    """Return L or R for what has a direction (numbers count as R here), else ""."""
    return "L" if kind == "L" else "R" if kind in ("R", "EN", "AN") else ""


def _way(before: list[str], inside: set[str], base: str) -> str:
    other = "L" if base == "R" else "R"
    if base in inside:
        return base
    if other not in inside:
        return ""
    return next((way for way in reversed(before) if way), base)


def _reordered(found: list[tuple[int, Run]]) -> list[tuple[int, Run]]:
    """Turn round what is read from the right: rule L2 of the Unicode bidirectional algorithm."""
    for level in range(max((level for level, _ in found), default=0), 0, -1):
        turned: list[tuple[int, Run]] = []
        for deep, group in groupby(found, key=lambda one: one[0] >= level):
            together = list(group)
            turned += reversed(together) if deep else together
        found = turned
    return found


def _unaided(text: str, *, rtl: bool) -> str:
    """Do what Pillow leaves undone without libraqm: join Arabic, mirror, turn; drop joiners."""
    if rtl:
        return str(algorithm.get_display(arabic_reshaper.reshape(text), base_dir="R"))
    # An emoji made of several is drawn as its first alone rather than as a row of them.
    kept = (cluster.partition(_ZWJ)[0] for cluster in clusters(text))
    return "".join(
        character
        for cluster in kept
        for character in cluster
        if not _is_invisible(character) and not "\U0001f3fb" <= character <= "\U0001f3ff"
    )

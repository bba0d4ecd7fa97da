"""What stands in the cells of a table that is carried away, and how it comes back unchanged.

A table program takes some texts for formulas: those get a mark in front. Several names stand
in one cell with "; " between.
"""

import re
from collections.abc import Iterable, Iterator

_MARK = "'"
_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")
_ESCAPE = "\\"
_SPECIAL = re.compile(r"[\\;]")


def defused(text: str) -> str:
    """Write a text so that no table program takes it for a formula.

    >>> defused("=1+1"), defused("'=1+1"), defused("'t Hof")
    ("'=1+1", "''=1+1", "'t Hof")
    """
    return _MARK + text if _LIKE_A_FORMULA.match(text) else text


def as_it_was(cell: str) -> str:
    """Return the text that `defused` made this cell of."""
    return cell[1:] if _MARKED.match(cell) else cell


def joined(names: Iterable[str]) -> str:
    r"""Write several names into one cell; what parts them is escaped where a name holds it.

    >>> joined(["Can", "A;B"])
    'Can; A\\;B'
    """
    return "; ".join(_SPECIAL.sub(r"\\\g<0>", name) for name in names)


def parted(cell: str) -> list[str]:
    r"""Return the names that stand in a cell, "" where there is none between two signs.

    >>> parted("Can; A\\;B;"), parted(" ")
    (['Can', 'A;B', ''], [])
    """
    if not cell.strip():
        return []
    return [" ".join(name.split()) for name in _parts(cell)]


def _parts(cell: str) -> Iterator[str]:
    part, letters = "", iter(cell)
    for letter in letters:
        if letter == ";":
            yield part
            part = ""
        elif letter == _ESCAPE:
            following = next(letters, "")
            part += following if following in (_ESCAPE, ";") else letter + following
        else:
            part += letter
    yield part

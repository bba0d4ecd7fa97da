"""How names are compared: folded by us, since each database folds differently."""

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse

_COMMON_MARKS = re.compile("[\u0300-\u036f]+")  # those of Latin letters, all at once


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Return `name` by NFKC, case folding and single spaces, for comparing and finding.

    >>> fold("  MÖTLEY   Crüe ")
    'mötley crüe'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def bare(name: str) -> str:
    """Return `name` without marks and by case folding, for what is found as it is typed.

    >>> bare("Björk  Guðmundsdóttir")
    'bjork guðmundsdottir'
    """
    if not name.isascii():
        name = _COMMON_MARKS.sub("", unicodedata.normalize("NFKD", name))
        if not name.isascii():
            name = "".join(filterfalse(unicodedata.combining, name))
    return " ".join(name.casefold().split())

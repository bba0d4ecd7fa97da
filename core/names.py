"""How names are compared: folded by us, since each database folds differently."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Return `name` by NFKC, case folding and single spaces, for comparing and finding.

    >>> fold("  MÖTLEY   Crüe ")
    'mötley crüe'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())

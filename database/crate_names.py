"""Words and names as a person types them, and as a crate is asked for them."""

import re

from core.names import bare
from database.crate_store import Word

_WORD = re.compile(r"[^\W_]+")
_TYPED = re.compile(r"([^\W_]+)(\*?)")


def split_words(folded: str) -> list[str]:
    """Return the words of what core.names.bare made of a text: letters and digits alone.

    >>> split_words("artefakt (2)")
    ['artefakt', '2']
    """
    return _WORD.findall(folded)


def typed_words(text: str) -> list[Word]:
    """Return the words that somebody typed; one with a star behind it begins a word.

    >>> typed_words("Sven* Records")
    [Word(text='sven', begins=True), Word(text='records', begins=False)]
    """
    return [Word(word, bool(star)) for word, star in _TYPED.findall(bare(text))]

"""What made-up records say, drawn as often as real ones say it: numbers, facets, words, names."""

import math
import random
from itertools import accumulate

ARTISTS, LABELS, MASTERS = 9_900_000, 2_300_000, 4_000_000
VARIOUS = 194
GENRES = {
    "Rock": 30, "Electronic": 23, "Pop": 17, "Folk, World, & Country": 9, "Jazz": 7,
    "Funk / Soul": 6, "Classical": 5.5, "Hip Hop": 5.5, "Latin": 2.5, "Stage & Screen": 2,
    "Reggae": 1.8, "Blues": 1.5, "Non-Music": 1.4, "Children's": 1, "Brass & Military": 0.3,
}  # fmt: skip
STYLES = {
    "Electronic": (
        "House", "Techno", "Trance", "Experimental", "Synth-pop", "Ambient", "Deep House",
        "Drum n Bass", "Tech House", "Electro", "Minimal", "Downtempo", "Disco", "Acid", "IDM",
    ),
    "Rock": (
        "Pop Rock", "Punk", "Indie Rock", "Alternative Rock", "Hard Rock", "Heavy Metal",
        "Psychedelic Rock", "Prog Rock", "Folk Rock", "Rock & Roll", "New Wave", "Shoegaze",
    ),
    "Pop": ("Vocal", "Ballad", "Chanson", "Schlager", "Europop", "Synth-pop", "Easy Listening"),
    "Jazz": ("Fusion", "Hard Bop", "Bop", "Swing", "Big Band", "Free Jazz", "Jazz-Funk"),
    "Hip Hop": ("Conscious", "Gangsta", "Boom Bap", "Instrumental", "Pop Rap", "Cut-up/DJ"),
}  # fmt: skip
OTHER_STYLES = (
    "Soul", "Funk", "Disco", "Folk", "Country", "Roots Reggae", "Dub", "Dancehall", "Salsa",
    "Bolero", "Soundtrack", "Score", "Baroque", "Romantic", "Opera", "Spoken Word", "Marches",
)  # fmt: skip
COUNTRIES = {
    "US": 25, "UK": 13.5, "Germany": 8.5, "France": 5.5, "Japan": 5, "Europe": 4, "Italy": 4,
    "Netherlands": 3.3, "Spain": 3, "Canada": 2.5, "Australia": 2, "Sweden": 1.8, "Belgium": 1.8,
    "Brazil": 1.7, "Poland": 1.3, "Russia": 1.2, "UK & Europe": 1, "USSR": 0.9, "Argentina": 0.9,
    "Yugoslavia": 0.7, "Jamaica": 0.6, "Unknown": 0.6,
}  # fmt: skip
FORMATS = {"Vinyl": 52, "CD": 30, "Cassette": 7, "File": 6, "CDr": 3, "DVD": 1, "Shellac": 1}
DESCRIPTIONS = {
    "Vinyl": ("LP", '12"', '7"', "Album", "45 RPM", "Single", "33 ⅓ RPM", "EP", "Stereo", "Promo"),
    "CD": ("Album", "Compilation", "Single", "Maxi-Single", "EP", "Reissue", "Remastered"),
    "Cassette": ("Album", "Compilation", "Limited Edition", "Promo"),
    "File": ("MP3", "FLAC", "WAV", "320 kbps", "Album", "EP", "Single"),
    "CDr": ("Album", "Promo", "Limited Edition"),
    "DVD": ("DVD-Video", "NTSC", "PAL"),
    "Shellac": ('10"', "78 RPM", "Single"),
}
_ONSETS = (*"bcdfghjklmnprstvwz", "st", "tr", "br", "ch", "sh", "th")
_VOWELS = (*"aaeeiou", "ai", "ea", "ou", "é", "ö")
_CODAS = ("", "", "n", "r", "s", "ng", "l")
_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ID_END = "AEIMQUYcgkosw048"
_WORDS = 20_000


class Drawn:
    """Draws names as often as they are meant to occur: `shares` need not add up to anything."""

    def __init__(self, shares: dict[str, float]) -> None:
        self._names, self._up_to = list(shares), list(accumulate(shares.values()))

    def one(self, chance: random.Random) -> str:
        return chance.choices(self._names, cum_weights=self._up_to)[0]


def rank(chance: random.Random, many: int, shift: int = 300) -> int:
    """Draw from 1 to `many`, the first far more often: as 1 / (rank + shift)."""
    return min(many, 1 + int(shift * ((many + shift) / shift) ** chance.random()) - shift)


def some(chance: random.Random, mean: float) -> int:
    """Draw a number with a long tail, as Discogs' are."""
    return int(-math.log(1 - chance.random()) * mean)


def year(chance: random.Random) -> int:
    if chance.random() < 0.04:
        return chance.randrange(1900, 1956)
    return int(chance.triangular(1955, 2026, 2004))


def styles(chance: random.Random, genre: str) -> list[str]:
    """Draw the styles of a release, none on one of seven."""
    known = STYLES.get(genre, OTHER_STYLES)
    many = chance.choice((1, 1, 2, 2, 3)) if chance.random() < 0.86 else 0
    return sorted({known[min(len(known) - 1, some(chance, 5))] for _ in range(many)})


def video_id(chance: random.Random) -> str:
    return "".join(chance.choices(_ID, k=10)) + chance.choice(_ID_END)


class Words:
    """Words of a language that nobody speaks, and names made of them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._all: list[str] = []
        known = set()
        while len(self._all) < _WORDS:
            many = chance.choice((1, 2, 2, 2, 3, 3, 4))
            parts = [chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(many)]
            word = "".join(parts) + chance.choice(_CODAS)
            if word not in known:
                known.add(word)
                self._all.append(word)

    def text(self, many: int) -> str:
        return " ".join(self._all[rank(self._chance, _WORDS, 30) - 1] for _ in range(many))

    def title(self, many: int) -> str:
        return self.text(many).title()

    def name(self, number: int) -> str:
        """Return the name that has this number, always the same."""
        if number == VARIOUS:
            return "Various"
        first, second = number * 7_919 % _WORDS, number * 104_729 // 7 % _WORDS
        said = f"{self._all[first]} {self._all[second]}".title()
        if number % 9 == 0:
            return f"{said} ({2 + number % 30})"
        return f"{said} & Co" if number % 31 == 0 else said

"""An order at random that nobody has to keep: every place is found by itself, either way."""

import hashlib

_ROUNDS = 4


class Shuffle:
    """The numbers below `count` in an order that `seed` alone decides.

    A Feistel network over twice as many bits as half the numbers need; what it throws beyond
    `count` goes through it again until it falls below.
    """

    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._half = max(1, ((count - 1).bit_length() + 1) // 2)
        said = hashlib.blake2b(f"{seed}".encode(), digest_size=4 * _ROUNDS).digest()
        self._keys = [int.from_bytes(said[at : at + 4], "big") for at in range(0, len(said), 4)]

    def at(self, place: int) -> int:
        """Return the number at a place.

        >>> sorted(Shuffle(5, seed=7).at(place) for place in range(5))
        [0, 1, 2, 3, 4]
        """
        found = self._through(place, self._keys)
        while found >= self._count:
            found = self._through(found, self._keys)
        return found

    def place(self, number: int) -> int:
        """Return the place of a number.

        >>> shuffle = Shuffle(5, seed=7)
        >>> shuffle.place(shuffle.at(3))
        3
        """
        found = self._back(number)
        while found >= self._count:
            found = self._back(found)
        return found

    def _through(self, number: int, keys: list[int]) -> int:
        left, right = number >> self._half, number & self._mask
        for key in keys:
            left, right = right, left ^ self._mixed(right, key)
        return left << self._half | right

    def _back(self, number: int) -> int:
        # The same network with both halves changed over, before and after.
        swapped = self._through(self._swapped(number), self._keys[::-1])
        return self._swapped(swapped)

    def _swapped(self, number: int) -> int:
        return (number & self._mask) << self._half | number >> self._half

    def _mixed(self, half: int, key: int) -> int:
        mixed = (half + key) * 0x9E3779B1 & 0xFFFFFFFF
        mixed = (mixed ^ mixed >> 15) * 0x85EBCA6B & 0xFFFFFFFF
        return (mixed ^ mixed >> 13) & self._mask

    @property
    def _mask(self) -> int:
        return (1 << self._half) - 1

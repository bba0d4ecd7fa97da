"""Where in a long list a page is: `?page=2`."""

from typing import NamedTuple

from flask import request

from webapp.numbers import number

_MOST = 1_000_000


class Part(NamedTuple):
    """A page of so many `size` things, the first being 1."""

    page: int
    size: int

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.size

    def more(self, total: int) -> int | None:
        """Return the number of the next page, None on the last one."""
        return self.page + 1 if self.skip + self.size < total else None


def asked(size: int) -> Part:
    """Return which page the address asks for; the first one where it says none."""
    page = request.args.get("page", 1, type=number)
    return Part(min(max(page, 1), _MOST), size)

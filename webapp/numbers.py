"""Numbers of rows, as addresses carry them: none is larger than a database can hold."""

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1


class Number(IntegerConverter):
    """`<int:…>` in an address; a larger one leads nowhere, like any other that is none."""

    # A number of five thousand digits would be refused by Python, and not as one that is too large.
    regex = r"[0-9]{1,19}"

    def __init__(self, map: Map) -> None:  # noqa: A002 - as werkzeug calls it
        super().__init__(map, max=LARGEST)


def number(given: str) -> int:
    """Read a number out of a query, for `request.args.get(…, type=number)`.

    Raises:
        ValueError: it is none, or no row can have it; Flask takes it as not given.
    """
    found = int(given)
    if abs(found) > LARGEST:
        raise ValueError(given)
    return found

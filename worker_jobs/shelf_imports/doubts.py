"""What was left empty because it was not understood: each kind counted, the first one told."""

from worker_jobs.imports.tables import Problems

_LONGEST = 60


class Doubts:
    def __init__(self) -> None:
        self._first: dict[str, tuple[int, str]] = {}
        self._count: dict[str, int] = {}

    def about(self, what: str, row: int, text: str) -> None:
        """Count a cell that is no `what` ("price"), and go on without it."""
        self._first.setdefault(what, (row, text[:_LONGEST]))
        self._count[what] = self._count.get(what, 0) + 1

    def tell(self, problems: Problems) -> None:
        for what, (row, text) in self._first.items():
            count = self._count[what]
            more = f", and {count - 1:,} more" if count > 1 else ""
            problems.say(f"row {row}, “{text}” was not understood as a {what}{more}; left out.")

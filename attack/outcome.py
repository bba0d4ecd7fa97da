"""What a step of the suite comes back with."""

from collections.abc import Iterable
from typing import NamedTuple


class Outcome(NamedTuple):
    """`controls`: how many planted holes were found; `missed`: those that were not."""

    step: str
    tried: str
    findings: list[str]
    controls: int
    missed: list[str]

    @property
    def is_well(self) -> bool:
        return not self.findings and not self.missed


class ToolMissing(Exception):
    """A tool is not there; the message is the line that installs it."""


def control(wanted: Iterable[str], found: Iterable[str]) -> tuple[int, list[str]]:
    """Return how many of the planted holes were found, and which were not."""
    planted, there = set(wanted), set(found)
    return len(planted & there), sorted(planted - there)


def table(outcomes: Iterable[Outcome], left_out: Iterable[str]) -> str:
    """Return what was done as lines to read, what was found below each."""
    lines = [f"{'step':<12} {'findings':>8}  {'controls':<12} tried"]
    for one in outcomes:
        planted = one.controls + len(one.missed)
        found = f"{one.controls} of {planted}" if planted else "none needed"
        lines.append(f"{one.step:<12} {len(one.findings):>8}  {found:<12} {one.tried}")
        lines += [f"    FOUND {said}" for said in one.findings]
        lines += [f"    MISSED in the control: {said}" for said in one.missed]
    lines += [f"{step:<12} left out" for step in left_out]
    return "\n".join(lines)

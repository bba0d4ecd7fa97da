"""Attack the program, on this machine alone, and say what was found.

    ./run attack [STEP …] [--without STEP …] [--seconds 30]

Each scanner is shown planted holes as well: one that it does not find counts as much as one that
it finds in the program. docs/security.md tells what each step tries.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from attack import alone, steps
from attack.outcome import Outcome, ToolMissing, table

STEPS: Mapping[str, Callable[[steps.Ground], Outcome]] = {
    "tests": steps.tests,
    "code": steps.code,
    "deployment": steps.deployment,
    "fuzz": steps.fuzz,
    "probes": steps.by_hand,
    "api": steps.api,
    "wapiti": steps.wapiti,
    "sqlmap": steps.sqlmap,
    "slow": steps.slow,
    "logins": steps.logins,
    "logs": steps.logs,
}
_FUZZ_SECONDS = 30


def main() -> int:
    wanted = argparse.ArgumentParser(
        prog="./run attack", description=str(__doc__).partition("\n")[0]
    )
    wanted.add_argument("step", nargs="*", choices=[*STEPS, []], metavar="STEP")
    wanted.add_argument("--without", nargs="+", choices=STEPS, default=[], metavar="STEP")
    wanted.add_argument("--seconds", type=int, default=_FUZZ_SECONDS, help="of each fuzzed parser")
    given = wanted.parse_args()
    names = [name for name in given.step or STEPS if name not in given.without]
    is_alone = alone.go()
    if is_alone and not alone.is_counted():
        sys.exit("A call to the outside is not noticed here: nothing is attacked.")
    # Whoever ends this ends all that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    outcomes: list[Outcome] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="nd-attack-") as folder,
            steps.Ground(Path(folder), given.seconds) as ground,
        ):
            for name in names:
                print(f"--- {name}", file=sys.stderr, flush=True)
                begun, before = time.monotonic(), alone.calls()
                done = _done(name, ground)
                calls = alone.calls() - before if is_alone else None
                outcomes.append(counted(done, calls))
                _tell(time.monotonic() - begun, calls)
    finally:
        # Also of what was stopped in the middle: what was done until then.
        ended = {one.step for one in outcomes}
        print(table(outcomes, [name for name in STEPS if name not in ended]))
    return 0 if all(one.is_well for one in outcomes) else 1


def _done(name: str, ground: steps.Ground) -> Outcome:
    try:
        return STEPS[name](ground)
    except ToolMissing as missing:
        return Outcome(name, "nothing", [f"a tool is missing: {missing}"], 0, [])
    except RuntimeError as failed:
        return Outcome(name, "not to the end", [str(failed)], 0, [])


def counted(done: Outcome, calls: int | None) -> Outcome:
    """Add to what was found that somebody called outside: the house, or who attacks it."""
    told = [f"{calls} calls to the outside"] if calls else []
    return done._replace(findings=[*done.findings, *told])


def _tell(seconds: float, calls: int | None) -> None:
    said = "not counted: no network of its own" if calls is None else str(calls)
    print(f"    {seconds:.0f} s; calls to the outside: {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

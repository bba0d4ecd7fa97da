"""How many tasks are done at once, and who goes when memory is short."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT
from worker_jobs.memory import allowed, runners

MB = 1 << 20


def group(folder: Path, file: str, content: object) -> None:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(f"{content}\n")


@pytest.mark.parametrize(
    ("own", "file"),
    [
        ("0::/house/worker\n", "house/worker/memory.max"),
        ("0::/\n", "memory.max"),
        ("9:cpu:/x\n4:memory:/worker\n0::/\n", "memory/worker/memory.limit_in_bytes"),
    ],
)
def test_what_a_group_may_take_is_read_in_either_version(
    tmp_path: Path, own: str, file: str
) -> None:
    told = tmp_path / "told"
    told.write_text(own)
    group(tmp_path, file, 300 * MB)

    assert allowed(tmp_path, told) == 300 * MB
    assert runners(tmp_path, told) == 2


@pytest.mark.parametrize("limit", ["max", 2**63 - 4096, "", "what?"])
def test_a_group_without_a_limit_is_none(tmp_path: Path, limit: object) -> None:
    told = tmp_path / "told"
    told.write_text("0::/worker\n")
    group(tmp_path, "worker/memory.max", limit)

    assert allowed(tmp_path, told) > 1 << 50
    assert allowed(tmp_path, tmp_path / "nothing") == math.inf


def test_a_worker_goes_before_the_pages() -> None:
    program = (
        "from worker_jobs.memory import go_first; go_first(); go_first();"
        "print(open('/proc/self/oom_score_adj').read())"
    )
    command = [sys.executable, "-c", program]
    score = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert int(score) == 500

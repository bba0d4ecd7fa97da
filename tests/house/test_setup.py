"""How ./run sets up, over a Python that only writes down what it is asked for."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

# Stands in for the system's Python and, copied by "venv", for the one in .venv.
_PYTHON = r"""#!/bin/sh
echo "$0 $*" >>"$ASKED"
case "$*" in
-V) echo "Python ${FAKE_VERSION:-3.11.9}" ;;
*"version_info < "*) [ -z "${FAKE_OLD-}" ] ;;
*"venv, ensurepip"*) [ -z "${FAKE_NO_VENV-}" ] ;;
*maxsize*) [ -n "${FAKE_32_BIT-}" ] ;;
*find_spec*) [ -x "$0" ] ;;
*"bench.broken"*) exit 1 ;;
"-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-m pip install"*) [ -z "${FAKE_SLOW-}" ] || sleep 5; [ -z "${FAKE_OFFLINE-}" ] ;;
esac
"""


class Setup:
    """A bare house, and what its Python was asked for."""

    def __init__(self, house: Path, programs: Path) -> None:
        self.house, self._programs = house, programs
        self._asked = programs / "asked"
        python = programs / "python3"
        python.write_text(_PYTHON)
        python.chmod(0o755)

    def environment(self, **said: str) -> Mapping[str, str]:
        path = f"{self._programs}:/usr/bin:/bin"
        return {"PATH": path, "ASKED": str(self._asked), **said}

    def run(self, command: str = "doctor", **said: str) -> subprocess.CompletedProcess[str]:
        self._asked.write_text("")
        return subprocess.run(
            [self.house / "run", command],
            env=self.environment(**said),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def installs(self) -> list[str]:
        return [line for line in self._asked.read_text().splitlines() if "pip install" in line]

    def measured(self) -> list[str]:
        return re.findall(r"-m (bench\.\w+)", self._asked.read_text())

    def is_stamped(self) -> bool:
        return (self.house / ".venv/requirements.txt.stamp").exists()


@pytest.fixture
def setup(bare_house: Path, tmp_path: Path) -> Setup:
    programs = tmp_path / "programs"
    programs.mkdir()
    return Setup(bare_house, programs)


def test_the_first_time_it_installs_by_hash_and_the_second_it_does_not(setup: Setup) -> None:
    first = setup.run()

    assert (first.returncode, first.stdout) == (0, "")
    assert first.stderr.startswith("Setting up")
    (install,) = setup.installs()
    assert "--require-hashes --only-binary :all:" in install
    assert install.endswith("/a house/requirements.txt")

    second = setup.run()

    assert (second.returncode, second.stderr, setup.installs()) == (0, "", [])


def test_other_pins_or_another_python_set_up_anew(setup: Setup) -> None:
    setup.run()
    with (setup.house / "requirements.txt").open("a") as file:
        file.write("one-more==1.0\n")
    setup.run()
    assert len(setup.installs()) == 1

    setup.run(FAKE_VERSION="3.13.1")
    assert len(setup.installs()) == 1


def test_without_network_it_says_so_and_tries_again_next_time(setup: Setup) -> None:
    failed = setup.run(FAKE_OFFLINE="1")

    assert failed.returncode == 1
    assert "The packages could not be installed" in failed.stderr
    assert not setup.is_stamped()

    assert setup.run().returncode == 0
    assert len(setup.installs()) == 1


def test_an_interrupted_one_is_done_again(setup: Setup) -> None:
    running = subprocess.Popen(
        [setup.house / "run", "doctor"],
        env=setup.environment(FAKE_SLOW="1"),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 90
    while not (setup.house / ".venv/bin/python").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not setup.is_stamped()

    assert setup.run().returncode == 0
    assert len(setup.installs()) == 1


def test_two_starts_at_once_install_once(setup: Setup) -> None:
    both = [
        subprocess.Popen(
            [setup.house / "run", "doctor"], env=setup.environment(), stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]

    assert [one.wait(timeout=120) for one in both] == [0, 0]
    assert len(setup.installs()) == 1


def test_a_32_bit_system_installs_without_hashes(setup: Setup) -> None:
    assert setup.run(FAKE_32_BIT="1").returncode == 0

    (install,) = setup.installs()
    assert "--require-hashes" not in install
    asked = (setup.house / ".venv/unlocked.txt").read_text()
    assert "pillow==" in asked.lower()
    assert not any(odd in asked for odd in ("--hash", "\\", "psycopg-binary"))


def test_uv_is_taken_where_it_is(setup: Setup) -> None:
    uv = setup.house.parent / "programs/uv"
    uv.write_text('#!/bin/sh\necho "uv $*" >>"$ASKED"\n')
    uv.chmod(0o755)

    assert setup.run().returncode == 0

    (install,) = setup.installs()
    assert install.startswith("uv pip install")
    assert "--require-hashes" in install


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("FAKE_OLD", "Needledrop needs Python 3.11 or newer: sudo apt install -y python3"),
        ("FAKE_NO_VENV", "Needledrop needs Python's venv module: sudo apt install -y python3-venv"),
    ],
)
def test_what_the_system_lacks_is_named(setup: Setup, fault: str, sentence: str) -> None:
    # Whatever else is installed here must not help out.
    for version in ("3.14", "3.13", "3.12", "3.11"):
        (setup.house.parent / f"programs/python{version}").symlink_to("python3")

    failed = setup.run(**{fault: "1"})

    assert failed.returncode == 1
    assert sentence in failed.stderr
    assert not (setup.house / ".venv").exists()


def test_what_cannot_be_measured_does_not_keep_the_rest_from_it(setup: Setup) -> None:
    bench = setup.house / "bench"
    bench.mkdir()
    for name in ("broken", "whole"):
        (bench / f"{name}.py").write_text('if __name__ == "__main__":\n    pass\n')

    done = setup.run("bench")

    assert setup.measured() == ["bench.broken", "bench.whole"]
    assert done.returncode == 1
    assert done.stderr.endswith("Not measured, for the reasons above: broken\n")

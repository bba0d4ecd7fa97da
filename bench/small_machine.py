"""A machine smaller than this one: its memory and its processor are the kernel's to give out.

It is a control group, of either version. What the kernel keeps of files for what runs in it counts
as its memory as well, and is what goes first. Only root can make one.
"""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

_ROOT = Path("/sys/fs/cgroup")
_LOG = Path("/dev/kmsg")
_PERIOD = 100_000  # microseconds
_KILLED = re.compile(r"oom-kill:.*?oom_memcg=([^,]*),.*?\bpid=(\d+)")
_RECORD = 8192  # bytes, the longest that the kernel's log hands out
_JOIN = 'for each in $GROUPS_TO_JOIN; do echo $$ > "$each/cgroup.procs"; done; exec "$@"'


class NoMachine(Exception):
    """This user may not make one here."""


class SmallMachine:
    """Gone at the end of `with`, with everything that runs on it.

    `command` is what a command is put behind that is to run there, with `environment`.
    """

    def __init__(self, memory_mb: int, processors: float) -> None:
        name = f"needledrop-{os.getpid()}"
        self._is_v1 = (_ROOT / "memory" / "memory.limit_in_bytes").exists()
        parents = ["memory", "cpu"] if self._is_v1 else ["."]
        self._groups = [_ROOT / parent / name for parent in parents]
        self._limits = (memory_mb << 20, int(processors * _PERIOD))
        self._log: int | None = None
        self._names: dict[int, str] = {}
        self.peak_pss_mb = 0.0
        self.command = ["sh", "-c", _JOIN, "sh"]
        self.environment = {"GROUPS_TO_JOIN": " ".join(map(str, self._groups))}

    def __enter__(self) -> Self:
        memory, quota = self._limits
        try:
            for group in self._groups:
                group.mkdir()
            if self._is_v1:
                self._say("memory.limit_in_bytes", memory)
                self._say("cpu.cfs_period_us", _PERIOD)
                self._say("cpu.cfs_quota_us", quota)
            else:
                self._say("memory.max", memory)
                self._say("cpu.max", f"{quota} {_PERIOD}")
        except OSError as error:
            self._remove()
            raise NoMachine from error
        self._swap_off()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        until = time.monotonic() + 10
        while self.pids() and time.monotonic() < until:
            for pid in self.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self._remove()
        if self._log is not None:
            os.close(self._log)

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self._groups[0] / "cgroup.procs").read_text().split()]

    def look(self) -> dict[int, str]:
        """Note what runs there and how much memory that takes; return the names of it."""
        pss, found = 0, {}
        for pid in self.pids():
            with suppress(OSError):
                found[pid] = _called(pid)
                pss += _kilobytes(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss")
        # Who is ending has no name any more.
        self._names |= {pid: name for pid, name in found.items() if name}
        self.peak_pss_mb = max(self.peak_pss_mb, pss / 1024)
        return found

    def peak_mb(self) -> float:
        """Return the most memory that it gave out, files included."""
        file = "memory.max_usage_in_bytes" if self._is_v1 else "memory.peak"
        return int((self._groups[0] / file).read_text()) / (1 << 20)

    def kills(self) -> int:
        """Return how many processes ended since there was no memory left."""
        file = "memory.oom_control" if self._is_v1 else "memory.events"
        said = dict(line.split() for line in (self._groups[0] / file).read_text().splitlines())
        return int(said["oom_kill"])

    def killed(self) -> list[str]:
        """Return their names, since it was asked last, as far as the kernel's log has them."""
        found = []
        while self._log is not None:
            try:
                line = os.read(self._log, _RECORD).decode(errors="replace")
            except BlockingIOError:
                break
            except BrokenPipeError:
                continue  # some of it is gone already
            told = _KILLED.search(line)
            if told and told[1].endswith(self._groups[0].name):
                found.append(self._names.get(int(told[2]), "something that lived shortly"))
        return found

    def _say(self, file: str, what: object) -> None:
        group = self._groups[-1 if file.startswith("cpu.") else 0]
        (group / file).write_text(str(what))

    def _swap_off(self) -> None:
        with suppress(OSError):  # a kernel without swap has no such file
            self._say(*(("memory.swappiness", 0) if self._is_v1 else ("memory.swap.max", 0)))

    def _listen(self) -> None:
        with suppress(OSError):  # some houses keep it to themselves
            self._log = os.open(_LOG, os.O_RDONLY | os.O_NONBLOCK)
            os.lseek(self._log, 0, os.SEEK_END)

    def _remove(self) -> None:
        for group in self._groups:
            with suppress(FileNotFoundError):
                group.rmdir()


def _called(pid: int) -> str:
    """Return which part of the program a process is: its script, and whether a part started it."""
    words = _words(pid)
    script = next((Path(word).stem for word in words if word.endswith(".py")), words[0])
    parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    with suppress(OSError):
        if (
            Path(f"/proc/{parent}/cmdline").read_bytes().decode(errors="replace").split("\0")
            == words
        ):
            return f"a runner of the {script}"
    return script


def _words(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def _kilobytes(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name}:"))

"""What may be on the disk after the power fails: a recorded run, cut anywhere, replayed.

The model is ext4 with ordered data. The contents of a file are safe after its own
sync and not before; the names of files reach the disk in order, and a sync of
anything takes all that were on their way with it. What was not safe may be there,
or not, or half, in sectors of 512 bytes.
"""

import random
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
_CALLS = "openat,write,pwrite64,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,renameat,renameat2"
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_TARGET = re.compile(r"\w+\(\d+<([^>]*)>")
_LAST_NUMBER = re.compile(r", (\d+)\)\s*=")


class Step(NamedTuple):
    """One thing that happened: to the file of a number, or to a name, or an acknowledgement."""

    kind: str  # create write truncate rename unlink sync ack
    file: int = 0
    name: str = ""
    other: str = ""
    at: int = 0
    data: bytes = b""


def record(command: Sequence[str], environment: dict[str, str], folder: Path, log: Path) -> None:
    """Run a command and write down its system calls, those of all its children too."""
    strace = ["strace", "-f", "-y", "-xx", "-s", "100000", "-e", f"trace={_CALLS}", "-o", str(log)]
    subprocess.run(
        [*strace, *command],
        env=environment,
        cwd=Path.cwd(),
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    assert folder.is_dir()


def steps(log: Path, folder: Path, known: Iterable[str]) -> list[Step]:
    """Return what was done in `folder`; files that are `known` were there before."""
    return list(_Reader(folder, known).read(log))


def _whole(log: Path) -> Iterator[str]:
    """Join the calls that were interrupted by another process's."""
    begun: dict[str, str] = {}
    with log.open(errors="replace") as lines:
        for line in lines:
            pid, _, call = line.rstrip("\n").partition(" ")
            call = call.strip()
            if call.endswith(" <unfinished ...>"):
                begun[pid] = call.removesuffix(" <unfinished ...>")
            elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
                yield begun.pop(pid, "") + resumed[1]
            else:
                yield call


class _Reader:
    def __init__(self, folder: Path, known: Iterable[str]) -> None:
        self._folder = str(folder)
        self._numbers = {name: number for number, name in enumerate(known, start=1)}
        self._ends: dict[int, int] = defaultdict(int)

    def read(self, log: Path) -> Iterator[Step]:
        for call in _whole(log):
            if " = -1 " not in call:
                yield from self._steps(call.partition("(")[0], call)

    def _steps(self, name: str, call: str) -> Iterator[Step]:
        if name == "openat":
            yield from self._opened(call)
        elif name.startswith(("unlink", "rename")):
            yield from self._named(name, call)
        elif target := _TARGET.match(call):
            yield from self._written(name, call, _decoded(target[1]))

    def _is_ours(self, path: str) -> bool:
        # The shared memory file is made anew after a crash; sockets and locks hold nothing.
        return path.startswith(f"{self._folder}/") and not path.endswith(("-shm", ".lock"))

    def _opened(self, call: str) -> Iterator[Step]:
        path = _strings(call)[0]
        if not self._is_ours(path) or "O_DIRECTORY" in call:
            return
        if path not in self._numbers and "O_CREAT" in call:
            self._numbers[path] = len(self._numbers) + 1_000
            yield Step("create", self._numbers[path], path)
        elif path in self._numbers and "O_TRUNC" in call:
            yield Step("truncate", self._numbers[path])
            self._ends[self._numbers[path]] = 0

    def _named(self, name: str, call: str) -> Iterator[Step]:
        paths = _strings(call)
        if paths[0] not in self._numbers:
            return
        number = self._numbers.pop(paths[0])
        if name.startswith("unlink"):
            yield Step("unlink", number, paths[0])
        else:
            self._numbers[paths[1]] = number
            yield Step("rename", number, paths[0], paths[1])

    def _written(self, name: str, call: str, path: str) -> Iterator[Step]:
        if name == "write" and call.startswith("write(2<"):
            said = _bytes(_STRING.findall(call)[0])
            if said.startswith(b"ACK "):
                yield Step("ack", name=said.decode().strip())
        elif name in ("fsync", "fdatasync"):
            if path.startswith(self._folder):
                yield Step("sync", self._numbers.get(path, 0))
        elif path in self._numbers:
            yield self._change(name, call, self._numbers[path])

    def _change(self, name: str, call: str, number: int) -> Step:
        if name == "ftruncate":
            length = int(_LAST_NUMBER.findall(call)[-1])
            self._ends[number] = length
            return Step("truncate", number, at=length)
        data = _bytes(_STRING.findall(call)[0])
        at = int(_LAST_NUMBER.findall(call)[-1]) if name == "pwrite64" else self._ends[number]
        self._ends[number] = max(self._ends[number], at + len(data))
        return Step("write", number, at=at, data=data)


def _strings(call: str) -> list[str]:
    return [_bytes(found).decode(errors="replace") for found in _STRING.findall(call)]


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _decoded(path: str) -> str:
    plain = _bytes(path).decode(errors="replace") if path.startswith("\\x") else path
    return plain.removesuffix(" (deleted)")


def cuts(
    before: dict[str, bytes],
    done: Sequence[Step],
    states: int,
    chance: random.Random,
    *,
    least: int = 1,
) -> Iterator["Disk"]:
    """Give the disk after each of so many power cuts, the earliest first.

    Args:
        before: the files that were there.
        done: what happened until the run was over.
        states: how many cuts.
        chance: what decides on the moments and on what was on its way.
        least: how many steps were always done.
    """
    disk, at = Disk(before), 0
    for point in sorted(chance.randint(least, len(done)) for _ in range(states)):
        for step in done[at:point]:
            disk.do(step)
        at = point
        failed = disk.copy()
        failed.fail(chance)
        yield failed


class Disk:
    """What has reached it, and what is on its way."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.names = {name: number for number, name in enumerate(files, start=1)}
        self.contents = {self.names[name]: bytearray(data) for name, data in files.items()}
        self.acknowledged: set[str] = set()
        self._waiting: dict[int, list[Step]] = defaultdict(list)
        self._journal: list[Step] = []

    def copy(self) -> "Disk":
        made = Disk({})
        made.names = dict(self.names)
        made.contents = {number: bytearray(data) for number, data in self.contents.items()}
        made.acknowledged = set(self.acknowledged)
        made._waiting.update((file, list(changes)) for file, changes in self._waiting.items())
        made._journal = list(self._journal)
        return made

    def do(self, step: Step) -> None:
        if step.kind in ("write", "truncate"):
            self._waiting[step.file].append(step)
        elif step.kind == "ack":
            self.acknowledged.add(step.name)
        elif step.kind == "sync":
            self._commit(len(self._journal))
            for change in self._waiting.pop(step.file, []):
                self._change(change)
        else:
            self._journal.append(step)

    def fail(self, chance: random.Random) -> None:
        """Decide the fate of all that was on its way."""
        mode = chance.choice(("none", "all", "some", "torn"))
        some = chance.randint(0, len(self._journal))
        self._commit({"none": 0, "all": len(self._journal)}.get(mode, some))
        for changes in self._waiting.values():
            for change in changes:
                if mode == "all" or (mode != "none" and chance.random() < 0.5):
                    self._change(_torn(change, chance) if mode == "torn" else change)

    def _commit(self, count: int) -> None:
        for step in self._journal[:count]:
            if step.kind == "create":
                self.names[step.name] = step.file
            elif step.kind == "unlink":
                self.names.pop(step.name, None)
            elif step.name in self.names:
                self.names[step.other] = self.names.pop(step.name)
        del self._journal[:count]

    def _change(self, step: Step) -> None:
        content = self.contents.setdefault(step.file, bytearray())
        if step.kind == "truncate":
            del content[step.at :]
            content.extend(b"\0" * (step.at - len(content)))
            return
        content.extend(b"\0" * (step.at + len(step.data) - len(content)))
        content[step.at : step.at + len(step.data)] = step.data

    def write_out(self, recorded: Path, folder: Path) -> None:
        for name, number in self.names.items():
            target = folder / Path(name).relative_to(recorded)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.contents.get(number, b""))


def _torn(step: Step, chance: random.Random) -> Step:
    if step.kind != "write" or len(step.data) <= SECTOR:
        return step
    kept = SECTOR * chance.randrange(len(step.data) // SECTOR + 1)
    return step._replace(data=step.data[:kept])

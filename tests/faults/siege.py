"""A household whose worker has little memory, whose pages take whatever is brought."""

import io
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image, ImageChops
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from core import clock
from core.settings import Settings
from database import mosaics, tasks, wake
from database.film_posters import own_path
from database.models import Base, Film, FilmSource, MosaicFilm, Person, Task
from database.owner import HOUSE
from tests import factories
from tests.faults.house import House, Process, runners, wait
from tests.web.conftest import Visitor, house, member
from webapp.limits import limiter
from worker_jobs.loop import BROKE

MB = 1 << 20
# What the worker and its runners may take together. It is measured; the kernel counts, for
# each process, addresses instead, and among those also what only stands ready: as many as a
# runner allows itself on the smallest machine.
MEMORY_MB = 300
ADDRESSES_MB = 390
LIMITED = ["sh", "-c", f'ulimit -v {ADDRESSES_MB * 1024}; exec "$@"', "sh"]
GOOD = "dave"
_JSON = {"Accept": "application/json"}
_SAMPLE_SECONDS = 0.05
# What the queue itself keeps of a task, and the browsers that asked.
_QUEUE = {"tasks", "task_events", "results", "workers", "schedules", "sessions", "login_failures"}


class Memory(threading.Thread):
    """Watches what a worker and its runners take: each at its peak, and all of them at once."""

    def __init__(self, worker: Process) -> None:
        super().__init__(daemon=True)
        self._worker, self._ends = worker, threading.Event()
        self.peaks: dict[int, int] = {}
        self.together = 0

    def run(self) -> None:
        while not self._ends.wait(_SAMPLE_SECONDS):
            pids = [self._worker.pid, *runners(self._worker)]
            for pid in pids:
                self.peaks[pid] = max(self.peaks.get(pid, 0), _bytes(pid, "status", "VmHWM:"))
            shares = sum(_bytes(pid, "smaps_rollup", "Pss:") for pid in pids)
            self.together = max(self.together, shares)

    def end(self) -> None:
        self._ends.set()
        self.join()


def _bytes(pid: int, file: str, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


class Siege:
    """The real pages and the real worker over one data folder."""

    def __init__(self, app: Flask, settings: Settings, log: Path, letterboxd: str) -> None:
        self.settings, self.data = settings, settings.data
        self.member, self.guest = member(app, "alice"), Visitor(app.test_client())
        self.house = House(
            house(app).db,
            settings.data,
            log,
            letterboxd_url=letterboxd,
            letterboxd_image_url=letterboxd,
        )
        (self.data / "tmp").mkdir()
        self.house.environment["TMPDIR"] = str(self.data / "tmp")
        self._tokens = {id(one): one.token("/") for one in (self.member, self.guest)}
        self.worker = self.house.start("quick,long", program="worker", before=LIMITED)
        self.memory = Memory(self.worker)
        self.memory.start()

    def end(self) -> None:
        self.memory.end()
        self.house.stop()

    def ask(self, address: str, visitor: Visitor | None = None, **typed: Any) -> Any:
        """Send a form as its page would; return the answer."""
        limiter.reset()
        who = visitor or self.member
        # Encoded here: the client's own way leaves a temporary file open.
        boundary, body = encode_multipart({"csrf_token": self._tokens[id(who)], **typed})
        kind = f"multipart/form-data; boundary={boundary}"
        return who.post(address, data=body, content_type=kind, headers=_JSON)

    def order(self, name: str) -> int:
        """Order a mosaic of somebody's feed; return its task."""
        wanted = {"letterboxd_username": name, "period": "month", "scale": "1"}
        return self._task(self.ask("/mosaics", self.member, **wanted))

    def bring(self, content: bytes, name: str) -> int:
        """Bring an export into the collection."""
        return self._task(self.ask("/films/import", export=FileStorage(io.BytesIO(content), name)))

    def film(self) -> int:
        """Have the member watch a film; return its id."""
        with self.house.db.writing() as session:
            own = factories.source(session, session.get_one(Person, self.member.id))
            seen = factories.film(session)
            factories.viewing(session, seen, own)
            return seen.id

    def hang(self, film_id: int, content: bytes, name: str) -> int:
        """Bring a picture as the poster of a film; return its task."""
        poster = FileStorage(io.BytesIO(content), name)
        return self._task(self.ask(f"/films/{film_id}/poster", poster=poster))

    def rebuild(self, content: bytes, name: str, **how: Any) -> int:
        """Order a picture made of the posters in a feed, after one that is sent."""
        wanted: dict[str, Any] = {"letterboxd_username": GOOD, "period": "month", **how}
        target = FileStorage(io.BytesIO(content), name)
        wanted |= {"of": "feed", "layout": "photo", "target_picture": target}
        return self._task(self.ask("/mosaics", self.member, **wanted))

    def own_poster(self, film_id: int) -> Path | None:
        """Return the file of the poster that was brought for a film."""
        with self.house.db.reading() as session:
            sha256 = session.get_one(Film, film_id).poster_sha256
        return own_path(self.settings.own_posters, sha256) if sha256 else None

    def order_of(self, content: bytes, name: str) -> int:
        """Order a mosaic of an export, as a guest."""
        wanted = {"of": "export", "period": "all", "scale": "1"}
        file = FileStorage(io.BytesIO(content), name)
        return self._task(self.ask("/mosaics", self.guest, export=file, **wanted))

    def _task(self, answer: Any) -> int:
        assert answer.status_code == 202, answer.text
        with self.house.db.reading() as session:
            return tasks.get(session, answer.json["task"], HOUSE).id

    def ended(self, task_id: int) -> Task:
        """Return the task once it has ended for good; a wait between two tries is cut short."""
        wait(lambda: self._has_ended(task_id), 60, f"task {task_id} to end")
        # The file that was brought goes right after the task.
        wait(lambda: not any(self.settings.uploads.iterdir()), 5, "the upload to be removed")
        return self.house.task(task_id)

    def _has_ended(self, task_id: int) -> bool:
        task = self.house.task(task_id)
        if task.is_retrying and task.run_at > clock.now():
            with self.house.db.writing() as session:
                due = update(Task).where(Task.id == task_id, Task.status == "WAITING")
                session.execute(due.values(run_at=clock.now(), sort_key=clock.now()))
                session.execute(update(FilmSource).values(not_before=None))
                wake.for_certain(session)
        return task.finished_at is not None

    def result(self, task: Task) -> dict[str, Any]:
        with self.house.db.reading() as session:
            return tasks.result(session, task.id) or {}

    def kept(self, but: Collection[str] = ()) -> tuple[dict[str, int], set[str]]:
        """Count the rows of each table that the queue does not need, and name the files."""
        with self.house.db.reading() as session:
            rows = {
                name: session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Base.metadata.tables.items()
                if name not in _QUEUE and name not in but
            }
        return rows, {str(path.relative_to(self.data)) for path in self._files()}

    def _files(self) -> list[Path]:
        found = [path for path in self.data.rglob("*") if path.is_file()]
        return [
            path
            for path in found
            if path.parent != self.settings.running and ".sqlite3" not in path.name
        ]

    def tasks(self) -> int:
        with self.house.db.reading() as session:
            return session.scalar(select(func.count()).select_from(Task)) or 0

    def titles(self) -> set[str]:
        with self.house.db.reading() as session:
            return set(session.scalars(select(Film.title)))

    def has_poster(self, task: Task) -> dict[str, bool]:
        """Tell of each film in the mosaic that a task made whether it shows its poster."""
        with self.house.db.reading() as session:
            mosaic = mosaics.get(session, self.result(task)["mosaic"], HOUSE)
            query = select(MosaicFilm.title, MosaicFilm.has_poster)
            rows = session.execute(query.where(MosaicFilm.mosaic_id == mosaic.id)).all()
        return {row.title: row.has_poster for row in rows}

    def picture(self, task: Task) -> Path:
        with self.house.db.reading() as session:
            mosaic = mosaics.get(session, self.result(task)["mosaic"], HOUSE)
        return self.settings.pictures / str(mosaic.file)

    def red_share(self, task: Task) -> float:
        """Return how much of the picture that a task made is red, from 0 to 1."""
        with Image.open(self.picture(task)) as picture:
            red, green, _ = picture.convert("RGB").split()
        is_red = ImageChops.subtract(red, green).point(lambda value: 255 * (value > 200))
        return is_red.histogram()[255] / (red.width * red.height)

    def goes_on(self) -> None:
        """See that the worker is the same, has kept within its memory and does the next task."""
        assert self.worker.poll() is None
        done = self.ended(self.order(GOOD))
        assert (done.status, done.attempt, done.error_msg) == ("COMPLETE", 1, None)
        assert "a runner died" not in self.house.said()
        peak = max(self.memory.peaks.values(), default=0)
        assert 0 < peak < MEMORY_MB * MB
        assert self.memory.together < MEMORY_MB * MB, f"{self.memory.together // MB} MB together"


def is_told(task: Task, sentence: str) -> None:
    """See that a task failed for that reason and no other, at its first try or its last."""
    assert task.status == "ERROR"
    assert task.error_msg and sentence in task.error_msg, task.error_msg
    assert task.error_msg != BROKE and task.error_msg.endswith(".")
    assert task.crashes == 0

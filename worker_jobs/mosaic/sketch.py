"""What a picture will be from afar, shown on its task's page while the picture is built."""

from pathlib import Path

from PIL import Image

from core.room import full_disk_told
from core.settings import Settings
from database import mosaics
from worker_jobs.run import Run

_WIDEST, _HIGHEST = 960, 1440


def show(run: Run, image: Image.Image, shape: float) -> None:
    """Keep a sketch of that width by height where the page finds it. Not synced: it goes again."""
    width = min(_WIDEST, round(_HIGHEST * shape))
    small = image.resize((max(1, width), max(1, round(width / shape))), Image.Resampling.BICUBIC)
    path = _path(run.settings, run)
    unfinished = path.with_name(f"{path.name}.part")
    with full_disk_told():
        try:
            small.save(unfinished, "JPEG", quality=80)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)


def drop(run: Run) -> None:
    _path(run.settings, run).unlink(missing_ok=True)


def _path(settings: Settings, run: Run) -> Path:
    return settings.pictures / mosaics.sketch_of(run.task.public_id, run.task.attempt)

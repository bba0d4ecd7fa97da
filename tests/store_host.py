"""A host that shares a store with others, and no folder."""

from pathlib import Path

from clients.s3 import S3
from core.folders import make
from core.settings import Settings
from core.store import Store

_SECONDS = 60.0


class Host:
    """One that has a folder of data of its own."""

    def __init__(self, data: Path, **said: str) -> None:
        self.settings = Settings.model_validate({"data": data, **said})
        make(self.settings)
        self.store: Store = S3(self.settings, _SECONDS)

    def path(self, name: str) -> Path:
        return self.settings.data / name

    def write(self, name: str, content: bytes) -> Path:
        """Keep a file as a worker does: whole, then in the store, then with its name."""
        path = self.path(name)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        self.store.keep(path, part)
        part.rename(path)
        return path

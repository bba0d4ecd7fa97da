"""A crate to try without a dump: some hundred records, as a dump of their own beside this module.

`tools/sample_dump.py` makes the file. Its videos are made up.
"""

from pathlib import Path

from sqlalchemy.orm import Session

from core.crate_rows import ALL
from core.dump_files import RELEASES
from database import dumps
from database.dumps import Wanted
from database.owner import Owner
from database.tasks import Enqueued

# Older than any dump: each of them takes its place.
VERSION = "20000101"
FILE = Path(__file__).with_name("crate_sample.xml.gz")


def ask(session: Session, owner: Owner) -> Enqueued:
    """Put in the task that makes a crate of it."""
    wanted = Wanted(scope=ALL)
    files = {RELEASES: str(FILE)}
    return dumps.ask_import(session, owner, files=files, version=VERSION, wanted=wanted)

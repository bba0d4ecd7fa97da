"""The rehearsal: a house is backed up while it runs, wiped, restored, and is as it was."""

import re
import shutil
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.house.test_run import House, command, start

__all__ = ["start"]
pytestmark = pytest.mark.slow

PASSWORD = "a password of a test"


def test_a_house_that_was_wiped_is_restored_and_lets_its_people_in(
    house: Path, start: Callable[..., House], tmp_path: Path
) -> None:
    running = start(house)
    running.wait_until_up("/readyz")
    added = command(house, "user", "add", "Maya", "--admin", "--password-stdin", cwd=tmp_path,
                    said=f"{PASSWORD}\n")  # fmt: skip
    assert added.returncode == 0, added.stderr
    made = command(house, "backup", "--to", str(tmp_path), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    too_soon = command(house, "restore", "newest", cwd=tmp_path)
    running.process.terminate()
    assert running.ended() == 0
    shutil.rmtree(house / "data")

    (backup,) = tmp_path.glob("needledrop-*.tar")
    done = command(house, "restore", backup.name, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "The house is as it was on" in done.stdout
    assert too_soon.returncode == 1 and "Error: " in too_soon.stderr
    again = start(house)
    again.wait_until_up("/readyz")
    assert "/setup?code=" not in again.said
    assert "Maya" in _logged_in(again, "Maya")


def test_a_damaged_house_says_so_and_is_restored_while_it_stands_there(
    house: Path, start: Callable[..., House], tmp_path: Path
) -> None:
    """Nobody has to stop anything: both processes have let the database go, and begin anew."""
    running = start(house)
    running.wait_until_up("/readyz")
    assert command(house, "backup", cwd=tmp_path).returncode == 0
    running.process.terminate()
    running.ended()
    (house / "data/needledrop.sqlite3").write_bytes(b"no database any more " * 500)

    again = start(house)
    again.wait_until_up("/healthz")
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(f"http://127.0.0.1:{again.port}/login", timeout=5)
    page = caught.value.read().decode()
    caught.value.close()
    done = command(house, "restore", "newest", cwd=tmp_path)

    assert caught.value.code == 503 and "./run restore needledrop-" in page
    assert done.returncode == 0, done.stderr
    again.wait_until_up("/readyz")
    assert list((house / "data").glob("before-restore-*/damaged"))
    assert "Traceback" not in again.said


def _logged_in(running: House, name: str) -> str:
    """Log in as a browser does; return the page of the account."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    base = f"http://127.0.0.1:{running.port}"
    with opener.open(f"{base}/login") as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token
    typed = {"csrf_token": token[1], "username": name, "password": PASSWORD}
    asked = urllib.request.Request(
        f"{base}/login", data=urlencode(typed).encode(), headers={"Origin": base}
    )
    opener.open(asked).close()
    with opener.open(f"{base}/account") as answer:
        shown: str = answer.read().decode()
    return shown

"""Secrets where none belong: keys in the files of the repository, tokens in what a house logs."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.settings import ROOT

_MOST_BYTES = 2 << 20
# Each with a part that no made-up example has by chance.
PATTERNS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64,}"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a Google client secret": re.compile(r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{20,}\b"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    "a secret of a service": re.compile(
        r"(?i)(?:spotify|google|tmdb|discogs)\w*(?:secret|token)\w*[\"']?\s*[:=]\s*[\"']?"
        r"(?=[a-zA-Z]*\d)[0-9a-zA-Z]{32,64}\b"
    ),
}


def in_repository() -> list[str]:
    """Return where a file that is, or would be, kept by git holds what looks like a secret."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\0")
    files = [ROOT / name for name in listed if name] or list(_files(ROOT))
    return [
        f"{what}: {file.relative_to(ROOT)}"
        for file in files
        if file.is_file() and file.stat().st_size <= _MOST_BYTES
        for what in in_text(file.read_text(errors="replace"))
    ]


def _files(folder: Path) -> Iterator[Path]:
    """Without git: all that lies there, but for what is made by running it."""
    for path in folder.iterdir():
        if not path.name.startswith((".", "__pycache__")):
            yield from _files(path) if path.is_dir() else [path]


def in_text(text: str) -> list[str]:
    return [what for what, pattern in PATTERNS.items() if pattern.search(text)]


def in_log(log: str, secrets: Iterable[tuple[str, str]]) -> list[str]:
    """Return which of these secrets, each with its name, stand in a log."""
    return [f"{name} in the log" for name, secret in secrets if secret and secret in log]


def planted() -> dict[str, str]:
    """Return a text for each pattern; put together here, so that none stands in a file."""
    letters, digits = "aB3" * 20, "0123456789" * 4
    return {
        "a private key": f"-----BEGIN PRIVATE{' KEY-----'}\n{letters}{letters}",
        "a GitHub token": f"ghp{'_'}{letters[:36]}",
        "an AWS key": f"AKI{'A'}{digits[:16]}",
        "a Google key": f"AIz{'a'}{letters[:35]}",
        "a Google client secret": f"GOCSP{'X-'}{letters[:28]}",
        "a Slack token": f"xox{'b-'}{letters[:24]}",
        "a JSON web token": f"eyJ{letters[:20]}.{'eyJ'}{letters[:20]}.{letters[:20]}",
        "a secret of a service": f"SPOTIFY_CLIENT_SECRE{'T='}{letters[:32]}",
    }

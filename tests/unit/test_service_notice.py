"""What systemd is told, over a socket like its own."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.service_notice import Notice


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The end at which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield made


def heard(line: socket.socket) -> list[str]:
    said = []
    while True:
        try:
            said.append(line.recv(100).decode())
        except BlockingIOError:
            return said


def test_each_word_arrives(line: socket.socket) -> None:
    notice = Notice()

    notice.ready()
    notice.stopping()

    assert heard(line) == ["READY=1", "STOPPING=1"]


def test_a_name_of_the_kernels_is_reached_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(b"\0needledrop-test-of-a-notice")
        line.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", "@needledrop-test-of-a-notice")

        Notice().ready()

        assert heard(line) == ["READY=1"]


@pytest.mark.parametrize(("allowed", "pings"), [("", 0), ("3600000000", 1), ("1", 3)])
def test_a_turn_is_told_as_often_as_is_wanted(
    line: socket.socket, monkeypatch: pytest.MonkeyPatch, allowed: str, pings: int
) -> None:
    if allowed:
        monkeypatch.setenv("WATCHDOG_USEC", allowed)
    notice = Notice()

    for _ in range(3):
        notice.going_round()

    assert heard(line) == ["WATCHDOG=1"] * pings


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    notice = Notice()

    notice.ready()
    notice.going_round()


def test_a_line_that_is_cut_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))

    Notice().ready()

    assert "systemd cannot be told READY=1" in caplog.text

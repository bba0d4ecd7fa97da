"""The tests of tasks, run anew over hosts: two that serve pages, three that work, one that asks."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import psycopg
from psycopg import sql

from bench.hosts import USER, Network, NoNetwork, Shared, servers
from core.settings import ROOT
from tests.conftest import missing

_WEBS, _WORKERS = 2, 3
_LOOPBACK = "127.0.0.1"


class Told(NamedTuple):
    """What came of some tests: how many there were, those that did not pass, and all that was said.

    `busy`: the bytes that each host with a program under test has sent.
    """

    number: int
    troubled: list[str]
    said: str
    busy: dict[str, int]


class Abroad:
    def __init__(self, network: Network, shared: Shared, folder: Path) -> None:
        self._network, self._shared, self._folder = network, shared, folder
        self.webs = [network.host() for _ in range(_WEBS)]
        self.workers = [network.host() for _ in range(_WORKERS)]
        self._asking = network.host()

    def test(self, tests: Sequence[str], seconds: float) -> Told:
        """Run these files below tests/, or single tests, on the servers that all hosts share."""
        report = self._folder / "report.xml"
        command = [*self._asking.command, sys.executable, "-m", "pytest", "-q", "-n0"]
        command += ["-p", "no:cacheprovider", f"--junitxml={report}", "--tb=short"]
        command += [f"--allow-hosts={_LOOPBACK},{self._network.range}", "-k", "not sqlite"]
        log = self._folder / "said"
        with log.open("wb") as out:
            done = subprocess.run(
                [*command, *(f"tests/{test}" for test in tests)],
                cwd=ROOT,
                env=self._environment(),
                timeout=seconds,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314 - ours
        troubled = [str(case.get("name")) for case in cases if len(case.findall("*"))]
        if done.returncode and not troubled:
            troubled = [f"pytest ended with {done.returncode}"]
        busy = {host.name: host.sent() for host in (*self.webs, *self.workers)}
        return Told(len(cases), troubled, log.read_text(errors="replace"), busy)

    def end_all(self) -> None:
        """Kill what a run that was too slow has left."""
        for host in (self._asking, *self.webs, *self.workers):
            host.end_all()

    def _environment(self) -> dict[str, str]:
        kept = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
        for name in [name for name in kept if name.startswith("PYTEST_")]:
            del kept[name]
        return kept | {
            "NEEDLEDROP_TEST_ALL": "1",
            "NEEDLEDROP_TEST_POSTGRESQL": self._shared.database_url.replace("://", "+psycopg://"),
            "NEEDLEDROP_TEST_REDIS": self._shared.redis_url,
            "NEEDLEDROP_TEST_WEB_HOSTS": " ".join(f"{h.name}={h.address}" for h in self.webs),
            "NEEDLEDROP_TEST_WORKER_HOSTS": " ".join(h.name for h in self.workers),
        }


@contextmanager
def abroad(folder: Path) -> Iterator[Abroad]:
    """Make the network and the servers, with a user who may do what the tests' own may."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(Network())
        except NoNetwork:
            missing("The right to make a network of namespaces")
        shared = stack.enter_context(servers(network))
        with psycopg.connect(shared.local_url, autocommit=True) as connection:
            for grant in (
                "ALTER ROLE {} CREATEDB",
                "GRANT SET ON PARAMETER session_replication_role TO {}",
            ):
                connection.execute(sql.SQL(grant).format(sql.Identifier(USER)))
        made = Abroad(network, shared, folder)
        stack.callback(made.end_all)
        yield made

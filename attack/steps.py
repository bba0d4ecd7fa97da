"""The steps: each attacks our house and the planted holes, and says what it found in which."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from attack import deployment as around
from attack import leaks, probes, rules, scanners, slowness
from attack.browsing import Browser
from attack.fuzz import PARSERS
from attack.house import House, ours, planted
from attack.outcome import Outcome, control
from attack.tools import Said, beside_python, run, scanner
from core.settings import PREFIX, ROOT

PLANTED = ROOT / "tests" / "attack" / "planted"
# What the people of a house show each other, as tests/web/test_access.py has it; and a film, of
# which each sees what is their own.
SHARED = (
    r"(?:/shelf/(?:artists/)?\d+(?:/cover\.jpg)?"
    r"|/listening/(?:\d+|(?:artists|albums|tracks|records|spin)/\d+(?:/cover(?:\.jpg)?)?)"
    r"|/listening/merge/\w+/\d+"
    r"|/crates/(?:artists|labels|masters|releases)/\d+"
    r"|/library/(?:images/)?(?:artists|albums|tracks)/\d+(?:\.jpg)?"
    r"|/films/\d+(?:/poster)?)$"
)
_GRACE_SECONDS = 60
_TESTS_SECONDS = 600
_WAPITI_WANTED = {
    "SQL Injection", "Reflected Cross Site Scripting", "Stored Cross Site Scripting",
    "Open Redirect", "Path Traversal", "Command execution", "Internal Server Error",
}  # fmt: skip
_CRASH = {"a planted crash"}
_BANDIT_WANTED = {"B307", "B301", "B602", "B608", "B704", "B113"}
_RUFF_WANTED = {"S301", "S307", "S602", "S608", "S704", "S113"}


class Ground:
    """Where it takes place: houses that are started when first attacked, and folders."""

    def __init__(self, folder: Path, fuzz_seconds: int) -> None:
        self.fuzz_seconds = fuzz_seconds
        self._folder, self._open = folder, ExitStack()
        self.secrets: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def place(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))

    @cached_property
    def ours(self) -> House:
        return self._open.enter_context(ours(self.place("house")))

    @cached_property
    def planted(self) -> House:
        return self._open.enter_context(planted(self.place("planted")))

    @cached_property
    def member(self) -> Browser:
        browser = self.ours.as_member()
        self.secrets.append(("a session's cookie", browser.cookies["session"]))
        return browser

    @cached_property
    def token(self) -> str:
        """A token of the member's, as the command line gives one."""
        environment = os.environ | {f"{PREFIX}DATA": str(self.ours.log.parent / "data")}
        said = subprocess.run(
            [sys.executable, "-m", "webapp", "token", "add", self.ours.member[0], "attack"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"[0-9a-f-]{36}", said)
        if found is None:
            raise RuntimeError(f"no token was made: {said}")
        self.secrets.append(("a token", found[0]))
        return found[0]

    def fuzz(self, parser: str) -> Said:
        folder = str(self.place("fuzz"))
        command = [sys.executable, "-m", "attack.fuzz", parser, str(self.fuzz_seconds), folder]
        return run(command, self.fuzz_seconds + 2 * _GRACE_SECONDS)

    def still_in(self) -> list[str]:
        """Say whether an attack ended the session with which it was to be done."""
        status = self.member.get("/account").status
        return [] if status == 200 else [f"the member was logged out on the way ({status})"]


def tests(_: Ground) -> Outcome:
    """Permissions, headers, cookies, corpora, bombs: what the suite asks at each change."""
    said = run([sys.executable, "-m", "pytest", "-q", "--tb=short", "tests/attack"], _TESTS_SECONDS)
    lines = said.text.strip().splitlines() or ["nothing was said"]
    found = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    if said.code is None:
        found.append(f"not to the end within {_TESTS_SECONDS} s")
    elif said.code and not found:
        found = [lines[-1]]
    return Outcome("tests", lines[-1], found, 0, [])


def code(ground: Ground) -> Outcome:
    """bandit, ruff and our own rules, and secrets in files."""
    folder = ground.place("code")
    careless = folder / "careless.py"
    careless.write_text((PLANTED / "careless.txt").read_text())
    program = [str(ROOT / part) for part in (*rules.PROGRAM, "server.py", "worker.py")]
    found = [*map(str, rules.in_program()), *leaks.in_repository(), *_bandit(program, folder)]
    found += _ruff(program, folder)
    seen = {one.rule for one in rules.planted(PLANTED)}
    seen |= {said.partition(" ")[0] for said in _bandit([str(careless)], folder)}
    seen |= {said.partition(" ")[0] for said in _ruff([str(careless)], folder)}
    seen |= {what for what, text in leaks.planted().items() if what in leaks.in_text(text)}
    wanted = rules.WANTED | _BANDIT_WANTED | _RUFF_WANTED | set(leaks.PATTERNS)
    return Outcome("code", "bandit, ruff S, own rules, secrets", found, *control(wanted, seen))


def _bandit(paths: list[str], folder: Path) -> list[str]:
    report = folder / "bandit.json"
    options = ("-r", "-q", "--severity-level", "medium", "-f", "json", "-o", str(report))
    run([scanner("bandit"), *options, *paths], 2 * _GRACE_SECONDS)
    told = json.loads(report.read_text())
    return [
        f"{hit['test_id']} {hit['filename'].removeprefix(f'{ROOT}/')}:{hit['line_number']}"
        for hit in told["results"]
        if not _is_answered(hit)
    ]


def _is_answered(hit: dict[str, Any]) -> bool:
    """Say whether ruff's rule of the same number is answered there, or for the whole file."""
    number = f"S{hit['test_id'][1:]}"
    source = Path(hit["filename"]).read_text()
    first, last = min(hit["line_range"]), max(hit["line_range"])
    own = "\n".join(source.splitlines()[first - 1 : last])
    return f"# ruff: noqa: {number} - " in source or bool(re.search(f"# noqa:.*{number}", own))


def _ruff(paths: list[str], folder: Path) -> list[str]:
    report = folder / "ruff.json"
    options = ("--no-cache", "--select", "S", "--output-format", "json", "-o", str(report))
    run([beside_python("ruff"), "check", *options, *paths], _GRACE_SECONDS)
    told = json.loads(report.read_text())
    return [
        f"{hit['code']} {hit['filename'].removeprefix(f'{ROOT}/')}:{hit['location']['row']}"
        for hit in told
    ]


def deployment(ground: Ground) -> Outcome:
    """Units, nginx's site, TLS."""
    folder = ground.place("front")
    found = around.units(ground.place("units"))
    with around.behind_nginx(folder) as port:
        found += around.site_is_read(folder, around.conf(folder, port))
        found += around.tls(f"127.0.0.1:{port + 1}")
    seen = (
        {"a unit without its block"}
        if around.units(ground.place("bare"), hardened=False)
        else set()
    )
    broken = around.conf(folder, port).replace("server_tokens", "server_tockens", 1) + "}"
    if around.site_is_read(folder, broken):
        seen.add("a broken site")
    with around.behind_nginx(ground.place("loose"), is_loose=True) as port:
        if around.tls(f"127.0.0.1:{port + 1}"):
            seen.add("old TLS")
    wanted = {"a unit without its block", "a broken site", "old TLS"}
    return Outcome("deployment", "3 units, nginx -t, sslscan", found, *control(wanted, seen))


def fuzz(ground: Ground) -> Outcome:
    """Each parser for a while under atheris, two at a time."""
    with ThreadPoolExecutor(2) as threads:
        said = dict(zip(PARSERS, threads.map(ground.fuzz, PARSERS), strict=True))
    if any("No module named 'atheris'" in one.text for one in said.values()):
        scanner("atheris")
    seen = {"a planted crash"} if said.pop("planted").code else set()
    runs = sum(map(_runs, said.values()))
    found = [f"{name}: {_last_words(one.text)}" for name, one in said.items() if one.code != 0]
    return Outcome("fuzz", f"{len(said)} parsers, {runs} runs", found, *control(_CRASH, seen))


def _runs(said: Said) -> int:
    executed = re.search(r"number_of_executed_units: (\d+)", said.text)
    return int(executed[1]) if executed else 0


def _last_words(text: str) -> str:
    raised = re.findall(r"=== Uncaught Python exception: ===\n(.*)", text, re.MULTILINE)
    kept = re.findall(r"Base64: (\S+)", text)
    return f"{(raised or [text[-200:]])[-1]} by {(kept or ['?'])[-1]}"


def by_hand(ground: Ground) -> Outcome:
    """Our own probes, as a guest and as a member beside another."""
    found, asked = ground.still_in(), 0
    guest = ground.ours.guest()
    for browser, other in ((guest, None), (ground.member, ground.ours.as_other())):
        found += map(str, probes.probe(browser, other, shared=SHARED, most=80))
        asked += browser.asked
    found += ground.still_in()
    house = ground.planted
    seen = {one.kind for one in probes.probe(house.as_member(), house.as_other())}
    return Outcome("probes", f"{asked} requests", found, *control(probes.KINDS, seen))


def api(ground: Ground) -> Outcome:
    """Schemathesis on the OpenAPI document."""
    told = ground.member.ask(
        "GET", "/api/openapi.json", headers={"Authorization": f"Bearer {ground.token}"}
    )
    folder = ground.place("document")
    (folder / "openapi.json").write_text(told.text)
    found, tried = [], []
    for token in ("", ground.token):
        document = str(folder / "openapi.json")
        one = scanners.schemathesis(ground.ours, document, token, ground.place("api"))
        found += one.found
        tried.append(one.tried)
    holed = f"{ground.planted.url}/openapi.json"
    seen = scanners.schemathesis(ground.planted, holed, "", ground.place("api")).found
    wanted = {"Server error: GET /number"}
    return Outcome("api", "; ".join(tried), found, *control(wanted, seen))


def wapiti(ground: Ground) -> Outcome:
    found, tried = _both(ground, scanners.wapiti)
    house = ground.planted
    seen = scanners.wapiti(house, house.as_member(), ground.place("wapiti")).found
    kinds = {one.partition(":")[0] for one in seen}
    return Outcome("wapiti", tried, found, *control(_WAPITI_WANTED, kinds))


def sqlmap(ground: Ground) -> Outcome:
    found, tried = _both(ground, scanners.sqlmap)
    house = ground.planted
    seen = scanners.sqlmap(house, house.as_member(), ground.place("sqlmap")).found
    return Outcome("sqlmap", tried, found, *control({"SQL injection: /search (q)"}, seen))


def _both(
    ground: Ground, scan: Callable[[House, Browser, Path], scanners.Scanned]
) -> tuple[list[str], str]:
    """Have a scanner attack our house as a guest, then as a member."""
    found, tried = ground.still_in(), []
    for called, browser in (("guest", ground.ours.guest()), ("member", ground.member)):
        one = scan(ground.ours, browser, ground.place(scan.__name__))
        found += [f"as a {called}: {said}" for said in one.found]
        tried.append(f"{called}: {one.tried}")
    return found + ground.still_in(), "; ".join(tried)


def slow(ground: Ground) -> Outcome:
    """Who sends slowly or too much, with nginx in front and without."""
    folder, found = ground.place("slow"), []
    with around.behind_nginx(ground.place("front"), "none") as port:
        for url in (ground.ours.url, f"http://127.0.0.1:{port}"):
            for mode in ("-H", "-B"):
                found += slowness.slow(url, mode, "/login", folder)
            found += slowness.long_header(url)
    with planted(ground.place("one"), "--one-at-a-time") as one:
        seen = [said.partition(":")[0] for said in slowness.slow(one.url, "-B", "/login", folder)]
    seen += [said.partition(":")[0] for said in slowness.long_header(ground.planted.url)]
    wanted = {"slow bodies", "a header of a megabyte"}
    tried = "slow headers and bodies, 200 lines each; a header of a megabyte; waitress and nginx"
    return Outcome("slow", tried, found, *control(wanted, seen))


def logins(ground: Ground) -> Outcome:
    """Guessing passwords, while others read."""
    url, name = ground.ours.url, ground.ours.other[0]
    guessed = slowness.logins(url, name, "/shelf", ground.member.cookie)
    house = ground.planted
    seen = slowness.logins(house.url, "bob", "/notes", house.as_member().cookie).findings
    kinds = {said.partition(":")[0] for said in seen}
    ground.secrets.append(("a password that was guessed", "guess 17"))
    return Outcome(
        "logins", guessed.tried, guessed.findings, *control({"guessing passwords"}, kinds)
    )


def logs(ground: Ground) -> Outcome:
    """What the house wrote of all this: no secret, and nothing that it did not expect."""
    log = ground.ours.log.read_text(errors="replace")
    data = ground.ours.log.parent / "data"
    keys = [("the secret key", file.read_text().strip()) for file in data.glob("*secret*")]
    secrets = [*ground.secrets, *keys, ("a consent", "refresh Maya")]
    found = leaks.in_log(log, secrets) + leaks.in_text(log)
    found += [f"a fault: {line[:300]}" for line in log.splitlines() if "Traceback" in line]
    planted_line = f"GET /login {secrets[0][1]}"
    seen = leaks.in_log(planted_line, secrets[:1])
    tried = f"{len(log.splitlines())} lines, {len(secrets)} secrets"
    return Outcome("logs", tried, found, *control({f"{secrets[0][0]} in the log"}, seen))

"""Scanners of others, each with the same settings against our house and against the planted one."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from attack.browsing import Browser, Form, kind
from attack.house import House
from attack.tools import beside_python, debian, run, scanner

_WAPITI_MODULES = "sql,timesql,xss,permanentxss,file,exec,crlf,redirect"
_WAPITI_SECONDS, _WAPITI_MODULE_SECONDS = 30, 20
_SQLMAP_SECONDS, _SQLMAP_ADDRESSES = 120, 120
_SCHEMATHESIS_SECONDS = 30
# How long whoever has its own limit may take to come to its end.
_GRACE_SECONDS = 60
_PAGES = 120
# What somebody types where the form leaves it to them; much has it in its name.
_WORD = "a"
_ENDS_SESSION = ("/logout", "/account/password", "/account/sessions/*", "/login")


class Scanned(NamedTuple):
    """What was found, as "kind: where", and in words how much was tried."""

    found: list[str]
    tried: str


def wapiti(house: House, browser: Browser, folder: Path) -> Scanned:
    """Have wapiti crawl and attack as this person.

    Raises:
        ToolMissing: it is not there.
        RuntimeError: it did not come to its end, or saw nothing.
    """
    report = folder / "wapiti.json"
    command = [
        *(scanner("wapiti"), "-u", f"{house.url}/", "-m", _WAPITI_MODULES),
        # Without endpoints of its own it would ask its maker's hosts.
        *("--scope", "domain", "--endpoint", house.url, "--dns-endpoint", "127.0.0.1"),
        *("--no-bugreport", "--flush-session"),
        *("--max-scan-time", str(_WAPITI_SECONDS), "-t", "10"),
        *("--max-attack-time", str(_WAPITI_MODULE_SECONDS), "--max-links-per-page", "60"),
        # With fewer it gets to no form, or not always.
        *("--max-files-per-dir", "40", "-d", "4", "-v", "0", "-f", "json", "-o", str(report)),
        *("--store-session", str(folder / "session"), "--store-config", str(folder / "config")),
        *("-H", f"Origin: {house.url}"),
        *(part for path in _ENDS_SESSION for part in ("-x", f"{house.url}{path}")),
    ]
    if browser.cookies:
        command += ["-H", f"Cookie: {browser.cookie}"]
    said = run(command, _WAPITI_SECONDS + 8 * _WAPITI_MODULE_SECONDS + _GRACE_SECONDS, folder)
    if said.code is None or not report.exists():
        raise RuntimeError(f"wapiti did not come to its end: {said.text[-300:]}")
    told = json.loads(report.read_text())
    crawled = told["infos"]["crawled_pages_nbr"]
    if not crawled:
        raise RuntimeError("wapiti saw no page")
    return Scanned(sorted(set(_of_wapiti(told))), f"{crawled} addresses")


def _of_wapiti(told: dict[str, dict[str, list[dict[str, str]]]]) -> Iterator[str]:
    for group in ("vulnerabilities", "anomalies"):
        for called, hits in told[group].items():
            for hit in hits:
                yield f"{called}: {hit['method']} {kind(hit['path'])} ({hit['parameter']})"


def sqlmap(house: House, browser: Browser, folder: Path) -> Scanned:
    """Have sqlmap try each parameter of each kind of address, with values that return rows.

    Raises:
        ToolMissing: it is not there.
        RuntimeError: it did not try anything.
    """
    program = debian("sqlmap")
    queries = addresses(house, browser)[:_SQLMAP_ADDRESSES]
    listed, results = folder / "addresses", folder / "sqlmap.csv"
    # It begins with the last.
    listed.write_text("".join(f"{house.url}{query}\n" for query in reversed(queries)))
    command = [
        *(program, "-m", str(listed), "--batch", "--disable-coloring", "--flush-session"),
        # At the first level it does not see what stands between the stars of a LIKE.
        *("--level", "2", "--risk", "1", "--technique", "BEU", "--dbms", "sqlite"),
        *("--threads", "2", "--timeout", "10", "--retries", "1"),
        *("--ignore-code", "401,403,404,422,429"),
        *("--output-dir", str(folder / "sqlmap"), "--results-file", str(results)),
        *("--headers", f"Origin: {house.url}", "--skip", "user-agent,referer,host,cookie"),
    ]
    if browser.cookies:
        command += ["--cookie", browser.cookie]
    said = run(command, _SQLMAP_SECONDS, folder)
    tested = set(re.findall(r"testing for SQL injection on (?:\(custom\) )?(.*)", said.text))
    reached = len(re.findall(r"^\[\d+/\S+\] URL:", said.text, re.MULTILINE))
    if not tested:
        raise RuntimeError(f"sqlmap tried nothing: {said.text[-300:]}")
    found = re.findall(r"(\w+) parameter '([^']+)' is '[^']*' injectable", said.text)
    told = {f"SQL injection: {method} {name}" for method, name in found}
    told |= set(_in_results(results))
    return Scanned(sorted(told), f"{reached} of {len(queries)} addresses, {len(tested)} parameters")


def addresses(house: House, browser: Browser) -> list[str]:
    """Return addresses in which each parameter of each kind of path is there once.

    Those whose names are nowhere before come first: a scanner's time ends before they all do.
    """
    first: list[str] = []
    later: list[str] = []
    known: set[str] = set()
    for address in _one_of_each(house, browser):
        names = _names(address)
        (first if names - known else later).append(address)
        known |= names
    return first + later


def _one_of_each(house: House, browser: Browser) -> Iterator[str]:
    site = browser.crawl(["/"], _PAGES)
    known: set[tuple[str, str]] = set()
    for address in (*site.queries.values(), *_typed(site.forms.values()), *house.unlinked):
        path = kind(urlsplit(address).path)
        names = {(path, name) for name in _names(address)}
        if names - known:
            known |= names
            yield address


def _typed(forms: Iterable[Form]) -> Iterator[str]:
    for form in forms:
        if form.method == "GET":
            path = urlsplit(form.action).path
            for name, value in form.fields.items():
                yield f"{path}?{urlencode({name: value or _WORD})}"


def _names(address: str) -> set[str]:
    return set(kind(address).partition("?")[2].split("&"))


def _in_results(file: Path) -> Iterator[str]:
    if file.exists():
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                where = kind(urlsplit(row["Target URL"]).path)
                yield f"SQL injection: {where} ({row['Parameter']})"


def schemathesis(house: House, document: str, token: str, folder: Path) -> Scanned:
    """Have schemathesis ask what the OpenAPI document tells, and such as breaks it.

    Raises:
        RuntimeError: it asked nothing.
    """
    report = folder / "schemathesis.json"
    command = [
        *(beside_python("st"), "run", str(document), "--url", house.url),
        *("--checks", "not_a_server_error", "--phases", "coverage,fuzzing"),
        *("--max-time", str(_SCHEMATHESIS_SECONDS), "--max-examples", "200", "--workers", "2"),
        *("--no-shrink", "--continue-on-failure", "--warnings", "off", "--exclude-path", "/readyz"),
        *("--report", "json", "--report-json-path", str(report)),
        *("--suppress-health-check", "all", "--request-timeout", "30"),
    ]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    said = run(command, _SCHEMATHESIS_SECONDS + 2 * _GRACE_SECONDS, folder)
    if not report.exists():
        raise RuntimeError(f"schemathesis did not come to its end: {said.text[-500:]}")
    told = json.loads(report.read_text())
    cases, operations = told["test_cases"]["generated"], told["operations"]["tested"]
    if not cases:
        raise RuntimeError("schemathesis asked nothing")
    found = [
        f"{failure['title']}: {where}"
        for failure in told["failures"]
        for where in failure["operations"]
    ]
    return Scanned(found, f"{cases} requests, {operations} operations")

"""Planted holes: our own rules and probes find each of them, and in the program none of theirs."""

import re
from pathlib import Path

from attack import alone, leaks, probes, rules
from attack.browsing import Browser
from attack.outcome import Outcome, control, table
from attack.slowness import long_header
from attack.suite import STEPS, counted
from core.settings import ROOT
from tests.attack import vulnerable

PLANTED = Path(__file__).parent / "planted"


def test_each_planted_hole_is_found_by_hand() -> None:
    with vulnerable.served() as url:
        bob, alice = Browser(url), Browser(url)
        bob.log_in("bob", vulnerable.PASSWORD)
        alice.log_in("alice", vulnerable.PASSWORD)

        found = probes.probe(bob, alice)

    assert {one.kind for one in found} == probes.KINDS
    where = {one.kind: one.where for one in found}
    assert where["SQL injection"] == "/search (q)"
    assert where["reflected script"] == "/hello (name)"
    assert where["IDOR"] == "/notes/N"


def test_each_rule_finds_its_planted_line() -> None:
    found = rules.planted(PLANTED)

    assert {one.rule for one in found} == rules.WANTED
    formatted = sum(one.rule == "SQL by formatting" for one in found)
    # Four ways to put a value into a statement, one within text() twice.
    assert formatted >= 4


def test_the_program_breaks_none_of_our_rules() -> None:
    assert rules.in_program() == []


def test_what_stands_in_braces_is_no_handler_and_no_script() -> None:
    page = '<a{% if one == year %} class="a"{% endif %} href="{{ url(one=1) }}">{{ on=x }}</a>'

    assert rules.in_template(page, "a.html") == []
    assert rules.in_template('<script src="a.js"></script>', "a.html") == []


def test_each_kind_of_secret_is_known_and_none_lies_in_a_file() -> None:
    for what, text in leaks.planted().items():
        assert what in leaks.in_text(f"before {text} behind"), what
    assert set(leaks.planted()) == set(leaks.PATTERNS)
    assert leaks.in_repository() == []


def test_a_secret_in_a_log_is_found() -> None:
    secrets = [("a token", "5e1f"), ("none was made", "")]

    assert leaks.in_log("GET /?token=5e1f", secrets) == ["a token in the log"]
    assert leaks.in_log("GET /", secrets) == []


def test_a_hole_that_is_not_found_in_the_control_is_not_well() -> None:
    found, missed = control({"XSS", "SQL"}, ["SQL", "more"])
    outcome = Outcome("wapiti", "much", [], found, missed)

    assert (found, missed, outcome.is_well) == (1, ["XSS"], False)
    shown = table([outcome, Outcome("api", "more", ["a fault"], 1, [])], ["logs"])
    assert re.search(r"wapiti +0 +1 of 2 +much\n +MISSED in the control: XSS\n", shown)
    assert re.search(r"api +1 +1 of 1 +more\n +FOUND a fault\n", shown)
    assert shown.endswith("left out")


def test_a_header_that_is_swallowed_whole_is_a_finding() -> None:
    with vulnerable.served() as url:
        said = long_header(url)

    # This server refuses it, as ours does: ./run attack asks one that does not.
    assert said == []


def test_a_call_to_the_outside_is_a_finding() -> None:
    done = Outcome("wapiti", "much", [], 1, [])

    assert alone.calls() >= 0
    assert counted(done, 2) == done._replace(findings=["2 calls to the outside"])
    assert counted(done, 0) == counted(done, None) == done


def test_the_planted_holes_lead_nowhere_but_to_this_machine() -> None:
    with vulnerable.served() as url:
        browser = Browser(url)
        here = browser.get("/fetch", {"url": f"{url}/hello?name=you"})
        elsewhere = browser.get("/fetch", {"url": "http://192.0.2.1/"})

    assert (here.status, elsewhere.status) == (200, 422)
    assert "That is elsewhere." in elsewhere.text


def test_every_step_is_told_of() -> None:
    told = (ROOT / "docs" / "security.md").read_text()

    assert [name for name in STEPS if f"| `{name}` |" not in told] == []

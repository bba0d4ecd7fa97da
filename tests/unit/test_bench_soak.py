"""The benches of load: what they count as a failure, and what as growth."""

import time
from pathlib import Path

import pytest

from bench.processes import Family, python
from bench.samples import Samples, growth, size_of
from bench.small_machine import NoMachine, SmallMachine
from bench.visitor import Asked, Visitor, share
from fakes.server import Asked as Arrived
from fakes.server import Fake, Reply

_FORM = b'<form><input name="csrf_token" value="secret"></form>'


class Pages(Fake):
    """A form, and where it leads."""

    def reply(self, asked: Arrived) -> Reply:
        if asked.method == "POST":
            is_well = b"csrf_token=secret" in asked.body and asked.headers["cookie"] == "sid=1"
            return Reply(303 if is_well else 400, {"Location": "/tasks/7"})
        return Reply(200, {"Set-Cookie": "sid=1; HttpOnly; Path=/"}, _FORM)


def port_of(fake: Fake) -> int:
    return int(fake.url.rpartition(":")[2])


def test_a_visitor_sends_a_form_as_its_page_would() -> None:
    with Pages() as pages:
        visitor = Visitor(port_of(pages))

        task = visitor.order("/", {"period": "month"}, to="/mosaics")

        visitor.close()
    assert task == "/tasks/7"
    assert [(one.what, one.status) for one in visitor.asked] == [
        ("GET /", 200),
        ("POST /mosaics", 303),
    ]


def test_what_is_not_answered_is_a_failure_and_so_is_5xx() -> None:
    with Pages() as pages:
        visitor = Visitor(port_of(pages))
        pages.drops(times=1)
        pages.answers(502, times=1)

        seen = [visitor.see("/").status for _ in range(3)]

        visitor.close()
    assert seen == [0, 502, 200]
    assert [one.is_failure for one in visitor.asked] == [True, True, False]


def test_a_share_of_requests_is_told_in_milliseconds() -> None:
    asked = [Asked("GET /", 200, number / 1000) for number in range(1, 101)]

    assert share(asked, 0.5) == pytest.approx(51)
    assert share(asked, 1.0) == pytest.approx(100)
    assert share([], 0.5) == 0


def test_growth_is_from_the_first_third_to_the_last() -> None:
    assert growth([10.0] * 30).by == 0
    assert growth([10.0] * 10 + [50.0] + [10.0] * 10 + [14.0] * 10).by == 4
    assert growth([3.0]).by == 0


def test_processes_and_files_are_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "wal"
    program = f"open({str(file)!r}, 'w').write(1000 * 'x')\nimport time; time.sleep(600)"
    family = Family(python("-c", program), {})
    samples = Samples({"one": family}, {"WAL": lambda: size_of(file)}, every=0.05)
    try:
        samples.start()
        until = time.monotonic() + 60
        while samples.largest["WAL"] < 1_000 and time.monotonic() < until:
            time.sleep(0.05)
        samples.end()
    finally:
        family.stop()

    (taken,) = samples.lasting(0.0).values()
    assert all(each.memory > 0 and each.files >= 3 and each.threads == 1 for each in taken)
    assert samples.largest == {"WAL": 1_000}
    assert size_of(tmp_path / "none") == 0


def test_a_small_machine_ends_who_takes_too_much(tmp_path: Path) -> None:
    greedy = tmp_path / "greedy.py"
    greedy.write_text("taken = b'x' * (200 << 20)")
    try:
        with SmallMachine(memory_mb=60, processors=1.0) as machine:
            family = Family([*machine.command, *python(str(greedy))], machine.environment)
            code = family.ended(60)

            assert code == -9
            assert machine.kills() == 1
            assert 50 < machine.peak_mb() <= 60
            assert machine.pids() == []
    except NoMachine:
        pytest.skip("Only root may make a control group, and not everywhere.")

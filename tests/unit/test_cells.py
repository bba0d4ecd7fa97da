"""Cells of a table that is carried away: harmless in a table program, and back as they were."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from core.cells import as_it_was, defused, joined, parted

ODD = st.text(alphabet=st.sampled_from("'=+-@\t\r\n\";\\ ,aÄ漢0"), max_size=12)
NAMES = st.lists(ODD.map(lambda text: " ".join(text.split())).filter(bool), min_size=1)


@given(ODD | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_text_comes_back_and_none_is_a_formula(text: str) -> None:
    cell = defused(text)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    written = io.StringIO()
    csv.writer(written).writerow([cell, ""])
    (read,) = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert as_it_was(read[0]) == text


@given(NAMES)
def test_names_in_one_cell_come_apart_as_they_were(names: list[str]) -> None:
    assert parted(joined(names)) == names


def test_a_name_with_a_mark_of_its_own_keeps_it() -> None:
    assert defused("'t Hof van Commerce") == "'t Hof van Commerce"
    assert parted("AC\\DC;Can ;; x") == ["AC\\DC", "Can", "", "x"]

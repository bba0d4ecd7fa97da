"""The geometry of charts, to the point."""

from webapp.charts import Bar, Bars


def test_the_tallest_bar_fills_the_box() -> None:
    bars = Bars.of([5, 10], width=100, height=50, gap=0)

    assert bars.bars == [Bar(0, 25, 50, 25), Bar(50, 0, 50, 50)]
    assert [bar.middle for bar in bars.bars] == [25, 75]


def test_a_gap_is_shared_by_both_sides() -> None:
    assert Bars.of([1], width=100, height=10, gap=0.5).bars == [Bar(25, 0, 50, 10)]


def test_what_is_not_nothing_can_be_seen() -> None:
    bars = Bars.of([0, 1, 10_000], width=30, height=100, gap=0).bars

    assert [bar.height for bar in bars] == [0, 1, 100]


def test_without_values_there_are_no_bars() -> None:
    assert Bars.of([]).bars == []
    assert Bars.of([0, 0], width=10, height=10, gap=0).bars == [Bar(0, 10, 5, 0), Bar(5, 10, 5, 0)]

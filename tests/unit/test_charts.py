"""The geometry of charts, to the point."""

from webapp.charts import Bar, Bars, HeatMap, Places, Point, Radar, Range, Ranges, Steps


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


def test_a_step_line_stays_where_it_is_until_the_next_change() -> None:
    steps = Steps.of([(0.25, 3), (0.5, -1)], opening=1, width=100, height=40)

    assert steps.line == "M0 20H25V0H50V40H100"


def test_a_point_stands_where_its_value_is() -> None:
    steps = Steps.of([(0.5, 4)], marks=[(0.5, 2), (1, 4)], width=100, height=40)

    assert steps.points == [Point(50, 20), Point(100, 0)]


def test_nothing_is_always_in_the_box_and_ticks_keep_apart() -> None:
    assert Steps.of([(0, 10)], opening=8, height=100).ticks == [(10, 0), (0, 100)]
    assert Steps.of([(0, 1)], opening=-40, height=100).ticks == [(1, 0), (-40, 100)]
    assert Steps.of([]).ticks == [(0, 0)]


def test_there_are_no_more_steps_than_columns() -> None:
    many = [(day / 10_000, day % 7) for day in range(10_000)]

    assert Steps.of(many, width=50).line.count("V") <= 51


def test_the_hottest_square_is_full_and_a_cold_one_is_empty() -> None:
    found = HeatMap.of([0, 1, 4, 16], columns=2, side=10)

    assert [(one.x, one.y) for one in found.squares] == [(0, 0), (10, 0), (0, 10), (10, 10)]
    assert [one.heat for one in found.squares] == [0, 0.34, 0.56, 1]
    assert (found.width, found.height) == (20, 20)
    assert HeatMap.of([0, 0], columns=2).squares[0].heat == 0


def test_days_stand_in_columns_of_weeks_from_monday_on() -> None:
    found = HeatMap.of_days([1] * 3, first_weekday=5, side=10)

    assert [(one.x, one.y) for one in found.squares] == [(0, 50), (0, 60), (10, 0)]
    assert (found.width, found.height) == (20, 70)


def test_the_best_place_is_on_top_and_a_gap_stays_a_gap() -> None:
    found = Places.of([10, None, 1, 100], width=400, height=100)

    assert found.points == [Point(50, 50), None, Point(250, 0), Point(350, 100)]
    assert found.line == "M50 50M250 0L350 100"


def test_one_place_stands_in_the_middle_and_none_draws_nothing() -> None:
    assert Places.of([7], width=100, height=100).points == [Point(50, 50)]
    assert Places.of([]).line == ""


def test_a_range_reaches_from_the_least_to_the_most() -> None:
    ranges = Ranges.of([(0.25, 0.5, 0.75), None], width=100, row=30)

    assert ranges.rows == [Range(25, 0, 50, 50), None]
    assert ranges.height == 60


def test_a_range_of_one_value_can_be_seen_and_stays_in_the_box() -> None:
    assert Ranges.of([(1, 1, 1), (0, 0, 0)], width=100).rows == [
        Range(98, 0, 2, 100),
        Range(0, 40, 2, 0),
    ]


def test_what_is_beyond_the_scale_ends_at_it() -> None:
    assert Ranges.of([(-1, 0.5, 7)], width=100).rows == [Range(0, 0, 100, 50)]


def test_the_first_value_of_a_radar_is_on_top_and_the_next_clockwise() -> None:
    radar = Radar.of([1, 0.5, None, 0], [1, 1, 1, 1], radius=100, beyond=10)

    assert radar.shapes == ["0,-100 50,0 0,0 0,0", "0,-100 100,0 0,100 -100,0"]
    assert radar.rings == [25, 50, 75, 100]
    assert radar.axes == [Point(0, -100), Point(100, 0), Point(0, 100), Point(-100, 0)]
    assert radar.labels[1] == Point(110, 0)

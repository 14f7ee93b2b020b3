"""Times are read as they are written, and what is missing between them is found."""

import numpy as np
import pytest

from lstm_lib.data.times import evenly, parse_times, places_on_grid, show, usual_step

pytestmark = pytest.mark.numpy


@pytest.mark.parametrize(
    ("texts", "first", "later"),
    [
        (["2024-07", "2024-08", "2024-09"], "2024-07", "2024-10"),
        (["2024-07-23", "2024-07-24", "2024-07-25"], "2024-07-23", "2024-07-26"),
        (["2024-01-31", "2024-02-29", "2024-03-31"], "2024-01", "2024-04"),  # ends of months are months
        (["2024-01-05", "2024-01-12", "2024-01-19"], "2024-01-05", "2024-01-26"),
        (["2024-07-23T22:00", "2024-07-23T23:00"], "2024-07-23T22:00:00", "2024-07-24T00:00:00"),
        (["2024-07-23 22:00:30Z", "2024-07-23 22:01:00Z"], "2024-07-23T22:00:30", "2024-07-23T22:01:30"),
        (["2024Q3", "2024 Q4"], "2024-07", "2025-01"),
        (["23.7.2024", "24.07.2024"], "2024-07-23", "2024-07-25"),
        (["7/23/2024", "7/24/2024"], "2024-07-23", "2024-07-25"),
        (["23/7/2024", "24/7/2024"], "2024-07-23", "2024-07-25"),
        (["20240723", "20240724"], "2024-07-23", "2024-07-25"),
        (["1999", "2000"], "1999", "2001"),
        (["0.5", "1.0"], "0.5", "1.5"),
    ],
)
def test_times_of_one_form_are_read_and_go_on(texts, first, later):
    times = parse_times(texts)
    assert show(times[0]) == first and show(times[-1] + usual_step(times)) == later


@pytest.mark.parametrize(
    "texts", [["2024-07", "2024-07-23"], ["soon"], ["2024-13"], ["31.2.2024"], ["nan", "1"], [""], ["1e999"]]
)
def test_what_is_no_time_or_of_several_forms_is_none(texts):
    assert parse_times(texts) is None


def test_places_on_the_grid_leave_out_what_is_missing():
    days = parse_times(["2024-02-27", "2024-02-28", "2024-03-01", "2024-03-02"])  # 2024 has a 29th
    assert places_on_grid(days).tolist() == [0, 1, 3, 4] and not evenly(days)
    assert places_on_grid(np.array([0.0, 1.0, 1.5, 2.5, 3.5])) is None
    assert evenly(np.array([3, 2, 1])) and not evenly(np.array([1, 1, 1]))


@pytest.mark.parametrize(
    ("texts", "shown", "later"),
    [
        ([f"01/{k:02}/2022" for k in range(1, 13)] + ["01/01/2023"], "2022-01", "2023-02"),  # months, not days
        ([f"{k:02}/02/2024" for k in range(1, 14)], "2024-02-01", "2024-02-14"),
        (["2018-01-01", "2018-02-01", "2018-04-01", "2018-05-01"], "2018-01", "2018-06"),  # a month is missing
        (["2020-03-31", "2020-06-30", "2020-09-30"], "2020-03", "2020-12"),
        (["2019-12-31", "2020-12-31", "2021-12-31"], "2019-12", "2022-12"),
        (
            ["2024-10-27T02:00:00.250+02:00", "2024-10-27T03:00:00.250+02:00"],
            "2024-10-27T02:00:00",
            "2024-10-27T04:00:00",
        ),
    ],
)
def test_months_and_the_order_of_day_and_month_are_told_by_even_steps(texts, shown, later):
    times = parse_times(texts)
    assert show(times[0]) == shown and show(times[-1] + usual_step(times)) == later


def test_one_time_has_a_next_one_and_huge_numbers_stay_apart():
    assert show(parse_times(["2024-02-29"])[0] + usual_step(parse_times(["2024-02-29"]))) == "2024-03-01"
    assert parse_times(["1", "2", "1e30"]).tolist() == [1, 2, 1e30]

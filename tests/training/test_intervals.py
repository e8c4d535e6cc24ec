"""`training.intervals`: bootstrap intervals of means, statistics and differences."""

import numpy as np
import pytest

from training.intervals import (
    bootstrap,
    bootstrap_difference,
    bootstrap_statistic,
    group_rows,
    group_values,
)


def test_values_may_be_one_a_piece_or_many() -> None:
    values = np.random.default_rng(0).normal(3.0, 1.0, 50)
    assert bootstrap(values) == bootstrap([[value] for value in values])


def test_a_mean_of_values_is_the_statistic_of_drawn_rows() -> None:
    values = np.random.default_rng(1).normal(size=40)
    assert bootstrap_statistic(lambda rows: float(values[rows].mean()), 40, 2000) == bootstrap(values)


def test_rows_of_one_group_are_drawn_together() -> None:
    keys = ["b", "a", "b", "a"]
    assert [rows.tolist() for rows in group_rows(keys)] == [[1, 3], [0, 2]]
    assert [values.tolist() for values in group_values([1, 2, 3, 4], keys)] == [[2, 4], [1, 3]]
    drawn: list[int] = []
    bootstrap_statistic(lambda rows: drawn.append(len(rows)) or 0.0, group_rows(keys), 20)
    assert set(drawn) == {4}


def test_a_difference_of_samples_with_distant_means_is_far_from_zero() -> None:
    rng = np.random.default_rng(2)
    low, high = bootstrap_difference(rng.normal(2.0, 1.0, 200), rng.normal(0.0, 1.0, 100))
    assert 1.5 < low < 2.0 < high < 2.5


@pytest.mark.parametrize("digits", [2, 7])
def test_an_interval_is_rounded_as_asked(digits: int) -> None:
    for bound in bootstrap(np.random.default_rng(3).normal(size=30), digits=digits):
        assert bound == round(bound, digits)

"""The example tables are there, are read as they should be, and cost no import of their packages."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from core.errors import InputError
from core.sonify.examples import EXAMPLES, load_example

ROWS = {
    "co2": 2284,
    "stocks": 105,
    "sunspots": 309,
    "elnino": 732,
    "nile": 100,
    "macro": 203,
    "gapminder": 1704,
}


def test_the_menu_lists_every_example() -> None:
    assert list(EXAMPLES) == list(ROWS)
    assert all(key == example.id for key, example in EXAMPLES.items())


@pytest.mark.parametrize("example_id", EXAMPLES)
def test_an_example_is_read_with_its_columns_recognized(example_id: str) -> None:
    example, table = EXAMPLES[example_id], load_example(example_id)
    assert len(table.frame) == ROWS[example_id]
    assert table.suggest()[0] == example.time
    assert set(example.values) <= set(table.number_columns())
    assert set(example.units) <= set(table.number_columns())
    assert not table.warnings
    assert table.source_name == example.title


@pytest.mark.parametrize("example_id", EXAMPLES)
def test_an_example_says_what_to_listen_for_in_one_sentence(example_id: str) -> None:
    about = EXAMPLES[example_id].about
    assert "listen for" in about
    assert about.endswith(".")
    assert ". " not in about


@pytest.mark.parametrize("example_id", EXAMPLES)
def test_time_runs_forward_once_the_example_is_filtered(example_id: str) -> None:
    example, frame = EXAMPLES[example_id], load_example(example_id).frame
    for column, operator, value in example.filters:
        assert operator == "is"
        frame = frame[frame[column] == value]
    assert len(frame) > 1
    assert frame[example.time].is_monotonic_increasing
    assert frame[example.time].is_unique


def test_the_well_known_figures_are_where_they_belong() -> None:
    co2 = load_example("co2").frame
    assert str(co2["date"][0].date()) == "1958-03-29"
    assert co2["CO2"][0] == 316.1
    sea = load_example("elnino").frame.set_index("date")["sea temperature"]
    assert sea["1950-02-01"] == 24.2
    nile = load_example("nile").frame.set_index("year")["flow"]
    assert nile.loc[:1898].mean() - nile.loc[1899:].mean() == pytest.approx(247.8, abs=0.1)  # Cobb 1978
    macro = load_example("macro").frame
    assert np.datetime64("2009-07-01") == macro["date"].iloc[-1]


def test_an_unknown_example_is_answered_with_the_menu() -> None:
    with pytest.raises(InputError, match=r"no example “nope”.*co2, stocks, sunspots"):
        load_example("nope")


def test_loading_examples_imports_neither_statsmodels_nor_plotly() -> None:
    code = (
        "import sys\nfrom core.sonify.examples import EXAMPLES, load_example\n"
        "for key in EXAMPLES: load_example(key)\n"
        "sys.exit(any(name in sys.modules for name in ('statsmodels', 'plotly')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

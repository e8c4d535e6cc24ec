"""Tables of known numbers and times in random dialects, read back; and whether the judge of them can be trusted."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from benchmarks.tables.__main__ import main
from benchmarks.tables.dialects import Dialect, draw_dialect, settle
from benchmarks.tables.reading_back import (
    compare_table,
    name_factors,
    run_campaign,
    shrink,
    try_dialect,
)
from benchmarks.tables.time_forms import FORMS, make_moments
from benchmarks.tables.written_tables import Truth, make_truth, write_table
from core.tables.table import read_table

# By hand, `python -m benchmarks.tables dialects --n 5000` goes on.
N_TABLES = 150


def test_tables_in_random_dialects_are_read_back_as_the_same_numbers_and_times() -> None:
    outcomes, failures = run_campaign(range(N_TABLES))
    assert [
        f"{name_factors(trial.dialect)}: {trial.fault}" for trial in failures if trial.outcome == "wrong"
    ] == []
    assert outcomes["right"] >= 0.99 * N_TABLES


@pytest.mark.parametrize("spacing", FORMS)
def test_each_form_of_time_is_read_in_the_plainest_table(spacing: str) -> None:
    plain = {form: settle(Dialect(spacing=spacing, time_form=form, seed=3)) for form in FORMS[spacing]}
    assert {form: try_dialect(dialect).fault for form, dialect in plain.items()} == dict.fromkeys(plain, "")


def test_the_plainest_dialect_is_a_plain_table() -> None:
    lines = write_table(Dialect(), make_truth(Dialect())).decode().splitlines()
    assert lines[0] == "Date,Temp,Level"
    assert len(lines) == 25
    assert all(len(line.split(",")) == 3 for line in lines)


def test_a_dialect_and_its_table_depend_on_the_seed_only() -> None:
    for seed in range(40):
        first, again = draw_dialect(seed), draw_dialect(seed)
        assert first == again
        assert settle(first) == first
        assert write_table(first, make_truth(first)) == write_table(again, make_truth(again))


def test_every_value_of_every_factor_is_drawn() -> None:
    drawn = [draw_dialect(seed).differences() for seed in range(600)]
    assert {name for factors in drawn for name in factors} == {
        field.name for field in dataclasses.fields(Dialect) if field.name != "seed"
    }
    assert {factors.get("time_form") for factors in drawn} >= {
        form for forms in FORMS.values() for form in forms
    } - {"iso"}


def test_the_judge_sees_another_number_another_time_and_another_name() -> None:
    dialect = Dialect()
    truth = make_truth(dialect)
    text = write_table(dialect, truth).decode()
    assert compare_table(read_table(text.encode()), truth, dialect) == ""
    first = f"{truth.series['Temp'][0]}"
    day = f"{truth.moments[-1]:%Y-%m-%d}"
    assert "numbers differ" in compare_table(
        read_table(text.replace(first, "3.25", 1).encode()), truth, dialect
    )
    assert (
        compare_table(read_table(text.replace(day, "2099-01-01").encode()), truth, dialect) == "times differ"
    )
    assert "is called" in compare_table(read_table(text.replace("Temp", "Tamp").encode()), truth, dialect)
    assert compare_table(read_table((text + "2099-01-01,1,2\n").encode()), truth, dialect) == "+1 rows"


def test_a_failure_is_reduced_to_the_factor_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_tabs(data: bytes, truth: Truth, dialect: Dialect) -> str:
        return "tabs" if dialect.delimiter == "\t" else ""

    monkeypatch.setattr("benchmarks.tables.reading_back.find_fault", fail_on_tabs)
    dialect = settle(Dialect(delimiter="\t", decimal=",", titles=2, header_depth=2, encoding="utf-16"))
    assert name_factors(shrink(dialect)) == "delimiter='\\t'"


def test_moments_are_evenly_spaced() -> None:
    for spacing in FORMS:
        moments = make_moments(spacing, 30, make_truth(Dialect()).moments[0])
        steps = {later - earlier for earlier, later in itertools.pairwise(moments)}
        assert max(steps).days - min(steps).days <= 3


def test_the_command_tells_the_shares_and_causes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["dialects", "--n", "5", "--show"])
    assert capsys.readouterr().out.startswith("right ")

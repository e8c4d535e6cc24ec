"""A row's cells as the options of its job."""

import argparse
from importlib import import_module
from pathlib import Path

import pytest

from core.batch.command import ABOUT
from core.batch.jobs_file import Row
from core.batch.row_options import DEFAULT_OUTPUTS, RowPlan, hash_row, list_options, plan_row, wanted_name
from core.command_line import JOBS
from core.settings_file import FEATURES

FOLDER = Path("jobs")


def plan(job: str = "sonify", **cells: object) -> RowPlan:
    return plan_row(Row(number=7, cells={"job": job, **cells}), "x", FOLDER)


def read_shell(job: str, *line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    import_module(JOBS[job][0]).add_arguments(parser)
    return parser.parse_args(line)


def sample(action: argparse.Action) -> str:
    """Something that an option takes."""
    if action.choices is not None:
        return str(list(action.choices)[-1])
    return {int: "3", float: "-0.5"}.get(action.type, "12" if action.dest == "seed" else "-some text")


@pytest.mark.parametrize("job", FEATURES)
def test_every_option_of_every_job_means_what_it_means_in_a_shell(job):
    known = list_options(job)
    n_read = 0
    for name, action in known.actions.items():
        option = f"--{name.replace('_', '-')}"
        if action.dest in known.targets or action.type is Path:
            continue
        if action.nargs == 0:
            line, cells = [option], ["yes", True]
        elif isinstance(action.nargs, int):
            values = [sample(action).replace("-some text", "some text") for _ in range(action.nargs)]
            line, cells = [option, *values], [" ".join(f"'{value}'" for value in values), values]
        else:
            line, cells = [f"{option}={sample(action)}"], [sample(action)]
        shell = vars(read_shell(job, *line))
        for cell in cells:
            read = plan(job, **{name: cell})
            assert (read.fault, read.options[action.dest]) == ("", shell[action.dest]), name
            assert {dest: shell[dest] for dest in read.options} == read.options
        n_read += 1
    assert n_read >= 9


def test_options_that_are_repeated_are_repeated_columns_or_lists():
    shell = read_shell("sonify", "--value", "a", "--value", "b,c", "--program", "1", "--program", "2")
    for several in (tuple, list):
        read = plan(value=several(["a", "b,c"]), program=several(["1", "2"])).options
        assert (read["value"], read["program"]) == (shell.value, shell.program)
    one, two = ["country", "is", "New Zealand"], ["year", ">", "1990"]
    for where in ([one, two], ("country is 'New Zealand'", "year > 1990")):
        assert plan(where=where).options["where"] == [one, two]
    assert plan(where=one).options["where"] == [one]


@pytest.mark.parametrize(
    ("job", "cells", "told"),
    [
        ("sing", {}, "The job was 'sing'; it can be sonify, folk"),
        ("inspect", {}, "The job was 'inspect'"),
        (["folk"], {}, "The job was"),
        ("folk", {"bars": "eight"}, "bars was 'eight'; it must be a whole number"),
        ("folk", {"bars": 7.5}, "bars was 7.5; it must be a whole number"),
        ("folk", {"bars": [1, 2]}, "bars takes one value, and this row gives 2"),
        ("folk", {"chords": "maybe"}, "chords was 'maybe'; it can be yes or no"),
        ("folk", {"file": "a.csv"}, "folk takes no file"),
        ("folk", {"outputs": "mp3"}, "outputs named 'mp3'; of folk it can be out, report"),
        ("folk", {"begin": ["a.abc", "b.abc"]}, "begin takes one value"),
        ("folk", {"begin": 3}, "begin was 3; it must be the path"),
        ("sonify", {"valeu": "a"}, "sonify has no option “valeu”. Did you mean “value”?"),
        ("sonify", {"n_notes": "8"}, "Did you mean “notes”?"),
        ("sonify", {"xyzzy": "8"}, "no option “xyzzy”. `python -m core sonify --help` lists its options."),
        ("", {}, "This row names no job. It can be sonify, folk"),
        ("sonify", {"file": "https://example.org/a.csv"}, "Addresses are not fetched"),
        ("sonify", {"file": []}, "file was []"),
        ("visualize", {"file": "example:co2"}, "visualize has no examples. Name a file."),
        ("sonify", {"wav": "/etc/passwd"}, "wav names a file to be written. Put wav into the column outputs"),
        ("sonify", {"scaling": "x"}, "scaling was 'x'; it can be"),
        ("sonify", {"where": "a is 'b"}, "Close its quotation marks"),
        ("sonify", {"where": "a --wav=/tmp/x"}, "it must be 3 values separated by spaces"),
        ("sonify", {"seed": "-1"}, "seed was '-1'"),
        ("sonify", {"file": {"a": 1}}, "file was {'a': 1}"),
        ("sonify", {"outputs": "wav.exe"}, "outputs named 'wav.exe'"),
        ("sonify", {"outputs": "../../x"}, "outputs named '../../x'"),
        ("sonify", {"outputs": "film.mov"}, "also film.webm and picture.svg"),
        ("sonify", {"outputs": " , "}, "outputs names no file"),
        ("extrapolate", {"file": ["a.wav", "b.wav"]}, "takes one file, and this row names 2"),
        ("emotion", {"to": "0.5"}, "to was '0.5'; it must be 2 values"),
    ],
)
def test_a_wrong_cell_is_a_sentence_that_says_what_works(job, cells, told):
    read = plan(job, **cells)
    assert told in read.fault and read.fault.endswith((".", "?"))
    assert not read.outputs and not read.inputs


def test_files_that_are_read_lie_beside_the_jobs_file_and_their_paths_do_not_travel():
    read = plan(file=("a.csv", "/data/b.csv", "example:nile"), settings="s.json")
    assert read.inputs == {
        "files": [FOLDER / "a.csv", Path("/data/b.csv"), "example:nile"],
        "settings": [FOLDER / "s.json"],
    }
    assert read.files == [FOLDER / "a.csv", Path("/data/b.csv"), FOLDER / "s.json"]
    assert not any(isinstance(value, Path) for value in read.options.values())
    assert read.file == "a.csv"
    assert plan("visualize", file="a.wav").inputs == {"sound": [FOLDER / "a.wav"]}


def test_a_row_writes_what_it_names_and_else_the_usual():
    assert plan(outputs="WAV, film.webm;picture page save-settings").outputs == {
        "wav": ".wav",
        "film": ".webm",
        "picture": ".png",
        "page": ".html",
        "save_settings": ".settings.json",
    }
    assert plan(outputs=["midi", "midi"]).outputs == {"midi": ".mid"}
    for job, usual in DEFAULT_OUTPUTS.items():
        assert list(plan(job).outputs) == list(usual)


def test_the_help_lists_what_every_job_can_write():
    shown = [" ".join(line.split()) for line in ABOUT.splitlines()]
    for job in FEATURES:
        names = " ".join(name.replace("_", "-") for name in list_options(job).targets)
        assert f"{job} {names} ({' '.join(DEFAULT_OUTPUTS[job])})" in shown


def test_the_help_lists_all_examples():
    from core.extrapolate.examples import EXAMPLES as SOUNDS
    from core.sonify.examples import EXAMPLES as TABLES

    told = " ".join(ABOUT.split())
    for names in (TABLES, SOUNDS):
        *most, last = names
        assert f"example:{', '.join(most)} and {last}" in told


def test_a_name_that_the_locale_lacks_letters_for_is_one_row_s_fault(monkeypatch):
    monkeypatch.setattr("os.fsencode", lambda name: name.encode("ascii"))
    told = plan_row(Row(number=1, cells={"job": "folk"}), "音楽", FOLDER).fault
    assert told.startswith("No file can have the name '音楽' in this locale. Set LC_ALL=C.UTF-8")


def test_a_row_is_the_same_in_any_order_of_its_columns_and_another_with_any_other_cell():
    def hash_of(**cells):
        return hash_row(Row(number=1, cells=cells))

    assert hash_of(job="folk", bars="8") == hash_of(bars="8", job="folk")
    assert len({hash_of(job="folk"), hash_of(job="folk", bars="8"), hash_of(job="folk", bars="9")}) == 3


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"name": "Rain 2024.05", "file": "a.csv"}, "Rain 2024.05"),
        ({"name": 12}, "12"),
        ({"file": "data/oslo.v2.csv"}, "oslo.v2"),
        ({"file": "C:\\data\\oslo.csv"}, "oslo"),
        ({"file": "example:nile"}, "nile"),
        ({"file": ("a.csv", "b.csv")}, "a"),
        ({"job": "folk"}, "folk"),
        ({"name": ["x"], "file": [3]}, ""),
    ],
)
def test_files_are_called_after_the_row_s_name_or_after_what_it_reads(cells, name):
    assert wanted_name(Row(number=1, cells=cells)) == name


@pytest.mark.parametrize(
    ("job", "cells", "dest", "value"),
    [
        ("sonify", {"file": "a.csv", "notes": "40.0"}, "n_notes", 40),
        ("folk", {"bars": "8.0", "seed": "3.0"}, "seed", 3),
        ("folk", {"seed": 3.0}, "seed", 3),
        ("folk", {"seed": "3.", "chords": "1.0"}, "chords", True),
        ("folk", {"chords": "off"}, "chords", False),
        ("folk", {"chords": "On"}, "chords", True),
        ("folk", {"title": "8.0"}, "title", "8.0"),
    ],
)
def test_whole_numbers_and_switches_are_read_as_spreadsheets_write_them(job, cells, dest, value, tmp_path):
    plan = plan_row(Row(number=1, cells={"job": job, **cells}), "x", tmp_path)
    assert (plan.fault, plan.options[dest]) == ("", value)

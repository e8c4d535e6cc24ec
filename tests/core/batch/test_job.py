"""One row in a worker process."""

import errno
import json
import sys
import tempfile
from pathlib import Path

import pytest

from core import audio
from core.__main__ import main
from core.batch import job as job_module
from core.batch.job import GivenFile, RowResult, run_row
from core.batch.jobs_file import Row
from core.batch.row_options import plan_row
from core.batch.run_batch import read_inputs
from core.errors import InputError
from core.plain_data import from_bytes, to_bytes
from tests.core.sounds import tone

TABLE = b"day,rain,wind\n2024-01-01,1,5\n2024-01-02,4,3\n2024-01-03,2,8\n2024-01-04,9,1\n"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    """Where rows have their files for a moment; nothing may be left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def run_cells(folder: Path, **cells: object) -> RowResult:
    """A row as a worker gets it: bytes in, bytes out."""
    plan = plan_row(Row(number=1, cells=cells), "x", folder)
    assert plan.fault == ""
    given = (plan.job, plan.options, read_inputs(plan)[0], plan.outputs)
    return from_bytes(to_bytes(run_row(*from_bytes(to_bytes(given)))))


@pytest.mark.parametrize(
    ("cells", "shell"),
    [
        (
            {"job": "sonify", "file": ["a.csv"], "value": ["rain", "wind"], "outputs": "midi save-settings"},
            "sonify a.csv --value rain --value wind --midi x.mid --save-settings x.settings.json",
        ),
        ({"job": "sonify", "settings": "s.json", "outputs": "midi"}, "sonify --settings s.json --midi x.mid"),
        (
            {"job": "folk", "bars": "4", "seed": "7", "outputs": "out report"},
            "folk --bars 4 --seed 7 --out x --report x.json",
        ),
        (
            {"job": "emotion", "notes": 12, "to": "-0.5 0.5", "seed": 1, "outputs": "midi"},
            "emotion --notes 12 --to -0.5 0.5 --seed 1 --midi x.mid",
        ),
        (
            {"job": "extrapolate", "file": "a.wav", "seconds": 1, "outputs": "flac"},
            "extrapolate a.wav --seconds 1 --flac x.flac",
        ),
        (
            {"job": "visualize", "file": "a.wav", "causal": "yes", "outputs": "out"},
            "visualize a.wav --causal --out x.npz",
        ),
    ],
    ids=lambda given: given["job"] if isinstance(given, dict) else "",
)
def test_a_row_writes_what_the_shell_line_writes(cells, shell, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes(TABLE)
    Path("s.json").write_text(
        '{"sonoscope": "sonify", "data": {"example": "nile"}, "settings": {"n_notes": 8}}'
    )
    Path("a.wav").write_bytes(audio.encode(tone(duration_sec=6.0, sr=22_050), "wav"))
    assert main(shell.split()) == 0
    printed = capsys.readouterr().out.splitlines()[0]
    result = run_cells(tmp_path, **cells)
    folder = tmp_path / "x"
    if folder.is_dir():  # a single tune is called by the row alone
        expected = {path.suffix: path.read_bytes() for path in folder.iterdir()}
        expected[".json"] = Path("x.json").read_bytes()
    else:
        expected = {path.name[1:]: path.read_bytes() for path in tmp_path.glob("x.*")}
    assert result.files == expected
    if cells["job"] != "visualize":  # it says how long it took
        assert result.said == printed
    assert result.seconds > 0


def test_several_tunes_keep_their_numbers(tmp_path):
    result = run_cells(tmp_path, job="folk", bars=4, count=2, outputs="out")
    endings = [f".tune-0{number}.{kind}" for number in (1, 2) for kind in ("abc", "krn", "mid", "musicxml")]
    assert list(result.files) == endings


def test_two_files_of_one_name_stay_two(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_bytes(
            TABLE.replace(b"rain,wind", f"rain {folder},wind {folder}".encode())
        )
    result = run_cells(
        tmp_path,
        job="sonify",
        file=["one/a.csv", "two/a.csv"],
        value=["rain one", "rain two"],
        outputs="midi",
    )
    assert result.said.startswith("rain one: 4 notes")
    assert "rain two: 4 notes" in result.said


def test_a_job_that_cannot_be_done_tells_its_sentence_without_the_folder_of_a_moment(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no example 'nothing'"):
        run_cells(tmp_path, job="sonify", file="example:nothing", outputs="midi")

    def fail(options):
        Path(options.file, "deeper").read_bytes()

    monkeypatch.setattr("core.extrapolate.command.run", fail)
    (tmp_path / "a.wav").write_bytes(b"x")
    with pytest.raises(InputError, match=r"^Not a directory: deeper"):
        run_cells(tmp_path, job="extrapolate", file="a.wav")


def test_files_that_are_too_large_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(job_module, "MAX_RESULT_BYTES", 100)
    with pytest.raises(InputError, match="Name fewer outputs"):
        run_cells(tmp_path, job="sonify", file="example:nile", notes=8, outputs="midi")


def test_a_name_that_leads_out_stays_inside(tmp_path):
    given = {"files": [GivenFile(name="../../evil.csv", data=TABLE)]}
    plan = plan_row(Row(number=1, cells={"job": "sonify", "outputs": "midi"}), "x", tmp_path)
    run_row(plan.job, plan.options, given, plan.outputs)
    assert not list(tmp_path.rglob("evil.csv"))


def test_nothing_of_a_job_goes_to_the_terminal_that_its_worker_shares(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("core.folk.command.run", lambda options: str(sys.stderr.write("film: 3%")))
    run_cells(tmp_path, job="folk")
    assert capsys.readouterr().err == ""


def test_a_report_names_the_weights_of_its_own_job_also_where_they_were_loaded_for_an_earlier_one(tmp_path):
    chords = {"job": "folk", "bars": 4, "count": 1, "chords": True, "outputs": "report"}
    reports = [
        json.loads(run_cells(tmp_path, **cells).files[".json"])
        for cells in (chords, {"job": "sonify", "file": "example:nile", "outputs": "report"}, chords)
    ]
    first, second, third = [[each["pair"].rpartition("_v")[0] for each in one["weights"]] for one in reports]
    assert {"folk_melody", "sonify_chords"} <= set(first) and first == third
    assert second == []


NO_ROOM = (
    r"^The folder for temporary files is full \(or cannot be written to\)\. Free space in it, or set TMPDIR"
)


def test_a_folder_for_temporary_files_that_is_full_or_that_there_is_not_is_a_sentence(tmp_path, monkeypatch):
    cells = {"job": "sonify", "file": "example:nile", "notes": 8, "outputs": "midi"}

    def fill(*given, **more):
        raise OSError(errno.ENOSPC, "No space left on device", "result.mid")

    for owner, name in ((tempfile, "mkdtemp"), (job_module, "_place_files"), (Path, "replace")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, fill)
            with pytest.raises(InputError, match=NO_ROOM):
                run_cells(tmp_path, **cells)
    assert list(run_cells(tmp_path, **cells).files) == [".mid"]

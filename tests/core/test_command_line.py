"""What all jobs of ``python -m core`` share."""

import argparse
import errno
import io
import json
import os
import re
import subprocess
import sys
import time

import pytest

from core.__main__ import JOBS, main
from core.command_line import (
    add_output_arguments,
    add_sampling_arguments,
    add_target_argument,
    example_id,
    replace_file,
    show,
    show_progress,
    write_file,
)
from core.errors import InputError
from core.written_files import check_targets, describe_written


@pytest.mark.parametrize("job", JOBS)
def test_every_job_has_its_options_explained(job, capsys):
    with pytest.raises(SystemExit) as ended:
        main([job, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    # Inspecting draws nothing and has one report, itself; the rows of a batch have the options.
    own = {"inspect": ["--json"], "batch": ["--resume", "--scheduler"]}
    assert all(option in shown for option in own.get(job, ["--report", "--seed"]))


@pytest.mark.parametrize("seed", ["-1", "1.5", "9" * 22, "x"])
@pytest.mark.parametrize("job", ["folk", "emotion", "sonify"])
def test_what_is_no_seed_is_said_in_a_sentence(job, seed, capsys):
    with pytest.raises(SystemExit) as ended:
        main([job, *(["example:nile"] if job == "sonify" else []), f"--seed={seed}"])
    assert ended.value.code == 2
    assert "a seed is a whole number" in capsys.readouterr().err


def test_help_starts_without_the_heavy_libraries():
    code = "import sys, core.__main__; print({'pandas', 'torch', 'librosa', 'plotly'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_example_is_told_from_a_file():
    assert example_id("example:b", ("a", "b")) == "b"
    assert example_id("data/example:b", ("a", "b")) is None
    with pytest.raises(InputError, match="There are: a, b"):
        example_id("example:", ("a", "b"))


def test_a_file_is_written_as_its_content_says(tmp_path):
    path = tmp_path / "f"
    for content, stored in (
        (b"\0\r\n", b"\0\r\n"),
        ("é\n", b"\xc3\xa9\n"),
        ({"é": [1.5, None]}, '{"é": [1.5, null]}'.encode()),
    ):
        write_file(path, lambda content=content: content)
        assert path.read_bytes() == stored


def test_a_full_disk_is_a_sentence_and_the_older_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    write_file(path, lambda: "older")
    path.chmod(0o640)

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def open_full(self, mode):
        self.touch()
        return Full()

    with monkeypatch.context() as patched, pytest.raises(InputError, match=r"disk is full, so .*page\.html"):
        patched.setattr("pathlib.Path.open", open_full)
        write_file(path, lambda: "newer")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.html", "older")]
    write_file(path, lambda: "newer")
    assert path.read_text() == "newer"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_broken_off_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "tune.abc"
    path.write_text("older")
    with pytest.raises(KeyboardInterrupt), replace_file(path) as file:
        file.write(b"half of the new")
        raise KeyboardInterrupt
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("tune.abc", "older")]


def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path, capsys):
    assert main(["visualize", str(tmp_path / "none.wav")]) == 1
    assert capsys.readouterr().err.endswith("none.wav. Check its name and its folder.\n")


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    for path in (tmp_path / "none" / "x.html", tmp_path):
        with pytest.raises(OSError) as told:
            write_file(path, lambda: "x")
        assert told.value.filename == str(path)


def test_nothing_is_made_that_was_not_asked_for(tmp_path):
    made = []
    write_file(None, lambda: made.append("report") or b"")
    assert made == []


def test_a_report_never_holds_what_is_no_json(tmp_path):
    path = tmp_path / "r.json"
    with pytest.raises(ValueError, match="JSON compliant"):
        write_file(path, lambda: {"a": float("nan")})
    assert not path.exists()


def test_shared_options_that_are_not_given_are_none():
    parser = argparse.ArgumentParser()
    add_sampling_arguments(parser)
    add_output_arguments(parser, "wav", report="what was made")
    assert vars(parser.parse_args([])) == {
        "temperature": None,
        "top_p": None,
        "seed": None,
        "wav": None,
        "report": None,
        "targets": {"wav": False, "report": False},
    }
    assert "what was made, as JSON" in " ".join(parser.format_help().split())


def test_a_report_reads_back(tmp_path):
    path = tmp_path / "r.json"
    assert main(["sonify", "example:nile", "--notes", "5", "--report", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["job"] == "sonify"


def test_a_report_names_the_pairs_of_weights_and_their_set(tmp_path, monkeypatch):
    monkeypatch.setattr("core.nn.weights._loaded", {})
    path = tmp_path / "r.json"
    assert main(["sonify", "example:nile", "--notes", "5", "--report", str(path)]) == 0
    # The direct mapping uses no network.
    assert json.loads(path.read_text(encoding="utf-8"))["weights"] == []
    composed = ["sonify", "example:nile", "--notes", "8", "--mode", "melody", "--report", str(path)]
    done = subprocess.run([sys.executable, "-m", "core", *composed], capture_output=True, check=True)
    assert b"predictable than real ones" in done.stdout
    weights = json.loads(path.read_text(encoding="utf-8"))["weights"]
    assert {one["set"] for one in weights} == {"open"}
    assert {one["pair"].rpartition("_v")[0] for one in weights} == {"sonify_melody", "sonify_ngram"}


def test_a_set_of_weights_that_there_is_not_is_told_before_the_work(monkeypatch, capsys):
    monkeypatch.setattr("core.sonify.command.run", lambda options: pytest.fail("worked"))
    monkeypatch.setenv("SONOSCOPE_WEIGHTS", "reserch")
    assert main(["sonify", "example:nile"]) == 1
    assert 'SONOSCOPE_WEIGHTS is "reserch". It can be "open" or "research"' in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.__main__.JOBS", {"folk": ("core.folk.command", "")})
    monkeypatch.setattr("core.folk.command.run", lambda options: pytest.fail("worked"))
    (tmp_path / "file").touch()
    locked = tmp_path / "locked"
    locked.mkdir()
    monkeypatch.setattr("os.access", lambda path, mode: path != locked)
    refused = {
        ("--film", "none/x.mp4"): f"There is no folder {tmp_path}/none. Create it",
        ("--page", "."): "is a folder. Name a file for --page",
        ("--report", "file/x.json"): f"{tmp_path}/file is a file, not a folder",
        ("--film", "locked/x.mp4"): f"{locked} cannot be written to. Change its permissions",
        ("--out", "file"): "is a file, not a folder. Name a folder for --out",
        ("--out", "locked/deeper"): f"{locked} cannot be written to",
    }
    for (option, path), said in refused.items():
        assert main(["folk", option, str(tmp_path / path)]) == 1
        assert said in capsys.readouterr().err
    same = str(tmp_path / "x.html")
    assert main(["folk", "--page", same, "--report", same]) == 1
    assert "--report and --page both name" in capsys.readouterr().err


def test_the_ending_of_a_file_is_that_of_its_option(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.sonify.command.run", lambda options: "made")
    given = ["sonify", "example:nile"]
    assert main([*given, "--midi", str(tmp_path / "x.txt")]) == 1
    assert (
        capsys.readouterr().err == "error: The file of --midi ends in .mid or .midi, not '.txt'. Rename it.\n"
    )
    for option, name in (("--midi", "x.MIDI"), ("--midi", "x"), ("--wav", os.devnull), ("--report", "x.txt")):
        assert main([*given, option, str(tmp_path / name)]) == 0


def test_an_address_is_told_not_to_be_fetched(capsys):
    assert main(["sonify", "https://example.org/a.csv"]) == 1
    assert "Addresses are not fetched." in capsys.readouterr().err


def test_every_file_that_was_written_is_told_after_the_first_line(tmp_path, capsys):
    wav, mid, report = tmp_path / "a.wav", tmp_path / "a.mid", tmp_path / "a.json"
    given = ["sonify", "example:nile", "--notes", "5", "--duration", "1", "--engine", "embedded"]
    assert main([*given, "--wav", str(wav), "--midi", str(mid), "--report", str(report)]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("flow: 5 notes")
    assert len(rest) == 3
    assert re.fullmatch(rf"Wrote {re.escape(str(mid))}, 1\.\d s, \d+ bytes", rest[0])
    assert re.fullmatch(rf"Wrote {re.escape(str(wav))}, \d\.\d s, \d+ kB", rest[1])
    assert re.fullmatch(rf"Wrote {re.escape(str(report))}, \d+ kB", rest[2])


def test_older_files_of_a_folder_and_devices_are_not_told(tmp_path):
    parser = argparse.ArgumentParser()
    add_target_argument(parser, "--out", is_folder=True)
    add_target_argument(parser, "--page")
    for name in ("old.abc", "new.abc"):
        (tmp_path / name).write_text("x")
    os.utime(tmp_path / "old.abc", (1, 1))
    options = parser.parse_args(["--out", str(tmp_path), "--page", os.devnull])
    check_targets(options)
    assert describe_written(options, time.time() - 60) == [f"Wrote {tmp_path / 'new.abc'}, 1 byte"]


def test_a_stopped_job_says_so_in_one_word(monkeypatch, capsys):
    def stop(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.folk.command.run", stop)
    assert main(["folk"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_progress_is_a_line_of_a_terminal_and_nothing_in_a_file():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    told = f"\rDrawing, 5%\rFilming: 10%, 1 s left\r{' ' * 22}\r"
    for stream, shown in ((Terminal(), told), (io.StringIO(), "")):
        with show_progress(stream) as tell:
            tell(0.05, "Drawing")
            tell(0.051, "Drawing")
            tell(0.1, "Filming: 10%, 1 s left")
        assert stream.getvalue() == shown


def test_a_terminal_is_not_told_what_a_file_holds(tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_bytes("a\u202e\x1b[31mb,c\nx,y\n".encode())
    assert main(["sonify", str(path), "--value", "\x1b]0;title\x07c"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert shown.removesuffix("\n").isprintable()


def test_a_terminal_that_lacks_a_letter_shows_a_question_mark():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    show("Müller\nb", stream)
    stream.flush()
    assert raw.getvalue().split() == [b"M?ller", b"b"]

"""Checks of a row before its job runs."""

import pytest

from core import audio
from core.batch.jobs_file import Row
from core.batch.row_checks import check_row
from core.batch.row_options import plan_row
from core.errors import InputError
from tests.core.sounds import tone

EXAMPLE = '{"sonoscope": "%s", "data": {"example": "%s"}, "settings": {}}'
NEEDED = '{"sonoscope": "sonify", "data": {"sha256": "ab12", "name": "rain.csv"}, "settings": {"n_notes": 8}}'


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    (tmp_path / "a.wav").write_bytes(audio.encode(tone(duration_sec=0.1, sr=8_000), "wav"))
    (tmp_path / "a.mid").write_bytes(b"MThd\0\0\0\6\0\0\0\0\0\x60")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "nile.json").write_text(EXAMPLE % ("sonify", "nile"))
    (tmp_path / "needed.json").write_text(NEEDED)
    return lambda job, **cells: plan_row(Row(number=1, cells={"job": job, **cells}), "x", tmp_path)


@pytest.mark.parametrize(
    ("job", "cells", "told"),
    [
        ("sonify", {"file": "a.csv", "notes": "-5"}, "The maximum number of notes"),
        ("sonify", {"file": "a.csv", "program": "128"}, "General MIDI program"),
        ("sonify", {"file": "a.csv", "low": "128"}, "The lowest note"),
        ("sonify", {"file": "example:nope"}, "There is no example 'nope'. There are: co2"),
        ("sonify", {"file": "none.csv"}, "No such file"),
        ("sonify", {"file": "a.wav"}, "a.wav is a WAV file, not a table"),
        ("sonify", {"file": "a.mid"}, "a.mid is a MIDI file of notes, not a table"),
        ("sonify", {"file": "empty.csv"}, "is empty"),
        ("sonify", {}, "sonify needs a file. Give its path, or example:ID, in the column file."),
        ("sonify", {"settings": "needed.json"}, "These settings were made for “rain.csv”, SHA-256 ab12"),
        ("sonify", {"file": "a.csv", "settings": "a.csv"}, "not JSON"),
        ("sonify", {"file": "a.csv", "outputs": "film", "fps": "4000"}, "frames per second"),
        ("folk", {"bars": "1000"}, "A tune can have 2 to"),
        ("folk", {"count": "0"}, "variants can be composed"),
        ("folk", {"collection": "mars"}, "no collection"),
        ("folk", {"tempo": "0"}, "The tempo must be 20 to 400 BPM, not 0"),
        ("folk", {"program": "200"}, "Instruments are numbered 0 to 127"),
        ("folk", {"transpose": "500"}, "-127 to 127 semitones, not 500"),
        ("folk", {"begin": "a.csv"}, r"A file that ends in \.csv cannot be read\. Use \.krn"),
        (
            "folk",
            {"pickup": "3.9"},
            "A pickup can be 0 to 3.75 quarter notes, less than a bar of 4; it was 3.9",
        ),
        (
            "folk",
            {"pickup": "-1"},
            "A pickup can be 0 to 3.75 quarter notes, less than a bar of 4; it was -1",
        ),
        ("folk", {"seed": "x"}, "a seed is a whole number from 0 to 2147483647"),
        ("sonify", {"file": "a.csv", "seed": "99999999999"}, "it can be 0 to 2147483647"),
        ("emotion", {"notes": "-5"}, "A piece has"),
        ("emotion", {"begin_seconds": "0"}, "The length of the opening must be greater than 0 s, not 0"),
        ("emotion", {"begin": "a.csv"}, "is not a MIDI file"),
        ("emotion", {"begin": "a.mid", "voice": "a.wav"}, "not both"),
        ("emotion", {"valence": "3"}, "alence"),
        ("extrapolate", {"file": "a.csv"}, "a.csv is a text file, not sound"),
        ("extrapolate", {"file": "example:nope"}, "There is no example"),
        ("extrapolate", {"file": "a.wav", "seconds": "1e9"}, "The length to add"),
        ("extrapolate", {}, "extrapolate needs a file"),
        ("visualize", {}, "visualize needs a file. Give its path in the column file."),
        ("visualize", {"file": "a.wav", "order": "a"}, "order must be ten numbers"),
        ("visualize", {"file": "a.wav", "fps": "1"}, "frames per second"),
    ],
)
def test_what_must_fail_is_told_before(plan, job, cells, told):
    with pytest.raises(InputError, match=told):
        check_row(plan(job, **cells))


@pytest.mark.parametrize(
    ("job", "cells"),
    [
        ("sonify", {"file": "a.csv", "low": "90", "take": "5", "split": "", "label": "a", "duration": "20"}),
        ("sonify", {"settings": "nile.json", "outputs": "film.webm page picture.svg midi"}),
        ("sonify", {"file": "db:shop/sales", "value": ("a", "b"), "program": ("1", "2")}),
        (
            "folk",
            {"collection": "irish", "meter": "6/8", "count": "3", "top_p": "0.9", "phrases": "A4 A4 B8"},
        ),
        ("folk", {"begin": "a.mid", "key": "D", "meter": "7/8"}),
        ("folk", {"pickup": "3.8", "tempo": "20", "transpose": "-12"}),
        ("emotion", {"begin": "a.mid", "begin_seconds": "2"}),
        ("emotion", {"photo": "a.wav", "to": "0.5 0.5", "bars": "8"}),
        ("extrapolate", {"file": "example:mist", "direction": "both"}),
        ("visualize", {"file": "a.wav", "order": "9,8,7,6,5,4,3,2,1,0", "outputs": "film"}),
    ],
)
def test_what_may_be_done_is_left_to_the_job(plan, job, cells):
    check_row(plan(job, **cells))


def test_a_sound_behind_more_zeros_than_are_looked_at_is_left_to_the_job(plan, tmp_path):
    sound = audio.encode(tone(duration_sec=0.1, sr=8_000), "flac")
    (tmp_path / "late.flac").write_bytes(bytes(1_200_000) + sound)
    check_row(plan("extrapolate", file="late.flac"))
    (tmp_path / "none.flac").write_bytes(bytes(1_000))
    with pytest.raises(InputError, match="was not recognized as sound"):
        check_row(plan("extrapolate", file="none.flac"))

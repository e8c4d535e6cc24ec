"""Arguments are those of the command line; a wrong one is told with the nearest name, a wrong value with what it can be."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.library.arguments import read_arguments
from core.presentation.command_options import add_presentation_arguments
from core.sonify.command import add_arguments


def read(**given):
    return read_arguments("sonify", add_arguments, given, own={"x", "y"}, left_out=("files",))


def test_an_argument_is_named_as_the_option_or_as_the_setting():
    assert read(notes=10).n_notes == read(n_notes=10).n_notes == 10
    assert read(tempo=120).tempo_qpm == read(tempo_qpm=120.0).tempo_qpm == 120.0
    assert vars(read()) == vars(read(scale=None))


def test_values_have_the_type_of_the_option():
    given = read(n_notes=np.int64(5), duration_sec=3, soundfont="font.sf2", program=7, accents=True, seed=4)
    assert (given.n_notes, given.duration_sec, given.program, given.seed) == (5, 3.0, [7], 4)
    assert given.soundfont == Path("font.sf2")
    assert given.accents is True
    assert read(where=("a", ">=", 3)).where == [["a", ">=", "3"]]
    assert read(where=[("a", ">=", 3), ["b", "is", "x"]]).where == [["a", ">=", "3"], ["b", "is", "x"]]


def test_every_option_that_writes_no_file_is_an_argument():
    parser = ArgumentParser()
    add_arguments(parser)
    shown = ArgumentParser()
    add_presentation_arguments(shown)
    written = {"files", "midi", "wav", "mp3", "report", "save_settings", *vars(shown.parse_args([]))}
    for name in vars(parser.parse_args([])):
        if name in written:
            continue
        try:
            read(**{name: object()})
        except InputError as error:
            assert "has no argument" not in str(error), name
            assert "writes no files" not in str(error), name
        else:
            pytest.fail(f"{name} took an object")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sclae": "major"}, "sonify\\(\\) has no argument “sclae”. Did you mean “scale”\\?"),
        ({"qqqq": 1}, "has no argument “qqqq”. Its arguments are accents, "),
        ({"wav": "a.wav"}, "writes no files"),
        ({"film": "a.mp4"}, "writes no files"),
        ({"mode": "dirct"}, "mode was 'dirct'; it can be direct, melody, piece."),
        ({"n_notes": 2.5}, "n_notes was 2.5; it must be a whole number"),
        ({"n_notes": True}, "must be a whole number"),
        ({"duration_sec": "long"}, "must be a number"),
        ({"accents": "yes"}, "it can be True or False"),
        ({"where": ("a", "is")}, "it must be 3 values"),
        ({"soundfont": 3}, "must be the path of a file"),
        ({"seed": -1}, "seed was -1: a seed is a whole number from 0 to 2147483647"),
        ({"key": ["C"]}, "key was \\['C'\\]; it must be text"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told(given, message):
    with pytest.raises(InputError, match=message):
        read(**given)

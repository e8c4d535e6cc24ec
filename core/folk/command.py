"""Command line of the Folk Generator: tunes as MIDI, MusicXML, ABC and kern files in a folder, and a report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import add_output_arguments, add_sampling_arguments, write_file
from core.errors import plural
from core.files.reading import read_file

if TYPE_CHECKING:
    from core.music.tune import Tune

# Options that are no argument of the composer.
_AROUND = {"job", "phrases", "begin", "tempo_qpm", "program", "out", "report"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core folk``."""
    add = parser.add_argument
    add("--collection", default="germany/erk", help="such as germany/erk; unknown mixes all collections")
    add("--key", default="G")
    add("--mode", default="major")
    add("--meter", default="4/4")
    add("--bars", type=int, default=16)
    add("--low", type=int, default=60, help="lowest MIDI pitch")
    add("--high", type=int, default=79, help="highest MIDI pitch")
    add_sampling_arguments(parser, top_p=1.0)
    add("--count", type=int, default=1)
    add("--pickup", type=float, default=0.0, dest="pickup_beat", help="pickup, in quarter notes")
    add(
        "--phrases",
        default="automatic",
        help="lengths in bars such as 4+4+2+6, letters such as AABA, or both: A4 A4 B8",
    )
    add("--any-ending", action="store_false", dest="end_on_tonic", help="let the tune end on any note")
    add("--begin", type=Path, help="a .krn, .abc, .mid, .musicxml or .mxl file that the tunes start with")
    add("--tempo", type=float, default=100.0, dest="tempo_qpm", help="tempo, quarter notes per minute")
    add("--program", type=int, default=73, help="General MIDI program")
    add("--out", type=Path, help="folder for MIDI, MusicXML, ABC and kern files")
    add_output_arguments(parser, report="facts and events of every tune")


def run(options: argparse.Namespace) -> str:
    """Compose the tunes that the options ask for, write the files and return one line about them.

    Raises
    ------
    DashboardError
        If an option or the beginning cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core.folk.generate import FolkComposer
    from core.folk.originality.fingerprint import Fingerprint
    from core.folk.phrase_plan import parse_phrases
    from core.folk.report import report
    from core.music.musicxml_files import MAX_XML_BYTES
    from core.music.tune_files import read_tune

    request = {name: value for name, value in vars(options).items() if name not in _AROUND}
    plan = parse_phrases(options.phrases, options.bars)
    prompt, notes = None, list[str]()
    if options.begin is not None:
        prompt, notes = read_tune(read_file(options.begin, MAX_XML_BYTES), options.begin.name)
    composer = FolkComposer.from_weights()
    selection = composer.compose_selection(
        **request, prompt=prompt, phrase_plan=plan.bars, phrase_letters=plan.letters
    )
    request["phrases"] = options.phrases
    if options.out is not None:
        write_tunes(selection.tunes, options.out, tempo_qpm=options.tempo_qpm, program=options.program)
    write_file(options.report, lambda: report(selection, request, composer, Fingerprint.from_weights()))
    counted = f"{plural(len(selection.tunes), 'tune')} of {options.bars} bars"
    return "; ".join([f"{counted} in {options.key} {options.mode}, {options.meter}", *notes])


def write_tunes(tunes: Sequence[Tune], folder: Path, *, tempo_qpm: float, program: int) -> None:
    """Write every tune as MIDI, MusicXML, ABC and kern: ``tune-01.mid`` and so on.

    Parameters
    ----------
    tunes : sequence of Tune
    folder : Path
        Made if it is not there.
    tempo_qpm : float
        Quarters a minute.
    program : int
        General MIDI program, 0-127.
    """
    from core.music import midi
    from core.music.tune_files import to_abc, to_kern, to_midi, to_musicxml

    folder.mkdir(parents=True, exist_ok=True)
    for number, tune in enumerate(tunes, 1):
        name = f"tune-{number:02}"
        contents = {
            "mid": midi.to_bytes(to_midi(tune, tempo_qpm=tempo_qpm, program=program, name=name)),
            "musicxml": to_musicxml(tune, title=name, tempo_qpm=tempo_qpm, program=program).encode(),
            "abc": to_abc(tune, title=name, tempo_qpm=tempo_qpm).encode(),
            "krn": to_kern(tune, title=name, tempo_qpm=tempo_qpm).encode(),
        }
        for ending, content in contents.items():
            (folder / f"{name}.{ending}").write_bytes(content)

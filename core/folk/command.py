"""Command line of the Folk Generator: tunes as MIDI, MusicXML, ABC and kern files in a folder, and a report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import (
    add_output_arguments,
    add_sampling_arguments,
    add_settings_argument,
    add_target_argument,
    replace_file,
    take_given,
    write_report,
)
from core.errors import plural
from core.files.reading import read_file
from core.presentation.command_options import (
    add_presentation_arguments,
    check_presentation_arguments,
    write_presentation,
)
from core.settings_file import MAX_SETTINGS_BYTES, read_settings

if TYPE_CHECKING:
    from core.folk.generate import FolkComposer
    from core.folk.job import TuneRequest
    from core.folk.settings import FolkChoices, FolkSettings
    from core.music.tune import Tune
    from core.presentation.presentation import Presentation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core folk``; those that are not given are None and change nothing."""
    add = parser.add_argument
    add_settings_argument(parser)
    add(
        "--collection",
        help="such as irish, nottingham or 'polish songs'; German songs if not given; unknown mixes all collections",
    )
    add("--key", help="tonic, such as G, the default")
    add("--mode", help="major if not given")
    add("--meter", help="4/4 if not given")
    add("--groups", help="how the beats of an irregular meter are grouped, such as 3+2+2")
    add("--bars", type=int, help="16 if not given")
    add("--low", type=int, help="lowest MIDI pitch; 60 if not given")
    add("--high", type=int, help="highest MIDI pitch; 79 if not given")
    add_sampling_arguments(parser)
    add("--count", type=int, help="number of tunes; 1 if not given")
    add("--pickup", type=float, dest="pickup_beat", help="pickup, in quarter notes; 0 if not given")
    add("--transpose", type=int, help="semitones by which the tunes are moved; 0 if not given")
    add(
        "--phrases",
        help="lengths in bars such as 4+4+2+6, letters such as AABA, or both: A4 A4 B8",
    )
    add("--form", help="AABB: two parts of 8 bars, each played twice, with first and second endings")
    add("--chords", action="store_true", default=None, help="write chord symbols over the tunes")
    add("--accompaniment", help="none, guitar, piano or drone; none if not given")
    add(
        "--any-ending",
        action="store_false",
        default=None,
        dest="end_on_tonic",
        help="let the tune end on any note",
    )
    add("--begin", type=Path, help="a .krn, .abc, .mid, .musicxml or .mxl file that the tunes start with")
    add("--tempo", type=float, dest="tempo_qpm", help="tempo, quarter notes per minute; 100 if not given")
    add("--program", type=int, help="General MIDI program; 73, a flute, if not given")
    add_target_argument(parser, "--out", "folder for MIDI, MusicXML, ABC and kern files", is_folder=True)
    add_output_arguments(parser, report="facts and events of every tune")
    add_presentation_arguments(parser)


def run(options: argparse.Namespace) -> str:
    """Compose the tunes that the options ask for, write the files and return one line about them.

    Raises
    ------
    DashboardError
        If an option, the settings or the beginning cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core.folk.generate import FolkComposer
    from core.folk.job import select_tunes
    from core.folk.originality.fingerprint import Fingerprint
    from core.folk.report import report, tell_request

    check_presentation_arguments(options)
    choices = choose_tunes(options)
    settings = choices.settings
    composer = FolkComposer.from_weights()
    request, notes = choose_request(options, choices, composer)
    selection = select_tunes(request, composer)
    if options.out is not None:
        write_tunes(
            selection.tunes,
            options.out,
            tempo_qpm=settings.tempo_qpm,
            program=settings.program,
            title=choices.title,
            accompaniment=settings.accompaniment,
        )
    told = tell_request(request, settings)
    write_report(options.report, lambda: report(selection, told, composer, Fingerprint.from_weights()))
    write_presentation(
        options,
        lambda: _present(request, settings, selection.tunes[0], options.title or choices.title),
    )
    counted = f"{plural(len(selection.tunes), 'tune')} of {request.bars} bars"
    return "; ".join([f"{counted} in {request.key} {request.mode}, {request.meter}", *notes])


def _present(request: TuneRequest, settings: FolkSettings, tune: Tune, title: str) -> Presentation:
    """What film, page and picture show: the first tune."""
    from core.folk.job import play_tune
    from core.folk.presentation import present

    played = play_tune(request, 0, settings.tempo_qpm, settings.program, tune)
    return present(played, title=title)


def choose_tunes(options: argparse.Namespace) -> FolkChoices:
    """Settings of the file of ``--settings`` and the options; the options win."""
    from core.folk.settings import FolkChoices, FolkSettings, read_choices

    choices = FolkChoices(settings=FolkSettings(count=1, seed=0))
    if options.settings is not None:
        choices = read_choices(read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "folk"))
    given = take_given(options, (field.name for field in fields(FolkSettings)))
    if given.get("meter", choices.settings.meter) != choices.settings.meter:
        given = {"groups": "", **given}  # those of the file are of another meter
    return replace(choices, settings=replace(choices.settings, **given))


def choose_request(
    options: argparse.Namespace, choices: FolkChoices, composer: FolkComposer
) -> tuple[TuneRequest, Sequence[str]]:
    """Build the composer's request, and notes on the opening."""
    from core.folk.job import select_tunes
    from core.folk.settings import keep_bars, read_beginning
    from core.music.musicxml_files import MAX_XML_BYTES
    from core.music.tune_files import read_tune

    beginning: Tune | None
    notes: Sequence[str] = ()
    if options.begin is not None:
        beginning, notes = read_tune(read_file(options.begin, MAX_XML_BYTES), options.begin.name)
    else:
        beginning = read_beginning(choices.beginning, choices.settings)
    # A beginning has its own key and meter, unless others are asked for.
    named = take_given(options, ("key", "mode", "meter", "top_p"))
    request = replace(choices.settings.request(beginning), **named)
    if choices.kept is None:
        return request, notes
    return keep_bars(request, choices.kept, lambda whole: select_tunes(whole, composer).tunes), notes


def write_tunes(
    tunes: Sequence[Tune],
    folder: Path,
    *,
    tempo_qpm: float,
    program: int,
    title: str = "",
    accompaniment: str = "none",
) -> None:
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
    title : str
        In every file; the file's name if not given.
    accompaniment : str
        Played in the MIDI files, on a track of its own.
    """
    from core.folk.job import play_accompanied
    from core.music import midi
    from core.music.tune_files import to_abc, to_kern, to_musicxml

    folder.mkdir(parents=True, exist_ok=True)
    for number, tune in enumerate(tunes, 1):
        name = f"tune-{number:02}"
        shown = " ".join(title.split()) or name
        contents = {
            "mid": midi.to_bytes(play_accompanied(tune, tempo_qpm, program, accompaniment, shown)),
            "musicxml": to_musicxml(tune, title=shown, tempo_qpm=tempo_qpm, program=program).encode(),
            "abc": to_abc(tune, title=shown, tempo_qpm=tempo_qpm).encode(),
            "krn": to_kern(tune, title=shown, tempo_qpm=tempo_qpm).encode(),
        }
        for ending, content in contents.items():
            with replace_file(folder / f"{name}.{ending}") as file:
                file.write(content)

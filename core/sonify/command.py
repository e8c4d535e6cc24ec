"""Sonify on the command line: columns of a table to MIDI, audio and a report."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import (
    add_output_arguments,
    add_seed_argument,
    add_settings_argument,
    example_id,
    write_file,
    write_report,
)
from core.errors import InputError, plural
from core.files.reading import read_file
from core.presentation.command_options import (
    add_presentation_arguments,
    asks_for_presentation,
    check_presentation_arguments,
    write_presentation,
)
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, read_settings
from core.sonify import settings as choices
from core.sonify.given_settings import choose_settings
from core.sonify.named_tables import (
    add_reading_arguments,
    check_corrections,
    read_named_chart,
    read_named_tables,
)
from core.speech.languages import LANGUAGES

if TYPE_CHECKING:
    from core.presentation.presentation import Presentation
    from core.sonify.direct_mapping import Sonification
    from core.synth import Rendering
    from core.tables.engine.large_tables import LargeTable
    from core.tables.table import Table

ENGINES = ("auto", "fluidsynth", "embedded")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core sonify``; those that are not given are None and change nothing."""
    add = parser.add_argument
    usual = choices.Settings()
    add(
        "files",
        nargs="*",
        metavar="FILE",
        help="CSV, TSV, XLSX, XLS, ODS, Parquet, JSON or HTML, also gzipped; several files are joined on their time column; "
        "a folder of CSV or Parquet files; db:NAME/TABLE; or example:ID; the example of --settings if not given",
    )
    add_reading_arguments(parser)
    add_settings_argument(parser)
    add(
        "--time",
        help="column for the time axis; found in the table if not given; '' keeps the order of the file",
    )
    add(
        "--split",
        help="column of labels, each a separate voice; found in the table if not given; '' for none",
    )
    add(
        "--label",
        action="append",
        dest="labels",
        help="label of that column to play; repeat for more voices; the most common if not given",
    )
    add(
        "--where",
        action="append",
        nargs=3,
        metavar=("COL", "OPERATOR", "VALUE"),
        help=f"filter rows, for example: --where country is Norway; operators: {', '.join(choices.FILTER_OPERATORS)}",
    )
    add(
        "--value",
        action="append",
        help="column to play; COL,COL or repeat for more voices; the first that suits if not given",
    )
    add(
        "--part",
        choices=choices.PARTS,
        help="the value itself, or its trend, seasonal or residual part (STL); value if not given",
    )
    add(
        "--program",
        type=int,
        action="append",
        help="General MIDI program, 0 to 127, one per voice; piano, marimba, flute, cello if not given",
    )
    add(
        "--instrument-set",
        type=int,
        help="instruments that go together, balanced and panned apart: a number from 1, for 2 to 4 voices",
    )
    add("--low", type=int, help="lowest MIDI pitch, 0 to 127; chosen by --mode and the voices if not given")
    add("--high", type=int, help="highest MIDI pitch, likewise")
    add("--invert", action="store_true", default=None, help="higher values are lower notes")
    add(
        "--notes",
        type=int,
        dest="n_notes",
        help=f"maximum notes; more rows than this are aggregated; {usual.n_notes} if not given",
    )
    add(
        "--aggregate",
        choices=choices.AGGREGATES,
        help=f"how rows are aggregated; {usual.aggregate} if not given",
    )
    add(
        "--sampling",
        choices=choices.SAMPLINGS,
        help=f"a note for each row, or for each step of the value; {usual.sampling} if not given",
    )
    add(
        "--scaling",
        choices=choices.SCALINGS,
        help=f"how values are placed on pitches, for all voices; {usual.scaling} if not given",
    )
    add(
        "--voice-scaling",
        choices=choices.SCALINGS,
        action="append",
        help="the same for one voice; repeat for more voices",
    )
    add(
        "--pitch-scale",
        choices=choices.PITCH_SCALES,
        help=f"voices that share one pitch scale: of one unit, all, or none; {usual.pitch_scale} if not given",
    )
    add(
        "--smoothing",
        type=int,
        help=f"notes in a centered moving average; {usual.smoothing}, none, if not given",
    )
    add("--period", type=int, help="rows in a season, for --part; found by the time column if not given")
    add("--key", help=f"tonic, such as C or F#; {usual.key} if not given")
    add("--scale", help=f"chromatic, major, minor pentatonic, … or continuous; {usual.scale} if not given")
    add(
        "--rhythm",
        choices=choices.RHYTHMS,
        help=f"even, proportional to time, or composed; {usual.rhythm} if not given",
    )
    add("--pace", choices=choices.PACES, help=f"what sets the length; {usual.pace} if not given")
    add(
        "--duration",
        type=float,
        dest="duration_sec",
        help="length in seconds; 0.4 s a note, 5 to 40 s, if not given",
    )
    add(
        "--tempo",
        type=float,
        dest="tempo_qpm",
        help=f"notes per minute, with --pace tempo; {usual.tempo_qpm:g} if not given",
    )
    add(
        "--tick-unit",
        choices=choices.TICK_UNITS,
        help=f"unit of the time ticks; {usual.tick_unit} if not given",
    )
    add("--tick-every", type=float, help=f"units between time ticks; {usual.tick_every:g} if not given")
    add(
        "--reference",
        action="append",
        dest="references",
        choices=choices.REFERENCES,
        help="reference tone before the data",
    )
    add("--accents", action="store_true", default=None, help="accent outliers")
    add(
        "--speak",
        action="store_true",
        default=None,
        dest="captions",
        help="say title, time, minimum and maximum over the notes",
    )
    add(
        "--language",
        choices=tuple(LANGUAGES),
        help=f"language of --speak, such as de; {usual.language} if not given",
    )
    add(
        "--mode",
        choices=choices.MODES,
        help="direct mapping; a melody composed by a network; a full arrangement around the data; "
        f"{usual.mode} if not given",
    )
    add(
        "--fidelity",
        type=float,
        help=f"of a melody: 0 ignores the data, 1 is exact; {usual.fidelity:g} if not given",
    )
    add(
        "--takes",
        type=int,
        help=f"melodies composed at once; the report has all of them; {usual.takes} if not given",
    )
    add("--take", type=int, help=f"the take to play, from 1; {usual.take} if not given")
    add_seed_argument(parser)
    add("--bars", type=int, help=f"length in bars, with --pace bars; {usual.bars} if not given")
    add(
        "--beat",
        type=float,
        dest="beat_qpm",
        help=f"tempo in BPM, with --pace bars; {usual.beat_qpm:g} if not given",
    )
    add("--meter", choices=choices.METERS, help=f"time signature; {usual.meter} if not given")
    add("--style", choices=choices.STYLES, help=f"style of the accompaniment; {usual.style} if not given")
    add(
        "--density",
        type=int,
        choices=choices.DENSITIES,
        help=f"accompaniment density, from 1 (sparse) to 5 (busy); {usual.density} if not given",
    )
    add(
        "--accompaniment",
        type=int,
        dest="accompaniment_program",
        help=f"General MIDI program of the accompaniment; {usual.accompaniment_program}, a piano, if not given",
    )
    add(
        "--mix",
        choices=choices.MIXES,
        help="reverb, a loudness of -16 LUFS and a limiter; auto, the default: for composed music, not for direct mapping",
    )
    add("--engine", choices=ENGINES, help="synthesizer; auto, FluidSynth where it is installed, if not given")
    add("--soundfont", type=Path, help="SF2 or SF3 file to play with; that of the system if not given")
    add_output_arguments(
        parser, "midi", "wav", "mp3", "save-settings", report="mapping accuracy and every note"
    )
    add_presentation_arguments(parser)


def run(options: argparse.Namespace) -> str:
    """Sonify what the options name, write the files and return one line about it.

    Raises
    ------
    DashboardError
        If an option or the table cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core import audio
    from core.music import midi
    from core.sonify import large_job
    from core.sonify.audibility import play
    from core.sonify.compose import Composers, compose
    from core.sonify.descriptions import units_of
    from core.sonify.report import report
    from core.sonify.spoken_captions import speak_over

    check_presentation_arguments(options)
    table, large, file = _read_tables(options, _read_settings(options))
    settings = choose_settings(options, file, table)
    sound = {
        "engine": options.engine or (file.more.get("engine") if file else None) or "auto",
        "soundfont": options.soundfont,
    }
    if large is None:
        result = compose(table, settings, Composers.from_weights(), **sound)
    else:
        points = large_job.aggregate_large(large, settings)
        table, heard = points.table, large_job.heard_settings(settings)
        result = compose(table, heard, Composers.from_weights(), **sound)
        result = large_job.tell_engine(result, points, settings)
    rendering = None
    if options.wav or options.mp3 or asks_for_presentation(options):
        result, rendering = play(result, **sound)
    result, rendering = speak_over(result, rendering, units_of(table))
    if options.report is not None:  # made before any file is written: a run that fails leaves nothing behind
        told = report(result, table, rendering)
    if rendering is not None:
        write_file(options.wav, lambda: audio.encode(rendering.audio, "wav"))
        write_file(options.mp3, lambda: audio.encode(rendering.audio, "mp3"))
    write_file(options.midi, lambda: midi.to_bytes(result.midi))
    write_file(options.save_settings, settings.to_json)
    write_report(options.report, lambda: told)
    if rendering is not None:
        files = options.files or _name_example(file)
        write_presentation(options, lambda: _present(result, table, rendering, files, options.title))
    return _describe(result, rendering)


def _read_tables(
    options: argparse.Namespace, file: SettingsFile | None
) -> tuple[Table, LargeTable | None, SettingsFile | None]:
    """The table that is named, beyond memory or not, and the settings: those of a chart's specification if there are no others."""
    reading = {
        "corrections": options.correct,
        "former": check_corrections(file.more.get("reading", ()) if file else ()),
    }
    chart = read_named_chart(options.files, **reading)
    if chart is not None:
        own = SettingsFile(feature="sonify", settings=dataclasses.asdict(chart.settings))
        return chart.table, None, file or own
    files = options.files or _name_example(file)
    return *read_named_tables(files, select=options.select, **reading), file


def _present(
    result: Sonification, table: Table, rendering: Rendering, files: Sequence[str], title: str | None
) -> Presentation:
    """What film, page and picture show; examples have a title and a source of their own."""
    from core.sonify.examples import EXAMPLES
    from core.sonify.job import describe_played
    from core.sonify.presentation import present

    name = example_id(files[0], EXAMPLES) if len(files) == 1 else None
    named = None if name is None else EXAMPLES[name]
    return present(
        describe_played(result, table, rendering),
        title=title or (named.title if named else ""),
        source=named.source if named else ", ".join(Path(file).name for file in files),
    )


def _read_settings(options: argparse.Namespace) -> SettingsFile | None:
    if not options.settings:
        return None
    file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "sonify")
    if file.more.get("engine", "auto") not in ENGINES:
        raise InputError(f"In the settings, engine must be {', '.join(ENGINES)}.")
    return file


def _name_example(file: SettingsFile | None) -> list[str]:
    """The example that the settings were made for, as the files of the shell."""
    if file is not None and file.example is not None:
        return [f"example:{file.example}"]
    needed = None if file is None else file.needed_file
    if needed is None:
        raise InputError("Name a table: python -m core sonify FILE, or example:ID.")
    raise InputError(
        f"These settings were made for a table that is not in them ({needed}). Name it: "
        "python -m core sonify FILE --settings SETTINGS."
    )


def _describe(result: Sonification, rendering: Rendering | None) -> str:
    parts = []
    for voice in result.voices:
        rho = voice.fidelity.spearman
        shown = "" if rho is None else f", rank correlation {rho:.3f}"
        n_notes = int(voice.points["sounds"].sum())
        audible = voice.fidelity.moves_audible
        moves = "" if audible is None else f", {audible:.0%} of changes audible"
        parts.append(f"{voice.name}: {plural(n_notes, 'note')}{moves}{shown}")
    composition = result.composition
    if composition is not None and composition.takes:
        nats, real = composition.takes[result.settings.take - 1].nats[0], composition.real_nats
        if nats is not None and real is not None:
            likeness = "more" if nats <= real else "less"
            parts.append(
                f"melody {likeness} predictable than real ones (surprise {nats:.2f}; real melodies {real:.2f})"
            )
    if composition is not None and composition.accompanied is not None and composition.score is not None:
        n_notes, n_bars = len(composition.accompanied.notes), composition.score.n_bars
        parts.append(f"accompaniment: {n_notes} notes in {n_bars} bars")
    if rendering is not None and rendering.note:
        parts.append(rendering.note)
    return "; ".join(parts)

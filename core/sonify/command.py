"""The sonify job of the command line: a table's columns become MIDI, sound and a report."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from core import limits
from core.command_line import add_output_arguments, add_seed_argument, write_file
from core.errors import InputError
from core.files.reading import read_file
from core.sonify import settings as choices
from core.sonify.named_tables import add_reading_arguments, read_named_tables
from core.sonify.settings import Settings, Voice

if TYPE_CHECKING:
    from core.sonify.direct_mapping import Sonification
    from core.synth import Rendering
    from core.tables.table import Suggestion, Table

MAX_SETTINGS_BYTES = limits.MEGABYTE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core sonify``; those that are not given are None and change nothing."""
    add = parser.add_argument
    add(
        "files",
        nargs="+",
        metavar="FILE",
        help="CSV, TSV, XLSX, XLS, ODS, Parquet, JSON, HTML, gzip; several are joined on their time; a folder of CSV or Parquet "
        "files; db:NAME/TABLE; or example:ID",
    )
    add_reading_arguments(parser)
    add("--settings", type=Path, help="settings JSON of the page; other options change it")
    add("--time", help="column that orders the rows; '' keeps the order of the file")
    add("--split", help="column of labels, each a voice of its own; '' for none")
    add(
        "--label",
        action="append",
        dest="labels",
        help="of that column; repeated for more voices; else the commonest",
    )
    add(
        "--where",
        action="append",
        nargs=3,
        metavar=("COL", "OPERATOR", "VALUE"),
        help=f"keep only such rows, such as: --where country is Norway; the operator is one of {', '.join(choices.FILTER_OPERATORS)}",
    )
    add("--value", action="append", help="column to hear; COL,COL or repeated for more voices")
    add("--part", choices=choices.PARTS)
    add("--program", type=int, action="append", help="General MIDI program, one a voice")
    add("--low", type=int, help="lowest MIDI pitch")
    add("--high", type=int, help="highest MIDI pitch")
    add("--invert", action="store_true", default=None, help="higher is lower")
    add("--notes", type=int, dest="n_notes", help="at most; more rows are aggregated")
    add("--aggregate", choices=choices.AGGREGATES)
    add("--sampling", choices=choices.SAMPLINGS)
    add("--scaling", choices=choices.SCALINGS)
    add("--smoothing", type=int)
    add("--period", type=int, help="rows in a season, for --part")
    add("--key")
    add("--scale", help="chromatic, major, minor pentatonic, … or continuous")
    add("--rhythm", choices=choices.RHYTHMS)
    add("--pace", choices=choices.PACES)
    add("--duration", type=float, dest="duration_sec", help="seconds in all")
    add("--tempo", type=float, dest="tempo_qpm", help="notes a minute, with --pace tempo")
    add("--tick-unit", choices=choices.TICK_UNITS)
    add("--tick-every", type=float)
    add("--reference", action="append", dest="references", choices=choices.REFERENCES)
    add("--accents", action="store_true", default=None, help="mark outliers")
    add("--mode", choices=choices.MODES, help="melody and piece are composed by a network")
    add("--fidelity", type=float, help="of a melody: 0 is free of the data, 1 is exact")
    add("--takes", type=int, help="melodies composed at once; the report holds all of them")
    add("--take", type=int, help="the one that sounds, from 1")
    add_seed_argument(parser, default=None)
    add("--bars", type=int, help="length in bars, with --pace bars")
    add("--beat", type=float, dest="beat_qpm", help="quarters a minute, with --pace bars")
    add("--meter", choices=choices.METERS)
    add("--style", choices=choices.STYLES, help="of a piece's accompaniment")
    add("--density", type=int, choices=choices.DENSITIES, help="of it, from 1, sparse, to 5, busy")
    add("--accompaniment", type=int, dest="accompaniment_program", help="General MIDI program")
    add("--engine", choices=("auto", "fluidsynth", "embedded"), default="auto")
    add("--soundfont", type=Path, help="an SF2 file of your own")
    add_output_arguments(
        parser, "midi", "wav", "mp3", "save-settings", report="fidelity figures and every sounding point"
    )


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
    from core.sonify.report import report

    table, large = read_named_tables(options.files, select=options.select, corrections=options.correct)
    settings = _choose_settings(options, table)
    sound = {"engine": options.engine, "soundfont": options.soundfont}
    if large is None:
        result = compose(table, settings, Composers.from_weights(), **sound)
    else:
        points = large_job.aggregate_large(large, settings)
        table, heard = points.table, large_job.heard_settings(settings)
        result = compose(table, heard, Composers.from_weights(), **sound)
        result = large_job.tell_engine(result, points, settings)
    rendering = None
    if options.wav or options.mp3:
        result, rendering = play(result, **sound)
    if options.report is not None:  # made before any file is written: a run that fails leaves nothing behind
        told = report(result, table, rendering)
    if rendering is not None:
        write_file(options.wav, lambda: audio.encode(rendering.audio, "wav"))
        write_file(options.mp3, lambda: audio.encode(rendering.audio, "mp3"))
    write_file(options.midi, lambda: midi.to_bytes(result.midi))
    write_file(options.save_settings, settings.to_json)
    write_file(options.report, lambda: told)
    return _describe(result, rendering)


def _choose_settings(options: argparse.Namespace, table: Table) -> Settings:
    """Settings from the file of ``--settings``, the table and the other options; the later win."""
    from core.sonify.row_selection import select_rows

    base = Settings()
    if options.settings:
        base = Settings.from_json(read_file(options.settings, MAX_SETTINGS_BYTES))
    suggested = table.suggest()
    mode = options.mode or base.mode
    raw = json.loads(base.to_json())
    if not options.settings:
        raw["time"] = suggested.time  # a missing --time means the recognized one
        raw["split"] = suggested.split
        if options.split is None:
            raw["filters"] = [{"column": column, "value": label} for column, label in suggested.conditions]
    raw |= _take_given(options, Settings)
    raw["time"], raw["split"] = raw["time"] or None, raw["split"] or None
    if options.where:
        raw["filters"] = [
            dict(zip(("column", "operator", "value"), each, strict=True)) for each in options.where
        ]
    pairs = _pair_voices(options, base, suggested, raw["split"], table)
    raw["voices"] = [
        _choose_voice(options, base, column, label, place, mode)
        for place, (column, label) in enumerate(pairs)
    ]
    if options.pace is None and (options.tempo_qpm is not None or options.bars is not None):
        raw["pace"] = "tempo" if options.tempo_qpm is not None else "bars"
    if options.take is not None and options.takes is None:
        raw["takes"] = max(options.take, raw["takes"])
    settings = Settings.from_dict(raw)
    if options.duration_sec is None and not options.settings:
        n_points = min(len(select_rows(table, settings).index), settings.n_notes)
        settings = dataclasses.replace(settings, duration_sec=choices.default_duration_sec(n_points))
    return settings


def _pair_voices(
    options: argparse.Namespace, base: Settings, suggested: Suggestion, split: str | None, table: Table
) -> list[tuple[str, str | None]]:
    """The column and the label of each voice."""
    from core.sonify.splitting import count_labels
    from core.sonify.suggestion import pair_voices

    if base.voices and not (options.value or options.labels or options.split is not None):
        return [(voice.column, voice.label) for voice in base.voices]
    if options.value:
        columns = _split_columns(options.value, table)
    else:
        columns = list(dict.fromkeys(voice.column for voice in base.voices)) or suggested.values[:1]
    if not columns:
        raise InputError("This table has no column of numbers, and only numbers can be heard.")
    if split is None:
        if options.labels:
            raise InputError("--label names a voice of a column of labels. Say which column with --split.")
        return pair_voices(columns, [])
    labels = options.labels
    if not labels:
        most = max(1, limits.MAX_VOICES // len(columns))
        known = [voice.label for voice in base.voices if voice.label is not None and base.split == split]
        labels = list(dict.fromkeys(known)) or (suggested.labels if split == suggested.split else [])
        labels = (labels or [name for name, _ in count_labels(table, split, most).listed])[:most]
    return pair_voices(columns, labels)


def _take_given(options: argparse.Namespace, kind: type[Settings | Voice]) -> dict[str, object]:
    """Fields of the settings, or of a voice, for which there is an option that was given."""
    names = (field.name for field in dataclasses.fields(kind))
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def _split_columns(given: list[str], table: Table) -> list[str]:
    """Split COL,COL; a column whose own name holds a comma is found whole first."""
    names = set(table.frame.columns)
    return [column for text in given for column in ([text] if text in names else text.split(","))]


def _choose_voice(
    options: argparse.Namespace, base: Settings, column: str, label: str | None, place: int, mode: str
) -> dict[str, object]:
    low, high = choices.DEFAULT_RANGES[mode]
    program = choices.DEFAULT_PROGRAMS[place % len(choices.DEFAULT_PROGRAMS)]
    voice: dict[str, object] = {
        "column": column,
        "program": program,
        "low": low,
        "high": high,
        "label": label,
    }
    for known in base.voices:
        if (known.column, known.label) == (column, label):
            voice = dict(vars(known))
            break
    voice |= _take_given(options, Voice)  # an end of the range that was not given stays the mode's
    if options.program:
        voice["program"] = options.program[min(place, len(options.program) - 1)]
    if options.invert:
        voice["polarity"] = "down"
    return voice


def _describe(result: Sonification, rendering: Rendering | None) -> str:
    parts = []
    for voice in result.voices:
        rho = voice.fidelity.spearman
        shown = "undefined" if rho is None else f"{rho:.3f}"
        n_notes = int(voice.points["sounds"].sum())
        parts.append(f"{voice.name}: {n_notes} notes, rank correlation {shown}")
    composition = result.composition
    if composition is not None and composition.takes:
        nats = composition.takes[result.settings.take - 1].nats[0]
        if nats is not None:
            parts.append(f"{nats:.2f} nats a note (real melodies {composition.real_nats:.2f})")
    if composition is not None and composition.accompanied is not None and composition.score is not None:
        n_notes, n_bars = len(composition.accompanied.notes), composition.score.n_bars
        parts.append(f"{n_notes} notes of accompaniment in {n_bars} bars")
    if rendering is not None and rendering.note:
        parts.append(rendering.note)
    return "; ".join(parts)

"""Settings from what was given by name: options of a shell or arguments of a call, over a settings file and the table's own."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING

from core import limits
from core.command_line import take_given
from core.errors import InputError
from core.settings_file import SettingsFile
from core.sonify import settings as choices
from core.sonify.instrument_sets import play_together
from core.sonify.settings import Settings, Voice

if TYPE_CHECKING:
    from core.tables.table import Suggestion, Table


def choose_settings(options: argparse.Namespace, file: SettingsFile | None, table: Table) -> Settings:
    """Choose settings by a settings file, the table and what was given; the later win.

    Parameters
    ----------
    options : argparse.Namespace
        As `core.sonify.command.add_arguments` declares them; None where one was not given.
    file : SettingsFile or None
    table : Table

    Raises
    ------
    InputError
        If something given cannot be used, or the table has no numbers.

    Examples
    --------
    >>> from core.sonify.command import add_arguments
    >>> from core.tables.table import read_text
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> given = parser.parse_args(["--scale", "dorian"])
    >>> choose_settings(given, None, read_text("month,rain\\n1,30\\n2,55\\n3,80")).voices[0].column
    'rain'
    """
    from core.sonify.row_selection import select_rows

    base = Settings()
    if file is not None:
        base = Settings.from_file(file)
    suggested = table.suggest()
    mode = options.mode or base.mode
    raw = json.loads(base.to_json())
    if file is None:
        raw["time"] = suggested.time  # a missing --time means the recognized one
        raw["split"] = suggested.split
        if options.split is None:
            raw["filters"] = [{"column": column, "value": label} for column, label in suggested.conditions]
    raw |= take_given(options, _names(Settings))
    raw["time"], raw["split"] = raw["time"] or None, raw["split"] or None
    if options.where:
        raw["filters"] = [
            dict(zip(("column", "operator", "value"), each, strict=True)) for each in options.where
        ]
    pairs = _pair_voices(options, base, suggested, raw["split"], table)
    raw["voices"] = _choose_voices(options, base, pairs, table, mode)
    if options.pace is None and (options.tempo_qpm is not None or options.bars is not None):
        raw["pace"] = "tempo" if options.tempo_qpm is not None else "bars"
    if options.take is not None and options.takes is None:
        raw["takes"] = max(options.take, raw["takes"])
    settings = Settings.from_dict(raw)
    if options.instrument_set is not None:
        settings = play_together(settings, options.instrument_set)
    if options.duration_sec is None and file is None:
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
        raise InputError(
            "This table has no numeric column, and only numbers can be played. Check the delimiter and the decimal separator."
        )
    if split is None:
        if options.labels:
            raise InputError("--label needs a column of labels. Name it with --split.")
        return pair_voices(columns, [])
    labels = options.labels
    if not labels:
        most = max(1, limits.MAX_VOICES // len(columns))
        known = [voice.label for voice in base.voices if voice.label is not None and base.split == split]
        labels = list(dict.fromkeys(known)) or (suggested.labels if split == suggested.split else [])
        labels = (labels or [name for name, _ in count_labels(table, split, most).listed])[:most]
    return pair_voices(columns, labels)


def _names(kind: type[Settings | Voice]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def _split_columns(given: list[str], table: Table) -> list[str]:
    """Split COL,COL; a column whose own name holds a comma is found whole first."""
    names = set(table.frame.columns)
    return [column for text in given for column in ([text] if text in names else text.split(","))]


def _choose_voices(
    options: argparse.Namespace,
    base: Settings,
    pairs: list[tuple[str, str | None]],
    table: Table,
    mode: str,
) -> list[dict[str, object]]:
    """Each voice as plain data; by default each value scale has its own register."""
    from core.sonify.pitch_scales import choose_registers, group_without_scalings

    told = [
        _choose_voice(options, base, column, label, place, choices.DEFAULT_RANGES[mode])
        for place, (column, label) in enumerate(pairs)
    ]
    if len(told) > limits.MAX_VOICES:  # which the settings refuse
        return told
    names = ("column", "label", "part", "scaling")
    draft = Settings.from_dict(
        {
            "voices": [{name: each[name] for name in names if name in each} for each in told],
            "split": "any",
            "pitch_scale": options.pitch_scale or base.pitch_scale,
            "scaling": options.scaling or base.scaling,
        }
    )
    registers = choose_registers(group_without_scalings(table, draft), mode)
    return [
        _choose_voice(options, base, column, label, place, register)
        for place, ((column, label), register) in enumerate(zip(pairs, registers, strict=True))
    ]


def _choose_voice(
    options: argparse.Namespace,
    base: Settings,
    column: str,
    label: str | None,
    place: int,
    register: tuple[int, int],
) -> dict[str, object]:
    low, high = register
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
    given = take_given(options, _names(Voice))
    if given.pop("scaling", None):
        voice["scaling"] = None  # the option is that of all voices
    voice |= given  # an end of the range that was not given stays the mode's
    if options.program:
        voice["program"] = options.program[min(place, len(options.program) - 1)]
    if options.voice_scaling:
        voice["scaling"] = options.voice_scaling[min(place, len(options.voice_scaling) - 1)]
    if options.invert:
        voice["polarity"] = "down"
    return voice

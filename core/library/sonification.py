"""Sonify a data frame, a figure or a list by one call; what `core.sonify(...)` does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.audio.flac import FlacSound
from core.errors import InputError
from core.library.arguments import read_arguments
from core.library.given_tables import GivenTable, find_column, read_given, require_number_column, set_units
from core.library.results import Result
from core.presentation.presentation import Presentation
from core.progress import Progress
from core.sonify.job import PlayedTable, keep_columns, play_table
from core.tables.table import Table, shorten

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

_OWN = frozenset(("x", "y", "split", "title", "source", "license", "units", "progress"))


class SonifiedTable(Result):
    """A table as sound, returned by `sonify`.

    Attributes
    ----------
    played : PlayedTable
    table : Table
        As it was read, with every assumption in ``table.decisions``.
    """

    def __init__(self, played: PlayedTable, table: Table, **told: str) -> None:
        super().__init__(**told)
        self.played, self.table = played, table

    @property
    def sound(self) -> FlacSound:
        """The sound as FLAC."""
        return self.played.sound

    @property
    def midi(self) -> PrettyMIDI:
        """The notes, a track each voice."""
        return self.played.sonification.midi

    @property
    def settings(self) -> Any:
        """All settings, as they were chosen."""
        return self.played.sonification.settings

    @property
    def report(self) -> dict[str, Any]:
        """Settings, mapping accuracy and every note, as the app's report has them."""
        from core.sonify.report import report

        return {**report(self.played.sonification, self.table), "sound": self.played.sound_facts}

    @property
    def words(self) -> tuple[str, ...]:
        """What maps to what, and what was taken for granted of the data."""
        note = (self.played.note,) if self.played.note else ()
        chart = [told.sentence for told in self.table.decisions if told.key.startswith("chart")]
        return (*self.played.words, *chart, *self.table.warnings, *self.played.sonification.notes, *note)

    def _present(self) -> Presentation:
        from core.sonify.presentation import present

        return present(self.played, title=self.title, source=self.source, license_text=self.license_text)


def sonify(
    data: object,
    x: object = None,
    y: object = None,
    split: object = None,
    *,
    mode: str | None = None,
    scale: str | None = None,
    key: str | None = None,
    n_notes: int | None = None,
    duration_sec: float | None = None,
    program: int | Sequence[int] | None = None,
    units: Mapping[str, str] | None = None,
    title: str = "",
    source: str = "",
    license: str = "",
    progress: Progress | None = None,
    **settings: Any,
) -> SonifiedTable:
    """Turn columns of a table into sound.

    Parameters
    ----------
    data : object
        A data frame or series (pandas, polars, pyarrow, and whatever narwhals or the interchange protocol reads), a plotly
        figure, whose traces become voices, a chart of Highcharts, MAIDR or Vega-Lite as a dictionary, a dictionary of columns,
        a list or array of numbers, a file's name, or ``"example:co2"``.
    x : str, optional
        Column of the time axis; recognized if not given, ``""`` for the order of the rows.
    y : str or list of str, optional
        Columns to play, at most four, an instrument each; the likeliest column of values if not given.
    split : str, optional
        Column of labels, each a voice of its own; ``labels=[...]`` chooses among them.
    mode : {"direct", "melody", "piece"}
        Direct mapping, a melody composed near the data, or a full arrangement around them.
    scale : str
        Such as "major", "minor pentatonic", "chromatic" or "continuous".
    key : str
        Tonic, such as "C" or "F#".
    n_notes : int
        At most; more rows than this are aggregated.
    duration_sec : float
        From 1 to 600 seconds; by the number of notes if not given.
    program : int or list of int
        General MIDI programs from 0, one per voice.
    units : dict, optional
        Units of columns: ``{"CO2": "ppm"}``.
    title, source, license : str
        Shown on page, picture and film.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    **settings
        Every option of ``python -m core sonify --help`` and every field of `core.sonify.settings.Settings`, by its name:
        ``low``, ``high``, ``invert``, ``where``, ``aggregate``, ``scaling``, ``smoothing``, ``rhythm``, ``tempo``, ``seed``, …

    Returns
    -------
    SonifiedTable
        Shows itself in a notebook; has ``audio``, ``midi``, ``report`` and ``save("x.wav")``.

    Raises
    ------
    InputError
        If data or an argument cannot be used; the message says what to change.

    Examples
    --------
    >>> from core import sonify
    >>> heard = sonify({"month": [1, 2, 3], "rain": [30, 55, 80]}, y="rain", scale="chromatic", duration_sec=1)
    >>> [note.pitch for note in heard.midi.instruments[0].notes]
    [36, 60, 84]
    """
    from core.sonify.command import ENGINES, add_arguments

    given: dict[str, Any] = {"mode": mode, "scale": scale, "key": key, "n_notes": n_notes, "program": program}
    given |= {"duration_sec": duration_sec, **settings}
    asked = {"x": given.pop("time", x), "y": given.pop("value", y), "split": split}
    correct = given.pop("correct", None)
    read = read_given(data, [correct] if isinstance(correct, str) else correct)
    if all(each is None for each in asked.values()):
        asked |= {name: value for name, value in read.arguments.items() if name in asked}
        given = {**read.arguments, **{name: value for name, value in given.items() if value is not None}}
        given = {name: value for name, value in given.items() if name not in asked}
    table = _choose_table(read, asked, given, units)
    options = read_arguments(
        "sonify", add_arguments, given, own=_OWN, left_out=("files", "select", "correct")
    )
    if options.engine not in (None, *ENGINES):
        raise InputError(f"The engine was {options.engine!r:.40}; it can be {', '.join(ENGINES)}.")
    played, table = _play(read, table, options, progress)
    return SonifiedTable(
        played, table, title=title or read.title, source=source or read.source, license_text=license
    )


def _choose_table(
    read: GivenTable, asked: dict[str, Any], given: dict[str, Any], units: Mapping[str, str] | None
) -> Table:
    """The table, with the columns that were asked for found and written into the arguments as the options have them."""
    table = read.table if units is None else set_units(read.table, units)
    require_number_column(table)
    if asked["x"] is not None:
        given["time"] = find_column(table, asked["x"], "x") if asked["x"] != "" else ""
    if asked["split"] is not None:
        given["split"] = find_column(table, asked["split"], "split") if asked["split"] != "" else ""
    if asked["y"] is not None:
        names = asked["y"] if isinstance(asked["y"], list) else [asked["y"]]
        given["value"] = [find_column(table, name, "y") for name in names]
        kinds = {column.name: column.kind for column in table.columns}
        for name in given["value"]:
            if kinds[name] != "number":
                what = {"date": "dates", "text": "text"}.get(kinds[name], "no values")
                raise InputError(
                    f"The column “{shorten(name)}” holds {what}, and only numbers can be played. "
                    f"Columns of numbers: {', '.join(map(shorten, table.number_columns()[:8]))}."
                )
        if not given["value"]:
            raise InputError("y is an empty list. Name at least one column of numbers.")
    return table


def _play(
    read: GivenTable, table: Table, options: Any, progress: Progress | None
) -> tuple[PlayedTable, Table]:
    from core.files.reading import read_file
    from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, read_settings
    from core.sonify.given_settings import choose_settings

    file = None
    if options.settings is not None:
        file = read_settings(read_file(Path(options.settings), MAX_SETTINGS_BYTES), "sonify")
    elif read.settings is not None:
        file = SettingsFile(feature="sonify", settings=dataclasses.asdict(read.settings))
    settings = choose_settings(options, file, table)
    sounding: Any = {"engine": options.engine or "auto", "soundfont": options.soundfont, "progress": progress}
    if read.large is None:
        return play_table(keep_columns(table, settings), settings, **sounding), table
    from core.sonify.large_job import aggregate_large

    points = aggregate_large(read.large, settings)
    return play_table(points, settings, **sounding), dataclasses.replace(
        points.table, warnings=table.warnings
    )

"""Presentation: what a picture, a film and a web page of a result show, apart from how they draw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core.arrays import FloatArray
from core.audio.flac import FlacSound
from core.music.engraving import ScoreInTime


@dataclass(frozen=True, kw_only=True)
class ShownNote:
    """One note, as the piano roll draws it.

    Attributes
    ----------
    onset_sec, duration_sec : float
        Where it starts in the sound and how long it is held, in seconds.
    pitch : float
        MIDI note number, 60 = C4; fractions are drawn between the semitones.
    velocity : int
        1 to 127; louder notes are drawn more solid.
    voice : int
        Index of the voice, which chooses the color.
    """

    onset_sec: float
    duration_sec: float
    pitch: float
    velocity: int
    voice: int = 0


@dataclass(frozen=True, kw_only=True)
class ShownPoint:
    """One data point: a stop of the exploration by keyboard, and the value that a film shows large while it sounds.

    Attributes
    ----------
    onset_sec, duration_sec : float
        The part of the sound that belongs to it, in seconds.
    label : str
        What is announced: "May 1998, 366.5 ppm, point 480 of 2284". A gap's label says so.
    value : float or None
        The datum; None for a gap.
    kind : {"point", "gap"}
        A gap is a rest in the sound.
    peak : bool
        Whether "next peak" stops here.
    voice : int
        Index of the voice.
    place_text, value_text : str
        What a film shows large: "May 1998" and "366.5 ppm".
    """

    onset_sec: float
    duration_sec: float
    label: str
    value: float | None
    kind: Literal["point", "gap"]
    peak: bool = False
    voice: int = 0
    place_text: str = ""
    value_text: str = ""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One voice: its name as in the legend, and the unit of its values."""

    name: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """One line of a chart and the notes on it.

    Attributes
    ----------
    voice : int
        Index of the voice, which chooses the color.
    panel : int
        Index of the panel that it is drawn in.
    x, y : np.ndarray [shape=(n,)]
        Places on the axis (milliseconds since 1970, UTC, where they are dates) and values; NaN breaks the line.
    note_x, note_y, onset_sec, duration_sec : np.ndarray [shape=(m,)]
        Dots of the notes, and when they sound.
    """

    voice: int
    panel: int
    x: FloatArray
    y: FloatArray
    note_x: FloatArray
    note_y: FloatArray
    onset_sec: FloatArray
    duration_sec: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ChartPicture:
    """A line chart over a common axis, one panel above the other.

    Attributes
    ----------
    series : tuple of Series
    panel_titles : tuple of str
        Title of each panel's value axis, with its unit: "CO₂ (ppm)".
    x_title : str
    x_is_date : bool
    x_names : tuple of (float, str)
        Places on an axis of names, such as regions, and the names there, in order; empty for other axes.
    x_period : {"", "quarter", "week"}
        What dates are named by.
    times_sec, place_x : np.ndarray [shape=(k,)]
        Times in the sound and places on the axis; both never fall; the playhead runs in straight lines between them.
    """

    series: tuple[Series, ...]
    panel_titles: tuple[str, ...]
    x_title: str
    x_is_date: bool
    times_sec: FloatArray
    place_x: FloatArray
    x_period: str = ""
    x_names: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RollPicture:
    """A piano roll of the presentation's notes."""


@dataclass(frozen=True, kw_only=True)
class ScorePicture:
    """An engraved score, drawn for one or more widths; the one that fits is shown."""

    scores: tuple[ScoreInTime, ...]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A named part of a recording, such as "Original" or "Added", in seconds."""

    name: str
    begin_sec: float
    end_sec: float


@dataclass(frozen=True, kw_only=True, eq=False)
class WaveformPicture:
    """The waveform of the presentation's sound, with its named parts and the joins between them.

    Attributes
    ----------
    stretches : tuple of Stretch
    joins_sec : tuple of float
    low, high : np.ndarray [shape=(n_bins,)]
        Lowest and highest sample of each of equally long stretches, where they were measured before; empty arrays have the
        sound decoded when it is drawn.
    """

    stretches: tuple[Stretch, ...] = ()
    joins_sec: tuple[float, ...] = ()
    low: FloatArray = field(default_factory=lambda: np.empty(0))
    high: FloatArray = field(default_factory=lambda: np.empty(0))


Picture = ChartPicture | RollPicture | ScorePicture | WaveformPicture


@dataclass(frozen=True, kw_only=True)
class SpokenCaption:
    """Words that are spoken in the sound, and when.

    Attributes
    ----------
    onset_sec, duration_sec : float
    text : str
        As it is said.
    shown : str
        As it is read: with its moment, and with numbers in the notation of everything else that is shown, whatever the
        language. Empty where it is ``text``.
    """

    onset_sec: float
    duration_sec: float
    text: str
    shown: str = ""

    @property
    def shown_text(self) -> str:
        """What is shown while it is said."""
        return self.shown or self.text


@dataclass(frozen=True, kw_only=True, eq=False)
class Presentation:
    """What is shown of a result.

    Attributes
    ----------
    title : str
        As given by the visitor; any characters in any direction, of any length. Whoever draws it escapes and fits it.
    subtitle : str
        Such as "March 1958 to May 2023, monthly" or "16 bars in G major, 6/8".
    sound : FlacSound
    pictures : tuple of Picture
        The first is the main one.
    voices : tuple of Voice
    notes : tuple of ShownNote
    points : tuple of ShownPoint
    point_noun : str
        What one of them is called: "note", "part".
    mapping : tuple of str
        What maps to what, a sentence each; for a composed piece, what it was asked to be.
    captions : tuple of SpokenCaption
        In the language of ``captions_language``.
    are_captions_in_sound : bool
        Whether the sound has these words in it. If not, a browser may say them with its own voice.
    source : str
        Where data or recording come from: "prices.csv", "NOAA, public domain".
    license : str
        Of the data or the weights, where one is known.
    columns : tuple of (str, tuple of str)
        The data as a table for readers: name of a column and its cells as text; all equally long.
    language : str
        BCP 47 code of title and subtitle, for screen readers.
    captions_language : str
        BCP 47 code of the captions, for screen readers and speech.
    """

    title: str
    sound: FlacSound
    pictures: tuple[Picture, ...]
    subtitle: str = ""
    voices: tuple[Voice, ...] = ()
    notes: tuple[ShownNote, ...] = ()
    points: tuple[ShownPoint, ...] = ()
    point_noun: str = "point"
    mapping: tuple[str, ...] = ()
    captions: tuple[SpokenCaption, ...] = ()
    are_captions_in_sound: bool = True
    source: str = ""
    license: str = ""
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    language: str = "en"
    captions_language: str = "en"


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """A picture as SVG, and where it shows each moment of the sound.

    Attributes
    ----------
    svg : str
        Complete, in the colors of a theme, with nothing from elsewhere and all text escaped.
    width, height : int
        In pixels; a score may be higher than asked for, a film scrolls it.
    segments : np.ndarray [shape=(k, 6)]
        The way of the playhead: begin and end in seconds, x at both in pixels, top and bottom in pixels. In order of time.
    marks : np.ndarray [shape=(m, 7)]
        What lights up while it sounds: onset and end in seconds; x, y, width, height in pixels; index of the voice. By onset.
    description : str
        For whoever cannot see it.
    text_px : float
        Size of its letters; the title is larger.
    header_px : float
        Height of the part with title and legend, which stays in place where a film scrolls the rest.
    readout : (float, float, float, float) or None
        x, y, width and height of the place that was kept free for the current value, where one was asked for.
    panels : tuple of (float, float)
        Top and bottom, in pixels, of what the playhead runs over, where there is something between them that it spares.
    """

    svg: str
    width: int
    height: int
    segments: FloatArray = field(default_factory=lambda: np.empty((0, 6)))
    marks: FloatArray = field(default_factory=lambda: np.empty((0, 7)))
    description: str = ""
    text_px: float = 16.0
    header_px: float = 0.0
    readout: tuple[float, float, float, float] | None = None
    panels: tuple[tuple[float, float], ...] = ()

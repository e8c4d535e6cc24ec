"""Spoken captions of a sonification: title and units before the data, moments of the time axis, minimum and maximum.

The words lie over the notes and change none of them: the notes are composed and played first. Title and units have a time of their
own before the first note, as the first values would be lost under them; it lasts whole beats of the MIDI file (whole bars where
there are bars), and everything that has a time moves by it: notes, points, chart, report and MIDI file.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.audio.loudness import peak_dbfs
from core.audio.waveform import Audio
from core.presentation.presentation import SpokenCaption
from core.sonify.descriptions import number
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.spoken_moments import (
    MAX_SHORT_NAME,
    choose_ticks,
    find_spaced_ticks,
    name_moment,
    name_places,
)
from core.speech.captions import CaptionTrack, Wish, place_captions
from core.speech.espeak import SpeechError, speak
from core.speech.languages import LANGUAGES
from core.speech.mixing import lay_over

if TYPE_CHECKING:
    from core.synth import Rendering

Played = TypeVar("Played", bound="Rendering | None")

BEGIN_SEC = 0.1
PAUSE_SEC = 0.4
"""Between the end of the introduction and the first note, at least."""
_EXTREME_PATIENCE_SEC, _TICK_PATIENCE_SEC = 2.0, 0.1
_EXTREME = 1
_MAX_NAME = 60
# Where words are many for the time there is: every one, second or fifth moment; extremes with their date and unit,
# without date, without unit, with three digits, without number.
_STRIDES = (1, 2, 5)
_MAX_SHARE = 1 / 8
"""Of a sound that one of them takes with its date, at most."""
_FULL, _NO_DATE, _NO_UNIT, _ROUNDED, _NO_NUMBER = 0, 1, 2, 3, 4
# How fast captions are said where no program says them: for the times at which a browser begins.
_CHARS_PER_SEC, _BREATH_SEC = 14.0, 0.5


@dataclass(kw_only=True)
class _Speaker:
    """Knows how long texts of a language take: by espeak-ng or, once that has failed, by their length."""

    language: str
    note: str | None = None

    def duration_sec(self, text: str) -> float:
        """How long a text takes."""
        if self.note is None:
            try:
                return speak(text, self.language).duration_sec
            except SpeechError as error:
                self.note = str(error)
        return len(text) / _CHARS_PER_SEC + _BREATH_SEC


@dataclass(frozen=True, kw_only=True)
class _Script:
    """Captions in their places; as of `CaptionTrack`. ``brevity`` is how much of the extremes is not said."""

    captions: tuple[SpokenCaption, ...]
    left_out: tuple[str, ...]
    n_moments: tuple[int, int]
    n_extremes: tuple[int, int]
    brevity: int

    def rank(self) -> tuple[int, bool, bool, bool, int, int, int]:
        """Higher is better: extremes, a moment for orientation, numbers, a second moment, units, more moments, dates."""
        said, words = self.n_moments[0], -max(self.brevity, _NO_DATE)
        return (
            self.n_extremes[0],
            said >= 1,
            self.brevity < _NO_NUMBER,
            said >= 2,
            words,
            said,
            -self.brevity,
        )


def _tell_left_out(track: CaptionTrack) -> str | None:
    n_said, n_asked = len(track.captions) - 1, len(track.captions) - 1 + len(track.left_out)
    if not track.left_out:
        return None
    return (
        f"{n_said} of {n_asked} captions found room in the sound. In a longer sound there is room for more."
    )


def add_captions(sonification: Sonification, units: Mapping[str, str]) -> tuple[Sonification, list[Audio]]:
    """Write the captions of a sonification, say them, and move its notes behind the introduction.

    Parameters
    ----------
    sonification : Sonification
        With its rows; nothing in it is changed.
    units : mapping of str to str
        Unit of each column.

    Returns
    -------
    sonification : Sonification
        With ``captions``. It is the one that was given where its settings ask for none.
    speech : list of Audio
        One a caption; none where espeak-ng is missing or fails, which ``captions.note`` tells.
    """
    settings = sonification.settings
    if not settings.captions:
        return sonification, []
    speaker = _Speaker(language=settings.language)
    introduction = introduce(sonification, units)
    first = SpokenCaption(
        onset_sec=BEGIN_SEC, duration_sec=speaker.duration_sec(introduction), text=introduction
    )
    before_sec = _to_whole_beats(BEGIN_SEC + first.duration_sec + PAUSE_SEC, sonification)
    script = _place_all(sonification, units, speaker, before_sec)
    captions = (first, *script.captions)
    track = CaptionTrack(
        language=settings.language,
        captions=captions,
        introduction_sec=before_sec,
        is_in_sound=speaker.note is None,
        n_moments=script.n_moments,
        n_extremes=script.n_extremes,
        left_out=script.left_out,
        note=speaker.note,
    )
    moved = delay(sonification, before_sec)
    notes = (*moved.notes, *filter(None, (track.note, _tell_left_out(track))))
    speech = [speak(caption.text, settings.language) for caption in captions] if track.is_in_sound else []
    return replace(moved, captions=track, notes=notes), speech


def speak_over(
    sonification: Sonification, rendering: Played, units: Mapping[str, str]
) -> tuple[Sonification, Played]:
    """Add captions to a sonification and lay them over its sound, where its settings ask for them.

    Parameters
    ----------
    sonification, units
        As for `add_captions`.
    rendering : Rendering or None
        The notes as they were played; None where only the notes are wanted.

    Returns
    -------
    sonification : Sonification
    rendering : Rendering or None
        Without speech in it where espeak-ng is missing; the time of the introduction is kept free all the same.
    """
    captioned, speech = add_captions(sonification, units)
    track = captioned.captions
    if rendering is None or track is None:
        return captioned, rendering
    spoken = track.captions if track.is_in_sound else ()
    mixed = lay_over(rendering.audio, spoken, speech, introduction_sec=track.introduction_sec)
    return captioned, replace(rendering, audio=mixed, peak_dbfs=peak_dbfs(mixed))


def without_captions(sonification: Sonification) -> Sonification:
    """What a melody's other takes are made from: the time line as it was before the introduction."""
    track, timeline = sonification.captions, sonification.timeline
    if track is None:
        return sonification
    earlier = replace(timeline, onset_sec=timeline.onset_sec - track.introduction_sec)
    return replace(sonification, timeline=earlier, captions=None)


def delay(sonification: Sonification, by_sec: float) -> Sonification:
    """The same sonification with everything that has a time later by as much; nothing else changes.

    Parameters
    ----------
    sonification : Sonification
    by_sec : float
        Not negative.
    """
    midi = copy.deepcopy(sonification.midi)
    for track in midi.instruments:
        for note in track.notes:
            note.start, note.end = note.start + by_sec, note.end + by_sec
        for event in (*track.control_changes, *track.pitch_bends):
            event.time += by_sec
    timeline = replace(sonification.timeline, onset_sec=sonification.timeline.onset_sec + by_sec)
    voices = tuple(
        replace(voice, points=voice.points.assign(onset_sec=voice.points["onset_sec"] + by_sec))
        for voice in sonification.voices
    )
    composition = sonification.composition
    if composition is not None and composition.accompanied is not None:
        rest = composition.accompanied
        notes = rest.notes.assign(onset_sec=rest.notes["onset_sec"] + by_sec)
        chords = tuple(replace(chord, onset_sec=chord.onset_sec + by_sec) for chord in rest.chords)
        composition = replace(composition, accompanied=replace(rest, notes=notes, chords=chords))
    return replace(sonification, midi=midi, voices=voices, timeline=timeline, composition=composition)


def introduce(sonification: Sonification, units: Mapping[str, str]) -> str:
    """Title and units: "CO2, in parts per million"; "rain, in millimeters: Oslo, Rome"."""
    from core.speech.wording import clean_text, say_unit

    language, voices = sonification.settings.language, sonification.voices
    spoken = LANGUAGES[language]
    named: dict[str, list[str]] = {}
    for result in voices:
        part = spoken.parts.get(result.voice.part)
        column, unit = _split_column(result, units)
        name = clean_text(column, _MAX_NAME if len(voices) == 1 else MAX_SHORT_NAME)
        name = ", ".join(filter(None, (name or spoken.value, part)))
        called = spoken.name_and_unit.format(name, say_unit(unit, language)) if unit else name
        labels = named.setdefault(called, [])
        if result.voice.label is not None:
            labels.append(clean_text(result.voice.label, MAX_SHORT_NAME))
    return ". ".join(
        f"{called}: {', '.join(filter(None, labels))}" if any(labels) else called
        for called, labels in named.items()
    )


def _split_column(result: VoiceResult, units: Mapping[str, str]) -> tuple[str, str]:
    """Name and unit of a voice's column; the unit is the table's, or stands in the name: "rain (mm)"."""
    from core.speech.wording import split_unit

    name, unit = split_unit(result.voice.column)
    return name, units.get(result.voice.column, "") or unit


def _list_extremes(sonification: Sonification, units: Mapping[str, str], brevity: int) -> list[Wish]:
    """Lowest and highest value of each pitch scale, where they sound for the first time."""
    found: dict[tuple[int, bool], tuple[float, float, VoiceResult]] = {}
    for result in sonification.voices:
        points = result.points[result.points["sounds"]].dropna(subset=["value"])
        values, onsets = points["value"].to_numpy(dtype=float), points["onset_sec"].to_numpy(dtype=float)
        for is_highest in (False, True) if len(values) else ():
            row = int(values.argmax() if is_highest else values.argmin())
            scale = (result.pitch_scale, is_highest)
            farther = np.greater if is_highest else np.less
            if scale not in found or farther(values[row], found[scale][0]):
                found[scale] = (float(values[row]), float(onsets[row]), result)
    return [
        Wish(
            text=_name_extreme(sonification, result, is_highest, value, units, brevity, onset),
            shown=_write_extreme(sonification, result, is_highest, value, units, onset),
            at_sec=onset,
            duration_sec=0.0,
            rank=_EXTREME,
            patience_sec=_EXTREME_PATIENCE_SEC,
        )
        for (scale, is_highest), (value, onset, result) in found.items()
        if value != found[scale, not is_highest][0]
    ]


def _name_extreme(
    sonification: Sonification,
    result: VoiceResult,
    is_highest: bool,
    value: float,
    units: Mapping[str, str],
    brevity: int,
    onset: float,
) -> str:
    """ "Maximum May 2023, 424 parts per million"; of several voices "Oslo, maximum, 12.5", as the introduction has told the unit."""
    from core.speech.wording import say_number

    called = _call_extreme(sonification, result, is_highest)
    if brevity == _NO_NUMBER:
        return called
    if brevity == _FULL and sonification.rows.is_date:
        called = f"{called} {name_moment(sonification, onset)[0]}"
    has_unit = brevity <= _NO_DATE and len(sonification.voices) == 1
    unit = _split_column(result, units)[1] if has_unit else ""
    value = value if brevity < _ROUNDED else float(f"{value:.3g}")
    return f"{called}, {say_number(value, unit, sonification.settings.language)}"


def _write_extreme(
    sonification: Sonification,
    result: VoiceResult,
    is_highest: bool,
    value: float,
    units: Mapping[str, str],
    onset: float,
) -> str:
    """ "Maximum (May 2023): 424 ppm": it may be said a little after its moment."""
    written = number(value, units.get(result.voice.column, ""))
    is_placed = sonification.settings.time is not None
    moment = name_moment(sonification, onset)[1]
    return f"{_call_extreme(sonification, result, is_highest)}{f' ({moment})' * is_placed}: {written}"


def _call_extreme(sonification: Sonification, result: VoiceResult, is_highest: bool) -> str:
    from core.speech.wording import clean_text

    language = sonification.settings.language
    word = LANGUAGES[language].maximum if is_highest else LANGUAGES[language].minimum
    name = clean_text(result.name, MAX_SHORT_NAME) if len(sonification.voices) > 1 else ""
    # German writes nouns with capitals.
    return f"{name}, {word if language == 'de' else word.lower()}" if name else word


def _place_all(
    sonification: Sonification, units: Mapping[str, str], speaker: _Speaker, before_sec: float
) -> _Script:
    """Place extremes and moments: in as few moments and words as it takes for all extremes and two moments to be said."""
    settings = choose_ticks(sonification)
    onset, place = find_spaced_ticks(sonification, settings) if settings else (np.empty(0), np.empty(0))
    unit = settings.tick_unit if settings else "row"

    def time_wish(wish: Wish) -> Wish:
        return replace(wish, at_sec=wish.at_sec + before_sec, duration_sec=speaker.duration_sec(wish.text))

    def place_once(extremes: list[Wish], brevity: int, stride: int, moments_first: bool) -> _Script:
        """A month tells its year where the month that is said before it was of another one: so until no more is lost."""
        kept_onset, kept_place = onset[::stride], place[::stride]
        skipped = np.arange(len(onset)) % stride > 0
        lost = [text for text, _ in name_places(sonification, unit, onset[skipped], place[skipped])]
        while True:
            rank = _EXTREME - 1 if moments_first else _EXTREME + 1
            names = name_places(sonification, unit, kept_onset, kept_place)
            ticks = [
                time_wish(
                    Wish(
                        text=text,
                        shown=shown,
                        at_sec=at,
                        duration_sec=0.0,
                        rank=rank,
                        patience_sec=_TICK_PATIENCE_SEC,
                    )
                )
                for (text, shown), at in zip(names, kept_onset.tolist(), strict=True)
            ]
            placed, left_out = place_captions([*extremes, *(wish for wish in ticks if wish.text)])
            kept = np.array([wish not in left_out for wish in ticks], dtype=bool)
            if kept.all():
                break
            lost += [wish.text for wish in left_out if wish.rank == rank]
            kept_onset, kept_place = kept_onset[kept], kept_place[kept]
        return _Script(
            captions=tuple(placed),
            left_out=(*(wish.text for wish in left_out), *lost),
            n_moments=(len(kept_onset), len(onset)),
            n_extremes=(len(extremes) - len(left_out), len(extremes)),
            brevity=brevity,
        )

    scripts = []
    longest_sec = _MAX_SHARE * sonification.timeline.duration_sec
    for brevity in (_FULL, _NO_DATE, _NO_UNIT, _ROUNDED, _NO_NUMBER):
        extremes = [time_wish(wish) for wish in _list_extremes(sonification, units, brevity)]
        if brevity == _FULL and any(wish.duration_sec > longest_sec for wish in extremes):
            continue
        scripts += [
            place_once(extremes, brevity, stride, moments_first)
            for stride in _STRIDES
            for moments_first in (False, True)
        ]
        if any(not script.left_out for script in scripts):
            break
    return max(scripts, key=_Script.rank)


def _to_whole_beats(seconds: float, sonification: Sonification) -> float:
    """A time that is not shorter, in whole bars where there are bars, else in whole quarters of the MIDI file."""
    score = sonification.composition.score if sonification.composition is not None else None
    beat = score.bar_sec if score is not None else 60.0 / float(sonification.midi.get_tempo_changes()[1][0])
    return math.ceil(seconds / beat) * beat

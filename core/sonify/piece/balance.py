"""Balance: lower the accompaniment so that every data note is audible above it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import FloatArray
from core.audio import Audio
from core.audio.loudness import peak_dbfs
from core.audio.reverb import add_reverb
from core.synth import Engine, Rendering, limit_peaks, render

if TYPE_CHECKING:
    from pretty_midi import Note, PrettyMIDI

WINDOW_SEC = 0.08  # after a data onset: where the ear takes the note in, before the accompaniment's next note
_SLOWEST_SEC = 0.4  # instruments that swell are given up to this
_SHORTEST_SEC = 0.01
_GLOBAL_QUANTILE = 0.75  # so many of the onsets are served by lowering everything, the others one by one
_RING_SEC = (0.35, 1.5)  # how long after its end a note is taken to ring: first try, second try
_SAFETY_DB = 0.3  # velocities are whole numbers, and a font may follow them not quite
_FLOOR_POWER = 1e-14


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Balanced notes and sound of data and accompaniment.

    Attributes
    ----------
    midi : PrettyMIDI
        The data's instruments first, unchanged, then the accompaniment's with the velocities that were used.
    margin_db : float
        How far the data lie above the accompaniment at the data onset where it is least, measured on the
        sound; ``inf`` where there is nothing to compare.
    rendering : Rendering or None
        Both together; None where only the notes were asked for.
    n_renderings : int
        How often a synthesizer played, at most 4.
    n_dropped : int
        Accompaniment notes that would have had to be softer than velocity 1.
    """

    midi: PrettyMIDI
    margin_db: float
    rendering: Rendering | None
    n_renderings: int
    n_dropped: int


def balance(
    data_midi: PrettyMIDI,
    rest_midi: PrettyMIDI,
    onsets_sec: FloatArray,
    *,
    engine: Engine = "auto",
    soundfont: Path | None = None,
    margin_db: float = 6.0,
    reverb: bool = False,
    with_sound: bool = True,
) -> Balance:
    """Lower an accompaniment until the data lie above it at every data onset.

    Power is compared in the 80 ms after each onset, or up to the next one if that is sooner; if the data's
    instrument swells more slowly than that, in up to 400 ms. The synthesizers follow velocity with
    40 log10(v / 128) dB, so the velocities are worked out, and the result is measured again.

    Parameters
    ----------
    data_midi, rest_midi : PrettyMIDI
        Left as they are.
    onsets_sec : ndarray of float, shape=(n,)
        When data notes begin.
    engine, soundfont
        As in `core.synth.render`.
    margin_db : float
        The least margin that is wanted.
    reverb : bool
        Both will be mixed with reverb: what is left of the accompaniment's notes in the room counts as well.
    with_sound : bool
        Return the sound of both together. Ten minutes of it are 210 MB beside those of data and accompaniment.

    Returns
    -------
    Balance
        Its margin falls short of the wanted one only where a datum is hardly audible itself.

    Raises
    ------
    InputError, RenderError
        As in `core.synth.render`.
    """

    def play(midi: PrettyMIDI) -> Rendering:
        """The sound as it will be heard; the gain and the limiter that follow are the same for both."""
        rendering = render(midi, engine=engine, soundfont=soundfont)
        return replace(rendering, audio=add_reverb(rendering.audio, overwrite=True)) if reverb else rendering

    data = play(data_midi)
    rest, heard = copy.deepcopy(rest_midi), None
    windows = _make_windows(np.unique(np.asarray(onsets_sec, dtype=np.float64)), data.audio)
    data_db = _measure_power_db(data.audio, windows)
    margins, n_renderings, n_dropped = np.zeros(0), 1, 0
    for attempt in range(1 + len(_RING_SEC)):
        if attempt:
            if not len(margins) or margins.min() >= margin_db:
                break
            lacking = margin_db + _SAFETY_DB * attempt - margins
            n_dropped += _lower(rest, lacking, windows, _RING_SEC[attempt - 1], everywhere=attempt == 1)
        if not any(instrument.notes for instrument in rest.instruments):
            margins, heard = np.zeros(0), None
            break
        heard = None  # let go before the next one takes as much
        heard = play(rest)
        n_renderings += 1
        margins = data_db - _measure_power_db(heard.audio, windows)
    return Balance(
        midi=_combine(data_midi, rest),
        margin_db=float(margins.min(initial=np.inf)),
        rendering=None if not with_sound else data if heard is None else _mix(data, heard),
        n_renderings=n_renderings,
        n_dropped=n_dropped,
    )


def _make_windows(onsets_sec: FloatArray, audio: Audio) -> FloatArray:
    """Beginning and end of each comparison in seconds, shape=(n, 2)."""
    if not len(onsets_sec):
        return np.zeros((0, 2))
    length = max(WINDOW_SEC, _measure_swell_sec(onsets_sec, audio))
    following = np.append(onsets_sec[1:], np.inf)
    ends = np.minimum(onsets_sec + length, np.maximum(following, onsets_sec + _SHORTEST_SEC))
    return np.stack([onsets_sec, ends], axis=1)


def _measure_swell_sec(onsets_sec: FloatArray, audio: Audio) -> float:
    """Time to half of a data note's energy in its first 400 ms: median of up to 50 notes."""
    n = round(_SLOWEST_SEC * audio.sr)
    chosen = onsets_sec[:: max(1, len(onsets_sec) // 50)]
    alone = np.append(np.diff(onsets_sec), np.inf)[:: max(1, len(onsets_sec) // 50)] >= _SLOWEST_SEC
    times = []
    for onset in chosen[alone]:
        begin = round(float(onset) * audio.sr)
        energy = np.cumsum((audio.y[:, begin : begin + n].astype(np.float64) ** 2).sum(axis=0))
        if len(energy) and energy[-1] > 0:
            times.append(np.searchsorted(energy, 0.5 * energy[-1]) / audio.sr)
    return float(np.median(times)) if times else 0.0


def _measure_power_db(audio: Audio, windows_sec: FloatArray) -> FloatArray:
    """Mean power in each window, dB; the floor stands for silence."""
    index = np.clip(np.round(windows_sec * audio.sr).astype(np.int64), 0, audio.n_samples)
    # Past the end of the sound there is silence: the sum is divided by the whole window all the same.
    length = np.maximum((windows_sec[:, 1] - windows_sec[:, 0]) * audio.sr, 1.0)
    # A window at a time: squares of ten minutes in float64 would take four times the sound's own memory.
    sums = [
        np.square(audio.y[:, begin:end], dtype=np.float64).mean(axis=0).sum() for begin, end in index.tolist()
    ]
    decibels: FloatArray = 10.0 * np.log10(np.maximum(np.array(sums) / length, _FLOOR_POWER))
    return decibels


def _lower(
    rest: PrettyMIDI, lacking_db: FloatArray, windows_sec: FloatArray, ring_sec: float, *, everywhere: bool
) -> int:
    """Lower velocities in place by the shortfall; returns the number of notes dropped."""
    overall = max(0.0, float(np.quantile(lacking_db, _GLOBAL_QUANTILE))) if everywhere else 0.0
    dropped = 0
    for instrument in rest.instruments:
        kept = []
        for note in instrument.notes:
            # All windows that the note may be heard in; they are in order of time.
            first = int(np.searchsorted(windows_sec[:, 1], note.start, side="right"))
            last = int(np.searchsorted(windows_sec[:, 0], note.end + ring_sec))
            own = float(lacking_db[first:last].max(initial=0.0))
            if _soften(note, max(overall, own)):
                kept.append(note)
        dropped += len(instrument.notes) - len(kept)
        instrument.notes = kept
    return dropped


def _soften(note: Note, by_db: float) -> bool:
    """Lower one note in place; False where it would be softer than the softest."""
    velocity = int(note.velocity * 10.0 ** (-by_db / 40.0)) if by_db > 0 else note.velocity
    note.velocity = max(velocity, 1)
    return velocity >= 1


def _combine(data_midi: PrettyMIDI, rest: PrettyMIDI) -> PrettyMIDI:
    midi = copy.deepcopy(data_midi)
    midi.instruments += [instrument for instrument in copy.deepcopy(rest).instruments if instrument.notes]
    return midi


def _mix(data: Rendering, rest: Rendering) -> Rendering:
    """Mix both sounds by addition, as the synthesizers do.

    If the peaks of the sum are lowered, data and accompaniment are lowered alike: the margin stays.
    """
    parts = (data.audio.y, rest.audio.y)
    y = np.zeros((2, max(part.shape[1] for part in parts)), dtype=np.float32)
    for part in parts:
        y[:, : part.shape[1]] += part
    lowered = limit_peaks(y, data.audio.sr)
    audio = Audio(y, data.audio.sr)
    return Rendering(
        audio=audio,
        engine=data.engine,
        note=data.note or rest.note,
        peak_dbfs=peak_dbfs(audio),
        limited=lowered or data.limited,
    )

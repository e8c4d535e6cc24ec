"""Notes to sound: PrettyMIDI in, stereo `Audio` out, by FluidSynth or by the built-in synthesizer.

Both play the same SoundFont (`core.synth.font_choice`) dry (no reverb, no chorus) at the same fixed gain, so that a server without
FluidSynth sounds like one that has it. The gain never follows the music: a quiet datum stays quiet, and
loud chords are kept from clipping by a limiter that touches nothing but the surroundings of their peaks.

`core.synth.note_events` puts the notes in order, `core.synth.fluidsynth` and `core.synth.sf2.player` are the two engines.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pretty_midi import PrettyMIDI

from core.arrays import Float32Array
from core.audio import Audio
from core.audio.limiting import limit_peaks
from core.audio.loudness import peak_dbfs
from core.audio.mix import MixFacts, mix
from core.errors import InputError, RenderError
from core.synth import fluidsynth
from core.synth.font_choice import describe_failure, installed_soundfonts, soundfont_name
from core.synth.font_facts import Fault
from core.synth.font_facts import faults as find_faults
from core.synth.note_events import Part, parts_of
from core.synth.sf2 import player
from core.synth.sf2 import soundfont as soundfonts

Engine = Literal["auto", "fluidsynth", "embedded"]

FADE_SEC = 0.05


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A rendered sound, its engine and notes on how it was made.

    Attributes
    ----------
    audio : Audio
        Stereo, never beyond full scale.
    engine : str
        ``"fluidsynth"`` or ``"embedded"``, whichever played.
    note : str or None
        A sentence for the visitor if the engine or the SoundFont that should have played failed.
    soundfont : str
        What the SoundFont is called.
    mix : MixFacts or None
        What was done to composed music afterwards; None where the sound is as it was played.
    faults : tuple of Fault
        Notes that sound wrong because of the SoundFont.
    peak_dbfs : float
        Highest sample in dB below full scale; ``-inf`` if nothing is heard.
    limited : bool
        Whether the limiter had to lower peaks.
    """

    audio: Audio
    engine: str
    note: str | None
    peak_dbfs: float
    limited: bool
    soundfont: str = ""
    mix: MixFacts | None = None
    faults: tuple[Fault, ...] = ()

    def notices(self) -> str | None:
        """The sentences for the visitor, failures and faults; None where there are none."""
        return (
            " ".join(
                [
                    *([self.note] if self.note else ()),
                    *(fault.sentence for fault in self.faults if fault.is_plain),
                ]
            )
            or None
        )

    def report(self) -> dict[str, Any]:
        """Synthesizer, SoundFont and level, ready for JSON."""
        return {
            "engine": self.engine,
            "soundfont": self.soundfont,
            "note": self.note,
            "faults": [fault.sentence for fault in self.faults],
            "duration_sec": self.audio.duration_sec,
            "sr": self.audio.sr,
            # JSON has no word for minus infinity.
            "peak_dbfs": self.peak_dbfs if math.isfinite(self.peak_dbfs) else None,
            "limited": self.limited,
            "mix": None if self.mix is None else self.mix.report(),
        }


def render(
    pm: PrettyMIDI,
    *,
    engine: Engine = "auto",
    soundfont: Path | None = None,
    sr: int = 44_100,
    tail_sec: float = 1.5,
) -> Rendering:
    """Play `pm`.

    Notes of one instrument on one key cut each other off, the sustain pedal (CC 64) prolongs notes, volume,
    expression, pan and modulation wheel (CC 7, 11, 10, 1) and pitch bends of up to two semitones are
    followed; other controllers are ignored, by both engines.

    Parameters
    ----------
    pm : PrettyMIDI
        Left as it is.
    engine : {"auto", "fluidsynth", "embedded"}
        ``"auto"`` takes FluidSynth where it is installed. If FluidSynth fails, the built-in synthesizer
        plays and the result says so.
    soundfont : Path or None
        An SF2 or SF3 file; None is the best font that is installed, see `core.synth.font_choice`. If that is
        damaged, the next one plays and the result says so.
    sr : int in [8000, 96000]
        Sampling rate in Hz.
    tail_sec : float in [0, 60]
        How long the sound may ring after the last note; its last 50 ms fade out.

    Returns
    -------
    Rendering
        Of exactly ``round((end of the last note + tail_sec) * sr)`` samples.

    Raises
    ------
    InputError
        If there are no notes or too many, the piece is longer than `limits.MAX_RENDER_SEC`, a value is out
        of range, or the SoundFont cannot be used.
    RenderError
        If there is not enough memory.

    Examples
    --------
    >>> import pretty_midi
    >>> pm = PrettyMIDI()
    >>> pm.instruments.append(pretty_midi.Instrument(program=0))
    >>> pm.instruments[0].notes.append(pretty_midi.Note(velocity=100, pitch=69, start=0.0, end=0.5))
    >>> rendering = render(pm, engine="embedded")
    >>> rendering.audio.y.shape, -30.0 < rendering.peak_dbfs < -5.0, rendering.limited
    ((2, 88200), True, False)
    """
    if engine not in ("auto", "fluidsynth", "embedded"):
        raise InputError(f"There is no synthesizer called {engine!r}; choose auto, fluidsynth or embedded.")
    if not 8_000 <= sr <= 96_000 or not 0.0 <= tail_sec <= 60.0:
        raise InputError("Sound needs 8,000 to 96,000 samples a second and a tail of 0 to 60 seconds.")
    parts = parts_of(pm)
    n = round((max(float(part.ends_sec.max()) for part in parts) + tail_sec) * sr)
    wants_fluidsynth = engine == "fluidsynth" or (engine == "auto" and fluidsynth_available())
    try:
        y, path, played_by, note = _play(parts, _fonts_to_try(soundfont), wants_fluidsynth, n, sr)
        limited = _finish(y, sr, min(FADE_SEC, tail_sec))
        audio = Audio(y, sr)
    except MemoryError as error:
        raise RenderError(
            "There is not enough memory for a piece this long. Choose a shorter one."
        ) from error
    return Rendering(
        audio=audio,
        engine=played_by,
        note=note,
        peak_dbfs=peak_dbfs(audio),
        limited=limited,
        soundfont=soundfont_name(path),
        faults=find_faults(parts, soundfonts.load(path).known_as),
    )


def mix_rendering(rendering: Rendering) -> Rendering:
    """Mix the sound of composed music in place: a small room, -16 LUFS, true peaks at -1 dBTP; see `core.audio.mix`."""
    mixed = mix(rendering.audio, overwrite=True)
    return replace(
        rendering,
        audio=mixed.audio,
        peak_dbfs=peak_dbfs(mixed.audio),
        limited=rendering.limited or mixed.facts.most_limited_db > 0.0,
        mix=mixed.facts,
    )


def fluidsynth_available() -> bool:
    """Whether FluidSynth is installed; whether it works is known once it plays."""
    return shutil.which("fluidsynth") is not None


def _fonts_to_try(soundfont: Path | None) -> list[Path]:
    """The font that was asked for, or all that are installed, the best one first."""
    return installed_soundfonts() if soundfont is None else [soundfont]


def _play(
    parts: list[Part], paths: list[Path], wants_fluidsynth: bool, n: int, sr: int
) -> tuple[Float32Array, Path, str, str | None]:
    """The sound, the font and the engine that made it, and a sentence on what failed before."""
    failed: list[str] = []
    for path in paths:
        try:
            # Parsed here even if FluidSynth plays: a damaged font never reaches a program written in C.
            font = soundfonts.load(path)
            y, failure = _try_fluidsynth(parts, font, n, sr) if wants_fluidsynth else (None, None)
            played_by = "embedded" if y is None else "fluidsynth"
            if y is None:
                y = player.render(parts, font, n=n, sr=sr)
        except InputError:
            if path == paths[-1]:
                raise
            failed.append(soundfont_name(path))
            continue
        if not y.any():
            failure = None  # Silence is what these notes and controllers ask for: FluidSynth was right.
        notes = (describe_failure(failed, soundfont_name(path)), failure)
        return y, path, played_by, " ".join(note for note in notes if note) or None
    raise InputError("There is no SoundFont to play with.")


def _try_fluidsynth(
    parts: list[Part], font: soundfonts.SoundFont, n: int, sr: int
) -> tuple[Float32Array | None, str | None]:
    """FluidSynth's rendering, or a sentence that says why it failed."""
    try:
        return fluidsynth.render(parts, font, n=n, sr=sr), None
    except fluidsynth.EngineError as error:
        return None, f"FluidSynth {error}; the built-in synthesizer played instead."


def _finish(y: Float32Array, sr: int, fade_sec: float) -> bool:
    """Fade out and limit peaks in place; return whether peaks were limited."""
    n_fade = min(round(fade_sec * sr), y.shape[1])
    if n_fade:
        y[:, -n_fade:] *= np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
    return limit_peaks(y, sr)

"""FluidSynth as an external program: parts to a MIDI file to a float WAV to an array.

midi2audio's own call ignores the program's exit code, has no timeout and lets it print, so it is made again here.
The file that the program writes is checked before it is believed.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import mido
import numpy as np
import soundfile
from midi2audio import FluidSynth

from core.arrays import Float32Array
from core.files.private_folders import open_private_folder
from core.synth.note_events import CONTROL_DEFAULTS, Part
from core.synth.sf2.excerpt import write_excerpt
from core.synth.sf2.player import GAIN, zones_played
from core.synth.sf2.soundfont import SoundFont

TIMEOUT_SEC = 30.0
"""For a short piece; half of its length is added."""

_TICKS_PER_SEC = 10_000  # finer than FluidSynth's own clock, which ticks every 64 samples
_BEND_UNITS_PER_CENT = 8_192.0 / 200.0
_MARGIN_SEC = 0.25  # by which the file is longer than needed, so that a short one is recognized
_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)
_READ_FRAMES = 1 << 16
_LATENCY_FRAMES = 96  # measured: a note sounds 65 to 130 samples after its time, on average this much


class EngineError(Exception):
    """FluidSynth failed; the message completes a sentence for the visitor: "FluidSynth ..."."""


class CheckedFluidSynth(FluidSynth):  # type: ignore[misc]  # midi2audio has no annotations
    """midi2audio's FluidSynth with an exit code, a timeout, no console output and no effects.

    Parameters
    ----------
    sound_font : str
    sample_rate : int
        In Hz.
    timeout_sec : float
    """

    def __init__(self, sound_font: str, sample_rate: int, timeout_sec: float) -> None:
        super().__init__(sound_font, sample_rate)
        self.timeout_sec = timeout_sec

    def midi_to_audio(self, midi_file: str, audio_file: str) -> None:
        """Write `audio_file`, a WAV file of 32-bit floats.

        Raises
        ------
        EngineError
            If the program is missing, fails or takes too long.
        """
        # An empty configuration file keeps the settings of the machine's user out.
        configuration = Path(audio_file).with_suffix(".cfg")
        configuration.touch()
        command = ["fluidsynth", "-n", "-i", "-q", "-f", str(configuration), "-R", "0", "-C", "0"]
        command += ["-g", str(GAIN), "-r", str(self.sample_rate), "-o", "synth.polyphony=2048"]
        command += ["-O", "float", "-T", "wav", "-F", audio_file, self.sound_font, midi_file]
        try:
            subprocess.run(  # noqa: S603  # a list without a shell; the paths are ours or checked
                command, timeout=self.timeout_sec, capture_output=True, check=True, stdin=subprocess.DEVNULL
            )
        except FileNotFoundError as error:
            raise EngineError("is not installed on this server") from error
        except subprocess.TimeoutExpired as error:
            raise EngineError("took too long") from error
        except subprocess.CalledProcessError as error:
            raise EngineError(f"stopped with error {error.returncode}") from error
        except OSError as error:
            raise EngineError("could not be started") from error


def render(parts: list[Part], font: SoundFont, *, n: int, sr: int) -> Float32Array:
    """Play `parts`.

    Parameters
    ----------
    parts : list of Part
        More than 15 instruments, or different drum kits, do not fit on the 16 channels of MIDI; they are
        played in several runs and added up.
    font : SoundFont
        FluidSynth is given what the notes need of it.
    n : int
        Length in samples.
    sr : int
        Sampling rate in Hz.

    Returns
    -------
    np.ndarray [shape=(2, n), dtype=float32]
        Not limited: loud chords exceed 1.

    Raises
    ------
    EngineError
        If FluidSynth is missing, fails, takes too long, or its file is damaged, too short or silent.
    InputError
        If a sample of the font cannot be read.
    """
    mix = np.zeros((2, n), dtype=np.float32)
    with open_private_folder() as folder:
        score, sound, excerpt = (folder / name for name in ("score.mid", "sound.wav", "font.sf2"))
        try:
            write_excerpt(excerpt, font, zones_played(parts, font))
        except OSError as error:
            raise EngineError("had no room for its files") from error
        program = CheckedFluidSynth(str(excerpt), sr, TIMEOUT_SEC + n / sr / 2.0)
        for group in _channel_groups(parts):
            _midi_file(group, n / sr + _MARGIN_SEC).save(score)
            sound.unlink(missing_ok=True)
            program.midi_to_audio(str(score), str(sound))
            _add_file(mix, sound, sr)
    if not mix.any():
        raise EngineError("produced silence")
    return mix


def _add_file(mix: Float32Array, path: Path, sr: int) -> None:
    """Add a sound file to `mix`, shape (2, n), a block at a time."""
    n = mix.shape[1]
    begin = 0
    try:
        with soundfile.SoundFile(path) as file:
            if file.channels != 2 or file.samplerate != sr:
                raise EngineError("wrote a sound file of another kind")
            file.seek(min(_LATENCY_FRAMES, file.frames))
            while begin < n:
                frames = file.read(min(_READ_FRAMES, n - begin), dtype="float32", always_2d=True)
                if not len(frames):
                    raise EngineError("wrote only a part of the sound")
                mix[:, begin : begin + len(frames)] += frames.T
                begin += len(frames)
    except (OSError, soundfile.SoundFileError) as error:
        raise EngineError("wrote no readable sound file") from error
    # NaN and infinity survive min and max, which need no second array the size of the sound.
    if not (np.isfinite(mix.min()) and np.isfinite(mix.max())):
        raise EngineError("wrote a damaged sound file")


def _channel_groups(parts: list[Part]) -> list[list[tuple[int, Part]]]:
    """Assign channels; each group fits on one set of 16."""
    groups: list[dict[int, Part]] = []
    for part in parts:
        wanted = (_DRUM_CHANNEL,) if part.is_drum else _MELODIC_CHANNELS
        for group in groups:
            free = [channel for channel in wanted if channel not in group]
            if free:
                group[free[0]] = part
                break
        else:
            groups.append({wanted[0]: part})
    return [list(group.items()) for group in groups]


def _midi_file(group: list[tuple[int, Part]], length_sec: float) -> mido.MidiFile:
    """A MIDI file of one track that lasts `length_sec`, because FluidSynth stops with its last event.

    pretty_midi's writer is not used: it puts the seventeenth instrument on the first one's channel.
    """
    # Tick, rank among events of one tick, message.
    events: list[tuple[int, int, mido.Message | mido.MetaMessage]] = []
    for channel, part in group:
        new = functools.partial(mido.Message, channel=channel)
        events.append((0, 0, new("program_change", program=part.program)))
        for number in CONTROL_DEFAULTS:
            track = part.controls[number]
            for tick, value in zip(_ticks(track.times_sec), np.rint(track.values), strict=True):
                events.append((tick, 1, new("control_change", control=number, value=int(value))))
        bends = np.clip(np.rint(part.bend_cents.values * _BEND_UNITS_PER_CENT), -8_192, 8_191)
        for tick, bend in zip(_ticks(part.bend_cents.times_sec), bends, strict=True):
            events.append((tick, 1, new("pitchwheel", pitch=int(bend))))
        onsets, key_ups = _ticks(part.onsets_sec), _ticks(part.key_ups_sec)
        pitches, velocities = part.pitches.tolist(), part.velocities.tolist()
        for onset, key_up, pitch, velocity in zip(onsets, key_ups, pitches, velocities, strict=True):
            events.append((onset, 3, new("note_on", note=pitch, velocity=velocity)))
            # A key up before its own key down would leave the note hanging.
            events.append((max(key_up, onset + 1), 2, new("note_off", note=pitch, velocity=0)))
    events.append((round(length_sec * _TICKS_PER_SEC), 4, mido.MetaMessage("end_of_track")))
    events.sort(key=lambda event: event[:2])
    # One quarter note a second, so that a tick is 0.1 ms.
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    before = 0
    for tick, _, message in events:
        message.time, before = tick - before, tick
        track.append(message)
    return mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_SEC, tracks=[track])


def _ticks(times_sec: np.ndarray) -> list[int]:
    ticks: list[int] = np.rint(times_sec * _TICKS_PER_SEC).astype(int).tolist()
    return ticks

"""Both synthesizers play what the notes say, alike, and fail with a sentence."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pretty_midi import ControlChange, Instrument, Note, PitchBend, PrettyMIDI

from core import fluidsynth, soundfont, synth
from core.errors import DashboardError, InputError
from core.parts import parts_of

SR = 44_100
ENGINES = ("embedded", "fluidsynth")
PROGRAMS = (0, 4, 11, 12, 13, 24, 32, 40, 46, 48, 52, 56, 65, 71, 73, 79, 80, 88, 105, 114)
DRUM_KEYS = (36, 38, 42, 46, 49, 56, 76)

Sound = NDArray[np.float64]


def a_piece(*instruments: Instrument) -> PrettyMIDI:
    pm = PrettyMIDI()
    pm.instruments.extend(instruments)
    return pm


def an_instrument(*notes: tuple[float, float, int, int], program: int = 0, is_drum: bool = False) -> Instrument:
    """Notes are (start_sec, end_sec, pitch, velocity)."""
    instrument = Instrument(program, is_drum=is_drum)
    instrument.notes = [Note(velocity, pitch, start, end) for start, end, pitch, velocity in notes]
    return instrument


def one_note(pitch: int = 60, velocity: int = 100, program: int = 0, length_sec: float = 0.8) -> PrettyMIDI:
    return a_piece(an_instrument((0.0, length_sec, pitch, velocity), program=program))


def sound_of(pm: PrettyMIDI, engine: str = "embedded") -> Sound:
    rendering = synth.render(pm, engine=engine)  # type: ignore[arg-type]
    assert rendering.engine == engine, rendering.note
    return rendering.audio.y.astype(np.float64)


def rms_db(y: Sound) -> float:
    return float(10.0 * np.log10(np.mean(y**2) + 1e-20))


def onset_sec(y: Sound) -> float:
    loud = np.abs(y).max(axis=0)
    return float(np.argmax(loud > 0.1 * loud.max()) / SR)


def delay_between_sec(ref: Sound, est: Sound) -> float:
    """By how much the rise of `est` is later: the best shift of the loudness curves, in steps of 1 ms."""
    curves = [np.abs(y).max(axis=0)[: SR // 2 * 2].reshape(-1, 44 if len(y) else 1) if False else y for y in (ref, est)]
    blocks = [np.sqrt(np.add.reduceat((y**2).sum(axis=0), np.arange(0, y.shape[1], SR // 1000))) for y in curves]
    n = min(map(len, blocks))
    errors = {}
    for shift in range(-30, 31):
        ref_part, est_part = blocks[0][30 : n - 30], blocks[1][30 + shift : n - 30 + shift]
        errors[shift] = float(np.sum((ref_part - est_part) ** 2))
    return min(errors, key=errors.__getitem__) / 1000.0

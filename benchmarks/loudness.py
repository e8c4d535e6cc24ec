"""Mix benchmark: loudness, true peak, limiter, onsets and balance of forty composed pieces, ten of each kind.

python -m benchmarks.loudness [--engine embedded] [--soundfont FONT.sf2] [--pieces 10]

Melody and Full arrangement play ten example tables, Folk ten tunes, Emotion ten moods. "gain" is that of the whole
piece, "crest" the sample peak over the loudness before and after; "limited" the share of time in which the limiter lowers the
sound by more than 0.1 dB, "most" by how much at most. "later" is how much later onsets are after the mix, in
milliseconds, by the phase of both in the first 20 ms; "rise" how far an onset stands above the 50 ms before it, before
and after the mix, in decibels: median over the onsets. "margin" is the least distance of data above the accompaniment at any data onset
of the mixed sound; promised are 6 dB.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pretty_midi import PrettyMIDI

from core import synth
from core.arrays import FloatArray
from core.audio import Audio
from core.audio.loudness import loudness_lufs, peak_dbfs
from core.audio.mix import TARGET_LUFS, Mixed, mix
from core.audio.reverb import add_reverb

KINDS = ("melody", "piece", "folk", "emotion")
PROMISED_DB = 6.0
_N_ONSETS = 60


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Notes of a piece: where its tune or its data begin to sound, and its accompaniment's tracks."""

    name: str
    midi: PrettyMIDI
    onsets_sec: FloatArray
    n_data_tracks: int


def compose_pieces(kind: str, n: int) -> Iterator[Piece]:
    """`n` pieces of a kind, always the same ones."""
    if kind in ("melody", "piece"):
        yield from _compose_tables(kind, n)
    elif kind == "folk":
        yield from _compose_folk(n)
    else:
        yield from _compose_moods(n)


def _compose_tables(mode: str, n: int) -> Iterator[Piece]:
    from dataclasses import replace

    from core.sonify.compose import Composers, compose
    from core.sonify.examples import EXAMPLES, load_example
    from core.sonify.suggestion import suggest

    composers = Composers.from_weights()
    names = list(EXAMPLES)
    for place in range(n):
        name = names[place % len(names)]
        table = load_example(name)
        settings = suggest(table).settings
        low, high = (60, 91) if mode == "piece" else (36, 84)
        voices = tuple(replace(voice, low=low, high=high) for voice in settings.voices)
        settings = replace(
            settings, mode=mode, voices=voices, duration_sec=20.0, n_notes=60, seed=place, takes=1
        )
        made = compose(table, settings, composers)
        sounding = [voice.points.loc[voice.points["sounds"], "onset_sec"] for voice in made.voices]
        onsets = np.unique(np.concatenate(sounding))
        yield Piece(name=name, midi=made.midi, onsets_sec=onsets, n_data_tracks=len(made.voices))


def _compose_folk(n: int) -> Iterator[Piece]:
    from core.folk.job import TuneRequest, compose_tunes
    from core.music.tune_files import to_midi

    keys = ("G", "D", "A", "C", "F")
    for place in range(n):
        mode = ("major", "minor")[place % 2]
        request = TuneRequest(
            seed=place, key=keys[place % 5], mode=mode, meter=("4/4", "6/8", "3/4")[place % 3]
        )
        tune = compose_tunes(request).tunes[0]
        pm = to_midi(tune, tempo_qpm=(96.0, 120.0)[place % 2], program=(0, 73, 40, 24, 21)[place % 5])
        onsets = np.array(sorted(note.start for note in pm.instruments[0].notes))
        yield Piece(name=f"{request.key} {mode}", midi=pm, onsets_sec=onsets, n_data_tracks=1)


def _compose_moods(n: int) -> Iterator[Piece]:
    from core.emotion.compose import Request, compose
    from core.emotion.moods import NAMED_MOODS, MoodPath
    from core.emotion.piano.generate import PianoComposer

    composer = PianoComposer.from_weights()
    names = list(NAMED_MOODS)
    for place in range(n):
        name = names[place % len(names)]
        request = Request(path=MoodPath.still(NAMED_MOODS[name]), unit="notes", length=120, seed=place)
        pm = compose(request, composer).midi()
        onsets = np.array(sorted({note.start for note in pm.instruments[0].notes}))
        yield Piece(name=name, midi=pm, onsets_sec=onsets, n_data_tracks=1)


def measure(piece: Piece, engine: synth.Engine, soundfont: Path | None) -> list[float]:
    """Numbers of a row of the table."""
    dry = synth.render(piece.midi, engine=engine, soundfont=soundfont).audio
    mixed = mix(dry)
    facts = mixed.facts
    before, after = loudness_lufs(dry), facts.loudness_lufs
    return [
        after,
        facts.true_peak_dbtp,
        facts.gain_db,
        peak_dbfs(dry) - before,
        peak_dbfs(mixed.audio) - after,
        100.0 * facts.limited_share,
        facts.most_limited_db,
        _measure_delay_ms(dry, mixed, piece.onsets_sec),
        _measure_rise_db(dry, piece.onsets_sec),
        _measure_rise_db(mixed.audio, piece.onsets_sec),
        _measure_margin_db(piece, engine, soundfont),
    ]


def _measure_delay_ms(dry: Audio, mixed: Mixed, onsets_sec: FloatArray) -> float:
    """The largest shift between dry and mixed around an onset."""
    worst = 0
    before, after, most = (round(seconds * dry.sr) for seconds in (0.01, 0.02, 0.005))
    for onset in onsets_sec[:: max(1, len(onsets_sec) // _N_ONSETS)]:
        begin = round(float(onset) * dry.sr)
        span = slice(max(begin - before, 0), begin + after)
        ref, est = (np.asarray(y[:, span].mean(axis=0), dtype=np.float64) for y in (dry.y, mixed.audio.y))
        if not np.abs(ref).max(initial=0.0) > 1e-3:
            continue
        n = 4 * len(ref)
        cross = np.fft.rfft(est, n) * np.conj(np.fft.rfft(ref, n))
        match = np.fft.irfft(cross / (np.abs(cross) + 1e-3 * np.abs(cross).max()), n)
        near = np.concatenate([match[-most:], match[: most + 1]])
        worst = max(worst, abs(int(np.argmax(near)) - most))
    return 1000.0 * worst / dry.sr


def _measure_rise_db(audio: Audio, onsets_sec: FloatArray) -> float:
    """Median level of the 80 ms after an onset over the 50 ms before it."""
    rises = []
    for onset in onsets_sec[:: max(1, len(onsets_sec) // _N_ONSETS)]:
        begin = round(float(onset) * audio.sr)
        before = audio.y[:, max(begin - round(0.05 * audio.sr), 0) : begin]
        after = audio.y[:, begin : begin + round(0.08 * audio.sr)]
        if before.size and after.size:
            powers = [float(np.mean(part.astype(np.float64) ** 2)) + 1e-9 for part in (after, before)]
            rises.append(10.0 * np.log10(powers[0] / powers[1]))
    return float(np.median(rises)) if rises else 0.0


def _measure_margin_db(piece: Piece, engine: synth.Engine, soundfont: Path | None) -> float:
    """Least distance of the data above the accompaniment at a data onset, both with their room; nan without one."""
    from core.sonify.piece.balance import _make_windows, _measure_power_db

    data, rest = copy.deepcopy(piece.midi), copy.deepcopy(piece.midi)
    data.instruments = data.instruments[: piece.n_data_tracks]
    rest.instruments = [
        track for track in rest.instruments[piece.n_data_tracks :] if track.name in ("Accompaniment", "Bass")
    ]
    if not rest.instruments:
        return float("nan")
    sounds = [
        add_reverb(synth.render(midi, engine=engine, soundfont=soundfont).audio) for midi in (data, rest)
    ]
    windows = _make_windows(piece.onsets_sec, sounds[0])
    heard, behind = (_measure_power_db(sound, windows) for sound in sounds)
    return float((heard - behind).min())


NAMES = ("LUFS", "dBTP", "gain", "crest", "then", "limited %", "most", "later ms", "rise", "then", "margin")


def main() -> None:
    """Print a row for each piece and what all of them reach."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("auto", "fluidsynth", "embedded"), default="auto")
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--pieces", type=int, default=10, help="of each kind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    font = options.soundfont or synth.default_soundfont()
    print(f"{options.engine}, {font.name}")
    print(f"{'':28}" + "".join(f"{name:>10}" for name in NAMES))
    rows = []
    for kind in options.kinds:
        for piece in compose_pieces(kind, options.pieces):
            row = measure(piece, options.engine, options.soundfont)
            rows.append(row)
            print(f"{kind:10}{piece.name:18}" + "".join(f"{value:10.2f}" for value in row), flush=True)
    table = np.array(rows)
    off = np.abs(table[:, 0] - TARGET_LUFS)
    print(
        f"{len(table)} pieces: loudness {table[:, 0].min():.2f} to {table[:, 0].max():.2f} LUFS, {(off > 1).sum()} off by over 1 LU"
    )
    print(f"true peak at most {table[:, 1].max():.2f} dBTP; onsets at most {table[:, 7].max():.2f} ms later")
    margins = table[:, -1][np.isfinite(table[:, -1])]
    if len(margins):
        print(
            f"margin at least {margins.min():.1f} dB, {(margins < PROMISED_DB).sum()} of {len(margins)} below {PROMISED_DB:g}"
        )


if __name__ == "__main__":
    main()

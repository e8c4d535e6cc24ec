"""SoundFont benchmark: loudness, tuning, onset, silence and clipping of 128 programs and the drum kit of each font.

python -m benchmarks.soundfonts [FONT ...]            # a row for each program; default: the fonts that are installed
python -m benchmarks.soundfonts --write               # measures anew and writes core/synth/font_facts.json
python -m benchmarks.soundfonts --memory              # time and memory of a worker, for each font and engine

Every third key from C2 to C7 is played for two seconds at velocity 100, and once more briefly at 127. "LUFS" is of the key in the
middle of those that sound; "attack" the time to half of its amplitude. "tuning" lists keys more than 10 cents off, by
the partials of the spectrum (median, weighted by amplitude), where the sound is harmonic enough to have a pitch;
"unclear" counts the others. "silent" is 40 dB below the loudest key of the program, as `core.sonify.audibility` has
it. "clipped" counts keys whose recording has flat tops, "over" is the peak of the loudest single note at velocity 127.
The built-in synthesizer plays: FluidSynth's level and tuning are the same (tests/core/synth/test_fonts.py).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pretty_midi import Instrument, Note, PrettyMIDI

from core import synth
from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.audio.loudness import loudness_lufs
from core.music.midi import program_name
from core.synth import font_facts
from core.synth.note_events import parts_of
from core.synth.sf2 import player, soundfont, tables

SR = 44_100
KEYS = range(36, 97, 3)
DRUM_KEYS = range(35, 82)
HOLD_SEC, SLOT_SEC, HIT_SEC = 2.0, 2.6, 0.7
QUIET_DB, SILENT_DB = 40.0, -75.0
OFF_CENTS = 10.0
STRETCHED = range(8)  # pianos: their octaves are stretched on purpose
_N_FFT = 1 << 18
_FULL_SCALE, _FLAT = 32_700, 4  # samples in a row at full scale are a flat top


@dataclass(kw_only=True)
class Row:
    """A program's figures; keys are MIDI note numbers."""

    program: int
    is_drum: bool = False
    lufs: float = float("-inf")
    attack_ms: float = 0.0
    peak_db: float = float("-inf")
    cents: dict[int, float] = field(default_factory=dict)
    unclear: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    clipped: list[int] = field(default_factory=list)

    @property
    def off(self) -> dict[int, float]:
        """Keys that are more than 10 cents off."""
        return {key: cents for key, cents in self.cents.items() if abs(cents) > OFF_CENTS}


def measure_font(font: soundfont.SoundFont) -> list[Row]:
    """All programs, then the standard drum kit."""
    rows = [measure_program(font, program) for program in range(128)]
    return [*rows, measure_program(font, 0, is_drum=True)]


def measure_program(font: soundfont.SoundFont, program: int, *, is_drum: bool = False) -> Row:
    """Play and measure one program."""
    keys = list(DRUM_KEYS if is_drum else KEYS)
    row = Row(program=program, is_drum=is_drum)
    slots = _play(font, row, keys, velocity=100, hold_sec=HIT_SEC if is_drum else HOLD_SEC)
    hits = _play(font, row, keys, velocity=127, hold_sec=HIT_SEC)
    row.peak_db = max(20 * np.log10(np.abs(hit).max() + 1e-9) for hit in hits)
    levels = np.array(
        [10 * np.log10(np.mean(slot[:, :SR].astype(np.float64) ** 2) + 1e-14) for slot in slots]
    )
    heard = levels > max(levels.max() - QUIET_DB, SILENT_DB)
    row.silent = [key for key, sounds in zip(keys, heard, strict=True) if not sounds]
    sounding = [place for place, sounds in enumerate(heard) if sounds]
    if sounding:
        middle = slots[sounding[len(sounding) // 2]]
        row.lufs = loudness_lufs(Audio(middle[:, : round(SR * HIT_SEC)], SR))
        row.attack_ms = _attack_ms(middle)
    for place in sounding:
        if not is_drum:
            cents, is_clear = measure_cents(slots[place].mean(axis=0), keys[place])
            if is_clear:
                row.cents[keys[place]] = cents
            else:
                row.unclear.append(keys[place])
        if _has_flat_tops(font, program, keys[place], is_drum=is_drum):
            row.clipped.append(keys[place])
    return row


def _play(
    font: soundfont.SoundFont, row: Row, keys: list[int], *, velocity: int, hold_sec: float
) -> list[Float32Array]:
    """The sound of each key."""
    slot_sec = hold_sec + SLOT_SEC - HOLD_SEC
    pm, track = PrettyMIDI(), Instrument(row.program, is_drum=row.is_drum)
    for place, key in enumerate(keys):
        track.notes.append(Note(velocity, key, place * slot_sec, place * slot_sec + hold_sec))
    pm.instruments.append(track)
    y = player.render(parts_of(pm), font, n=round(len(keys) * slot_sec * SR), sr=SR)
    return [
        y[:, round(i * slot_sec * SR) : round(i * slot_sec * SR) + round(slot_sec * SR)]
        for i in range(len(keys))
    ]


def _attack_ms(y: Float32Array) -> float:
    """Time to half of the largest amplitude of the first half second."""
    hop = SR // 1000
    curve = np.sqrt(
        np.add.reduceat((y[:, : SR // 2].astype(np.float64) ** 2).sum(axis=0), np.arange(0, SR // 2, hop))
    )
    smooth = np.convolve(curve, np.ones(5) / 5, mode="same")
    return float(np.argmax(smooth >= 0.5 * smooth.max()))


def measure_cents(y: Float32Array, key: int) -> tuple[float, bool]:
    """How far a note is from its pitch in cents, and whether it has a clear pitch."""
    x = y[round(0.12 * SR) : round((HOLD_SEC - 0.1) * SR)].astype(np.float64)
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)), _N_FFT)) ** 2 + 1e-20
    step = SR / _N_FFT
    f0_hz = 440.0 * 2.0 ** ((key - 69) / 12)
    found, harmonic = [], 0.0
    for k in range(1, 17):
        low, high = (int(k * f0_hz * 2.0 ** (side * 60 / 1200) / step) for side in (-1, 1))
        if high + 2 >= len(power):
            break
        band = power[low : high + 1]
        harmonic += float(band.sum())
        at = low + int(np.argmax(band))
        if low < at < high:
            a, b, c = np.log(power[at - 1 : at + 2])
            place = at + 0.5 * (a - c) / (a - 2 * b + c)
            found.append((1200 * np.log2(place * step / (k * f0_hz)), float(band.sum()), k))
    strong = np.array([row for row in found if row[2] <= 6] or [(0.0, 0.0, 1)])
    strong = strong[strong[:, 1] >= 1e-3 * strong[:, 1].max()]
    weights = np.sqrt(strong[:, 1] + 1e-30)
    order = np.argsort(strong[:, 0])
    cents = float(strong[order[np.searchsorted(np.cumsum(weights[order]) / weights.sum(), 0.5)], 0])
    spread = float(np.sqrt((weights * (strong[:, 0] - cents) ** 2).sum() / weights.sum()))
    share = harmonic / float(power[round(30 / step) :].sum())
    return cents, share > 0.7 and spread < 8.0


def _has_flat_tops(font: soundfont.SoundFont, program: int, key: int, *, is_drum: bool) -> bool:
    """Whether the recording behind a key stands at full scale for several samples in a row."""
    for zone in player.by_key_and_velocity(font.zones(program, is_drum=is_drum))(key, 100):
        full = np.abs(font.read(zone).astype(np.int32)) >= _FULL_SCALE
        if full.any() and np.convolve(full, np.ones(_FLAT), mode="valid").max() >= _FLAT:
            return True
    return False


def find_corrections(font: soundfont.SoundFont, rows: list[Row]) -> dict[int, int]:
    """Cents to add to the correction of samples that every program plays equally out of tune.

    Only notes of one sample, or of two of one recording (left and right), say something of that sample.
    """
    measured: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        if row.is_drum or row.program in STRETCHED:
            continue
        sounding = player.by_key_and_velocity(font.zones(row.program))
        for key, cents in row.cents.items():
            zones = sounding(key, 100)
            if len({round(_tuned(zone, key), 1) for zone in zones}) == 1 and len(zones) <= 2:
                for zone in zones:
                    measured[zone.sample].append(cents)
    corrections = {}
    for sample, values in sorted(measured.items()):
        middle = float(np.median(values))
        if len(values) >= 2 and abs(middle) > 4.0 and np.ptp(values) <= 8.0:
            corrections[sample] = -round(middle)
    return corrections


def _tuned(zone: soundfont.Zone, key: int) -> float:
    gens = zone.gens
    return (
        gens[soundfont.Gen.SCALE_TUNING] * (key - zone.root_cents / 100)
        + 100 * gens[soundfont.Gen.COARSE_TUNE]
        + gens[soundfont.Gen.FINE_TUNE]
    )


def list_faults(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """What is wrong with each program, by ranges of keys, as `core.synth.font_facts` reads it."""
    programs = {}
    for row in rows:
        if row.is_drum:
            continue
        faults: dict[str, Any] = {}
        if row.silent:
            faults["silent"] = _join(dict.fromkeys(row.silent, 0.0), silent=True)
        if row.off and row.program not in STRETCHED:
            faults["tuning"] = _join(row.off)
        if row.clipped:
            faults["clipped"] = [span[:2] for span in _join(dict.fromkeys(row.clipped, 0.0))]
        if faults:
            programs[str(row.program)] = faults
    return programs


def _join(keys: dict[int, float], *, silent: bool = False) -> list[list[int]]:
    """Ranges of neighboring keys with the largest deviation of each; a measured key stands for those around it."""
    spans: list[list[float]] = []
    for key, cents in sorted(keys.items()):
        low, high = (key, key) if silent else (key - 1, key + 1)
        if spans and low <= spans[-1][1] + KEYS.step and (spans[-1][2] >= 0) == (cents >= 0):
            spans[-1][1] = high
            spans[-1][2] = max(spans[-1][2], cents, key=abs)
        else:
            spans.append([low, high, cents])
    return [[int(low), int(high), round(cents)][: 2 if silent else 3] for low, high, cents in spans]


def print_rows(rows: list[Row]) -> None:
    """One line a program."""
    print(f"{'program':28}{'LUFS':>8}{'attack':>8}{'over':>8}  tuning (key:cents), silent, clipped, unclear")
    for row in rows:
        name = "Drum kit" if row.is_drum else f"{row.program} {program_name(row.program)}"
        told = " ".join(f"{key}:{cents:+.0f}" for key, cents in row.off.items())
        for what in ("silent", "clipped", "unclear"):
            keys = getattr(row, what)
            told += f" {what} {len(keys)}" if keys else ""
        print(f"{name[:27]:28}{row.lufs:8.1f}{row.attack_ms:8.0f}{row.peak_db:8.1f}  {told}")


def print_summary(rows: list[Row]) -> None:
    """Counts over all programs."""
    melodic = [row for row in rows if not row.is_drum]
    cents = np.array(
        [abs(value) for row in melodic if row.program not in STRETCHED for value in row.cents.values()]
    )
    levels: FloatArray = np.array([row.lufs for row in melodic if np.isfinite(row.lufs)])
    print(
        f"{len(melodic)} programs: {sum(not row.cents and not row.unclear for row in melodic)} silent, "
        f"{sum(bool(row.silent) for row in melodic)} silent at some key, {sum(bool(row.off) for row in melodic)} more than "
        f"{OFF_CENTS:g} cents off at some key ({(cents > OFF_CENTS).mean():.1%} of keys), "
        f"{sum(bool(row.clipped) for row in melodic)} with flat tops, {sum(row.peak_db > 0 for row in melodic)} over full "
        f"scale with one note; median {np.median(levels):.1f} LUFS, 10 to 90 % {np.quantile(levels, 0.1):.1f} to "
        f"{np.quantile(levels, 0.9):.1f}"
    )


def measure_worker(path: Path, engine: str) -> str:
    """Time and memory of a fresh process that plays 40 s of piano, flute, strings, bass and drums three times."""
    code = f"""
import json, resource, time
from pathlib import Path
from pretty_midi import Instrument, Note, PrettyMIDI
from core import synth
pm = PrettyMIDI()
for i, program in enumerate((0, 73, 48, 33)):
    pm.instruments.append(Instrument(program))
    pm.instruments[-1].notes = [Note(60 + k % 50, (36 if i == 3 else 48 + 12 * (i % 2)) + 7 * k % 24, k / 2, k / 2 + .45) for k in range(80)]
pm.instruments.append(Instrument(0, is_drum=True))
pm.instruments[-1].notes = [Note(90, (36, 42, 38, 42)[k % 4], k / 4, k / 4 + .2) for k in range(160)]
peak = lambda: int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) // 1024
before, took = peak(), []
for _ in range(3):
    began = time.perf_counter()
    made = synth.render(pm, engine={engine!r}, soundfont=Path({str(path)!r}))
    took.append(time.perf_counter() - began)
assert made.note is None, made.note
print(f"first {{took[0]:.2f}} s, then {{min(took[1:]):.2f}} s; memory {{before}} MB, at most {{peak()}} MB")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    """Measure fonts, and print or write what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("fonts", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true", help="write core/synth/font_facts.json")
    parser.add_argument("--memory", action="store_true", help="only time and memory of workers")
    options = parser.parse_args()
    paths = options.fonts or synth.installed_soundfonts()
    facts = {}
    for path in paths:
        if options.memory:
            for engine in ("embedded", "fluidsynth"):
                print(f"{path.name:28}{engine:12}{measure_worker(path, engine)}", flush=True)
            continue
        if options.write:
            found = measure_anew(path)
            facts[font_facts.font_id(tables.read_headers(path))] = {"name": path.name, **found}
            font_facts.FACTS_PATH.write_text(
                json.dumps(facts, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="utf-8"
            )
        else:
            print(f"\n{path.name}")
            rows = measure_font(soundfont.load(path))
            print_rows(rows)
            print_summary(rows)


def measure_anew(path: Path) -> dict[str, Any]:
    """Corrections from the font as it is, then the faults that are left with them."""
    facts = font_facts._facts()
    known = font_facts.font_id(tables.read_headers(path))
    facts.pop(known, None)
    font = _reload(path)
    rows = measure_font(font)
    print(f"{path.name} as it is")
    print_summary(rows)
    corrections = {str(sample): cents for sample, cents in find_corrections(font, rows).items()}
    facts[known] = {"corrections": corrections}
    rows = measure_font(_reload(path))
    print(f"with {len(corrections)} samples retuned")
    print_summary(rows)
    return {"corrections": corrections, "programs": list_faults(rows)}


def _reload(path: Path) -> soundfont.SoundFont:
    soundfont._load.cache_clear()
    player.forget()
    return soundfont.load(path)


if __name__ == "__main__":
    main()

"""Both synthesizers play what the notes say, alike, and fail with a sentence."""

from __future__ import annotations

import itertools
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pretty_midi import ControlChange, Instrument, Note, PitchBend, PrettyMIDI

from core import synth
from core.arrays import Float32Array
from core.errors import DashboardError, InputError, RenderError
from core.synth.note_events import parts_of
from core.synth.sf2 import oscillator, player, soundfont

SR = 44_100
ENGINES = ("embedded", "fluidsynth")
PROGRAMS = (0, 4, 11, 12, 13, 24, 32, 40, 46, 48, 52, 56, 65, 71, 73, 79, 80, 88, 105, 114)
DRUM_KEYS = (36, 38, 42, 46, 49, 56, 76)

Sound = NDArray[np.float64]


def a_piece(*instruments: Instrument) -> PrettyMIDI:
    pm = PrettyMIDI()
    pm.instruments.extend(instruments)
    return pm


def an_instrument(
    *notes: tuple[float, float, int, int], program: int = 0, is_drum: bool = False
) -> Instrument:
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


def delay_ms(ref: Sound, est: Sound) -> int:
    """By how much the beginning of `est` is later: the shift that brings the loudness curves together best."""
    millisecond = SR // 1000
    smooth = np.ones(15) / 15.0  # longer than a period of the lowest note, whose ripple would mislead
    ref_curve, est_curve = (
        np.sqrt(np.convolve(np.add.reduceat((y**2).sum(axis=0), np.arange(0, SR // 3, millisecond)), smooth))
        for y in (ref, est)
    )
    n = len(ref_curve) - 15

    def mismatch(shift: int) -> float:
        return float(np.sum((ref_curve[30 : n - 30] - est_curve[30 + shift : n - 30 + shift]) ** 2))

    return min(range(-30, 31), key=mismatch)


def pitch_hz(y: Sound, near_hz: float) -> float:
    """Frequency of the strongest partial within a semitone of `near_hz`, by a parabola through its peak."""
    mono = y.sum(axis=0)
    n = 1 << 18
    spectrum = np.log(np.abs(np.fft.rfft(mono * np.hanning(len(mono)), n)) + 1e-12)
    low, high = (int(near_hz * 2 ** (step / 12.0) * n / SR) for step in (-1, 1))
    k = low + int(np.argmax(spectrum[low:high]))
    a, b, c = spectrum[k - 1 : k + 2]
    return float((k + 0.5 * (a - c) / (a - 2 * b + c)) * SR / n)


def cents(measured_hz: float, ref_hz: float) -> float:
    return float(1200.0 * np.log2(measured_hz / ref_hz))


# ---- The two engines sound alike

SLOT_SEC = 2.5
# (program, is_drum, pitch, velocity), one note a slot
NOTES = [
    *((program, False, pitch, velocity) for program in PROGRAMS for pitch, velocity in ((48, 100), (72, 45))),
    *((0, True, key, 100) for key in DRUM_KEYS),
]


@pytest.fixture(scope="module")
def by_engine() -> dict[str, Sound]:
    """One rendering of all `NOTES` by each engine."""
    instruments: dict[tuple[int, bool], Instrument] = {}
    for slot, (program, is_drum, pitch, velocity) in enumerate(NOTES):
        instrument = instruments.setdefault((program, is_drum), Instrument(program, is_drum=is_drum))
        start = 0.1 + slot * SLOT_SEC
        instrument.notes.append(Note(velocity, pitch, start, start + 0.7))
    return {engine: sound_of(a_piece(*instruments.values()), engine) for engine in ENGINES}


def slots_of(by_engine: dict[str, Sound], program: int, is_drum: bool) -> list[tuple[Sound, Sound]]:
    parts = []
    for slot, note in enumerate(NOTES):
        if note[:2] == (program, is_drum):
            span = slice(round(slot * SLOT_SEC * SR), round((slot + 1) * SLOT_SEC * SR))
            parts.append((by_engine["fluidsynth"][:, span], by_engine["embedded"][:, span]))
    return parts


def test_both_engines_return_the_same_number_of_samples(by_engine: dict[str, Sound]) -> None:
    end_sec = 0.1 + (len(NOTES) - 1) * SLOT_SEC + 0.7
    for y in by_engine.values():
        assert y.shape == (2, round((end_sec + 1.5) * SR))


@pytest.mark.parametrize(("program", "is_drum"), [*((program, False) for program in PROGRAMS), (0, True)])
def test_an_instrument_sounds_alike_from_both_engines(
    by_engine: dict[str, Sound], program: int, is_drum: bool
) -> None:
    for ref, est in slots_of(by_engine, program, is_drum):
        assert rms_db(est) == pytest.approx(rms_db(ref), abs=2.0)
        assert abs(delay_ms(ref, est)) <= 10
        sides = [np.maximum([rms_db(y[0]), rms_db(y[1])], rms_db(y) - 40.0) for y in (ref, est)]
        assert sides[1][0] - sides[1][1] == pytest.approx(sides[0][0] - sides[0][1], abs=2.0)


def test_pedal_controllers_and_bends_sound_alike_from_both_engines() -> None:
    instrument = an_instrument((0.0, 0.3, 60, 100), (0.5, 0.9, 67, 80), (2.0, 4.0, 64, 90), program=73)
    changes = [
        (64, 127, 0.1),
        (64, 0, 1.5),
        (10, 20, 2.0),
        *((7, 127 - i * 5, 2.0 + i * 0.08) for i in range(20)),
    ]
    instrument.control_changes = [ControlChange(number, value, time) for number, value, time in changes]
    instrument.pitch_bends = [PitchBend(i * 200, 2.0 + i * 0.05) for i in range(30)]
    ref, est = (sound_of(a_piece(instrument), engine) for engine in ("fluidsynth", "embedded"))
    assert ref.shape == est.shape
    for start in np.arange(0.0, 4.0, 0.5):
        span = slice(round(start * SR), round((start + 0.5) * SR))
        for side in (0, 1):
            assert rms_db(est[side, span]) == pytest.approx(rms_db(ref[side, span]), abs=1.5)


def test_more_instruments_than_channels_sound_alike_from_both_engines() -> None:
    programs = [0, 11, 24, 32, 40, 48, 56, 65, 71, 73, 79, 80, 105, 4, 12, 13, 46, 52]
    pm = a_piece(
        *(an_instrument((i * 0.5, i * 0.5 + 0.4, 60, 100), program=p) for i, p in enumerate(programs))
    )
    ref, est = (sound_of(pm, engine) for engine in ("fluidsynth", "embedded"))
    for i in range(len(programs)):
        span = slice(round(i * 0.5 * SR), round((i + 1) * 0.5 * SR))
        assert rms_db(est[:, span]) == pytest.approx(rms_db(ref[:, span]), abs=2.0)


# ---- Loudness, pan and pitch are physical


@pytest.mark.parametrize("engine", ENGINES)
def test_velocity_20_is_28_db_quieter_than_velocity_100(engine: str) -> None:
    loud, quiet = (sound_of(one_note(velocity=velocity, program=73), engine) for velocity in (100, 20))
    assert rms_db(loud) - rms_db(quiet) == pytest.approx(40.0 * np.log10(100 / 20), abs=0.5)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("number", "value", "expected_db"), [(7, 50, -12.04), (11, 64, -11.9)])
def test_volume_and_expression_attenuate_by_their_square(
    engine: str, number: int, value: int, expected_db: float
) -> None:
    pm, softened = one_note(program=71), one_note(program=71)
    softened.instruments[0].control_changes = [ControlChange(number, value, 0.0)]
    assert rms_db(sound_of(softened, engine)) - rms_db(sound_of(pm, engine)) == pytest.approx(
        expected_db, abs=0.3
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_pan_moves_the_sound_and_keeps_its_power(engine: str) -> None:
    powers = []
    for value in (1, 64, 127):
        pm = one_note(program=71)
        pm.instruments[0].control_changes = [ControlChange(10, value, 0.0)]
        left, right = (sound_of(pm, engine) ** 2).mean(axis=1)
        powers.append((left, right))
    assert powers[0][1] < 1e-3 * powers[0][0]
    assert powers[1][0] == pytest.approx(powers[1][1], rel=0.1)
    assert powers[2][0] < 1e-3 * powers[2][1]
    assert [sum(pair) for pair in powers] == pytest.approx([sum(powers[1])] * 3, rel=0.05)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("program", [0, 11, 24, 71, 79, 80])  # the flute of this font is 12 cents sharp
def test_a4_is_440_hz(engine: str, program: int) -> None:
    y = sound_of(one_note(69, program=program, length_sec=1.0), engine)[:, : SR + SR // 4]
    assert abs(cents(pitch_hz(y, 440.0), 440.0)) < 5.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bend_of_50_cents_raises_the_pitch_by_50_cents(engine: str) -> None:
    bent = one_note(69, program=79, length_sec=2.0)
    bent.instruments[0].pitch_bends = [PitchBend(2048, 1.0)]
    y = sound_of(bent, engine)
    before, after = y[:, SR // 4 : SR], y[:, SR + SR // 8 : 2 * SR]
    assert cents(pitch_hz(after, 453.0), pitch_hz(before, 440.0)) == pytest.approx(50.0, abs=5.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_note_rings_until_the_pedal_is_lifted(engine: str) -> None:
    short, pedalled = (one_note(program=71, length_sec=0.3) for _ in range(2))
    pedalled.instruments[0].control_changes = [ControlChange(64, 127, 0.1), ControlChange(64, 0, 2.0)]
    dry, wet = sound_of(short, engine), sound_of(pedalled, engine)
    assert wet.shape[1] == round(3.5 * SR)
    span = slice(round(1.2 * SR), round(1.7 * SR))
    assert rms_db(wet[:, span]) > rms_db(dry[:, span]) + 20.0


def test_a_closed_hi_hat_silences_the_open_one() -> None:
    alone = sound_of(a_piece(an_instrument((0.0, 0.1, 46, 100), is_drum=True)))
    choked = sound_of(a_piece(an_instrument((0.0, 0.1, 46, 100), (0.2, 0.3, 42, 1), is_drum=True)))
    span = slice(round(0.6 * SR), round(0.8 * SR))
    assert rms_db(choked[:, span]) < rms_db(alone[:, span]) - 20.0


# ---- Level


def test_a_piano_melody_at_velocity_100_peaks_around_minus_12_dbfs() -> None:
    melody = a_piece(an_instrument(*((i * 0.25, i * 0.25 + 0.25, 60 + 2 * i, 100) for i in range(12))))
    assert -17.0 < synth.render(melody, engine="embedded").peak_dbfs < -9.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_very_loud_chord_is_limited_and_not_clipped(engine: str) -> None:
    pm = a_piece(
        *(an_instrument(*((0.0, 1.0, pitch, 127) for pitch in range(40, 80, 3)), program=p) for p in (13, 46))
    )
    rendering = synth.render(pm, engine=engine)  # type: ignore[arg-type]
    assert rendering.limited
    assert rendering.peak_dbfs <= -1.0 + 1e-4
    flat = np.abs(rendering.audio.y).max(axis=0) > 0.999 * 10 ** (-1 / 20)
    assert flat.mean() < 0.01


def test_a_quiet_note_is_not_made_louder_by_what_follows_or_does_not() -> None:
    quiet = synth.render(one_note(velocity=5), engine="embedded")
    assert quiet.peak_dbfs < -55.0
    assert not quiet.limited
    followed = a_piece(an_instrument((0.0, 0.8, 60, 5), (3.0, 4.0, 60, 127)))
    np.testing.assert_array_equal(sound_of(followed)[:, : 2 * SR], quiet.audio.y[:, : 2 * SR])


def test_the_limiter_leaves_alone_what_is_far_from_a_peak() -> None:
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, (2, SR)).astype(np.float32)
    y[0, 20_000:20_010] = 3.0
    before = y.copy()
    assert synth.limit_peaks(y, SR)
    assert np.abs(y).max() <= 10 ** (-1 / 20)
    np.testing.assert_array_equal(y[:, : 20_000 - 500], before[:, : 20_000 - 500])
    np.testing.assert_array_equal(y[:, 20_010 + 500 :], before[:, 20_010 + 500 :])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_end_fades_to_nothing(engine: str) -> None:
    rendering = synth.render(one_note(program=52), engine=engine, tail_sec=0.1)  # type: ignore[arg-type]
    assert rendering.audio.y.shape == (2, round(0.9 * SR))
    assert np.abs(rendering.audio.y[:, -20:]).max() < 1e-3


# ---- FluidSynth fails, the built-in synthesizer plays


def _missing(*_: object, **__: object) -> None:
    raise FileNotFoundError("/secret/fluidsynth")


def _exit_1(command: list[str], **_: object) -> None:
    raise subprocess.CalledProcessError(1, command, stderr=b"/secret/path")


def _timeout(command: list[str], timeout: float, **_: object) -> None:
    raise subprocess.TimeoutExpired(command, timeout)


def _writes(seconds: float, level: float) -> Callable[..., None]:
    def run(command: list[str], **_: object) -> None:
        path = command[command.index("-F") + 1]
        soundfile.write(path, np.full((round(seconds * SR), 2), level, np.float32), SR, subtype="FLOAT")

    return run


def _garbage(command: list[str], **_: object) -> None:
    Path(command[command.index("-F") + 1]).write_bytes(b"RIFF garbage")


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (_missing, "is not installed"),
        (_exit_1, "stopped with error 1"),
        (_timeout, "took too long"),
        (lambda *_, **__: None, "no readable sound file"),
        (_garbage, "no readable sound file"),
        (_writes(10.0, 0.0), "silence"),
        (_writes(1.0, 0.1), "only a part"),
        (_writes(10.0, np.nan), "damaged"),
    ],
)
def test_a_failing_fluidsynth_is_replaced_and_the_note_says_so(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., None], reason: str
) -> None:
    monkeypatch.setattr(subprocess, "run", run)
    rendering = synth.render(one_note(), engine="fluidsynth")
    assert rendering.engine == "embedded"
    assert rendering.note is not None
    assert reason in rendering.note
    assert "/" not in rendering.note
    assert rendering.peak_dbfs > -40.0


def test_auto_without_fluidsynth_plays_without_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert not synth.fluidsynth_available()
    rendering = synth.render(one_note())
    assert (rendering.engine, rendering.note) == ("embedded", None)


def test_auto_with_fluidsynth_uses_it_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert synth.render(one_note()).engine == "fluidsynth"
    assert list(tmp_path.iterdir()) == []


def test_silence_that_was_asked_for_is_no_failure() -> None:
    pm = one_note()
    pm.instruments[0].control_changes = [ControlChange(7, 0, 0.0), ControlChange(11, 0, 0.0)]
    rendering = synth.render(pm, engine="fluidsynth")
    assert rendering.note is None or rendering.peak_dbfs > -200.0


# ---- What cannot be played


def test_no_notes_are_refused_with_a_sentence() -> None:
    for pm in (PrettyMIDI(), a_piece(Instrument(0))):
        with pytest.raises(InputError, match="no notes"):
            synth.render(pm)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ((0.0, 2000.0, 60, 100), "minutes"),
        ((float("nan"), 1.0, 60, 100), "times"),
        ((-1.0, 1.0, 60, 100), "times"),
        ((0.0, 1.0, 128, 100), "pitches"),
        ((0.0, 1.0, 60, 200), "velocities"),
    ],
)
def test_impossible_notes_are_refused_with_a_sentence(
    note: tuple[float, float, int, int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        synth.render(a_piece(an_instrument(note)))


def test_too_many_notes_at_once_are_refused() -> None:
    chord = [(0.0, 800.0, pitch, 100) for pitch in range(128)]
    with pytest.raises(InputError, match="at once"):
        synth.render(a_piece(an_instrument(*chord)))


def test_notes_on_one_key_do_not_overlap() -> None:
    [part] = parts_of(a_piece(an_instrument((0.0, 5.0, 60, 100), (1.0, 2.0, 60, 90), (1.0, 2.0, 60, 80))))
    assert part.onsets_sec.tolist() == [0.0, 1.0]
    assert part.key_ups_sec.tolist() == [1.0, 2.0]
    assert part.velocities.tolist() == [100, 90]


def test_several_visitors_can_render_at_once() -> None:
    pms = [
        a_piece(an_instrument((0.0, 0.5, 48 + i, 100), (0.5, 1.5, 60 + i, 50), program=i)) for i in range(8)
    ]
    alone = [sound_of(pm) for pm in pms]
    together: dict[int, Sound] = {}
    threads = [
        threading.Thread(target=lambda i=i, pm=pm: together.update({i: sound_of(pm)}))
        for i, pm in enumerate(pms * 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, y in together.items():
        np.testing.assert_array_equal(y, alone[i % len(pms)])


# ---- SoundFonts


def test_a_font_is_parsed_once_while_its_file_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(synth.default_soundfont().read_bytes())
    assert soundfont.load(path) is soundfont.load(path)


def test_every_general_midi_program_has_zones() -> None:
    font = soundfont.load(synth.default_soundfont())
    for program in range(128):
        assert any(60 in zone.keys for zone in font.zones(program))
    assert font.zones(1, is_drum=True) == font.zones(0, is_drum=True)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a SoundFont"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not a SoundFont"),
        (b"RIFF\x04\x00\x00\x00sfbk", "damaged"),
        (b"RIFF\xff\xff\xff\xffsfbkpdta\xff\xff\xff\xff", "damaged"),
    ],
)
def test_other_files_are_refused_as_fonts(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        synth.render(one_note(), soundfont=path)
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_font_and_a_huge_one_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="could not be opened"):
        synth.render(one_note(), soundfont=tmp_path / "none.sf2")
    monkeypatch.setattr("core.limits.MAX_SOUNDFONT_BYTES", 1024)
    with pytest.raises(InputError, match="MB"):
        synth.render(one_note())


@pytest.fixture(scope="module")
def small_font() -> bytes:
    """The standard font with only the first second of its samples: what is left of it is the tables."""
    data = synth.default_soundfont().read_bytes()
    start = data.index(b"smpl")
    size = int.from_bytes(data[start + 4 : start + 8], "little")
    kept = data[start + 8 : start + 8 + 2 * SR]
    return data[:start] + b"smpl" + len(kept).to_bytes(4, "little") + kept + data[start + 8 + size :]


_NUMBERS = itertools.count()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=30),
    cut=st.none() | st.floats(0, 1),
    program=st.integers(0, 127),
    is_drum=st.booleans(),
)
def test_a_hostile_font_raises_nothing_but_a_sentence(
    small_font: bytes,
    tmp_path: Path,
    edits: list[tuple[float, bytes]],
    cut: float | None,
    program: int,
    is_drum: bool,
) -> None:
    data = bytearray(small_font)
    tables = data.index(b"pdta")
    for position, replacement in edits:
        at = tables + int(position * (len(data) - tables - 8))
        data[at : at + len(replacement)] = replacement
    if cut is not None:
        del data[int(cut * len(data)) :]
    # A name of its own: files written within a tick of the clock look unchanged to the cache.
    path = tmp_path / f"{next(_NUMBERS)}.sf2"
    path.write_bytes(bytes(data))
    pm = a_piece(an_instrument((0.0, 0.2, 60, 100), (0.1, 0.3, 40, 3), program=program, is_drum=is_drum))
    try:
        rendering = synth.render(pm, engine="embedded", soundfont=path, tail_sec=0.1)
    except DashboardError as error:
        assert len(str(error)) > 20
    else:
        assert np.isfinite(rendering.audio.y).all()
        assert np.abs(rendering.audio.y).max() <= 1.0


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(-32_768, 32_767), min_size=60, max_size=60),
    key=st.integers(0, 127),
    velocity=st.integers(1, 127),
)
def test_generators_of_any_value_give_a_finite_sound(values: list[int], key: int, velocity: int) -> None:
    """Every generator of a zone at once, far outside of what the format allows."""
    font = soundfont.load(synth.default_soundfont())
    zone = font.zones(0)[0]
    wild = replace(zone, uid=(-1, hash(tuple(values))), gens=(*values, 50), keys=range(128))
    wild_font = replace(font, _zones={font._presets[0, 0]: (wild,)})
    parts = parts_of(a_piece(an_instrument((0.0, 0.2, key, velocity))))
    y = player.render(parts, wild_font, n=SR // 2, sr=SR)
    assert np.isfinite(y).all()


@pytest.mark.parametrize("chunk", [b"LIST\0\0\0\0INFO", b"junk\0\0\0\0"], ids=["lists", "empty chunks"])
def test_a_font_of_endless_chunks_is_refused(tmp_path: Path, chunk: bytes) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(b"RIFF\0\0\0\0sfbk" + chunk * 100_000)
    with pytest.raises(InputError, match="SoundFont has more than 1,000 chunks"):
        soundfont.load(path)


def a_font(**tables: bytes) -> bytes:
    """A font of one preset, one instrument and one sample, but for the tables that are given."""
    chunks = {
        "smpl": bytes(400),
        "phdr": bytes(38) + bytes(24) + b"\1\0" + bytes(12),
        "pbag": bytes(4) + b"\1\0\0\0",
        "pgen": b"\x29\0\0\0" + bytes(4),
        "inst": bytes(22) + bytes(20) + b"\1\0",
        "ibag": bytes(4) + b"\1\0\0\0",
        "igen": b"\x35\0\0\0" + bytes(4),
        "imod": bytes(10),
        "shdr": bytes(20)
        + np.array([0, 200, 0, 200, 8_000], "<u4").tobytes()
        + b"\x3c\0\0\0\1\0"
        + bytes(46),
        **tables,
    }
    body = b"".join(name.encode() + len(data).to_bytes(4, "little") + data for name, data in chunks.items())
    return b"RIFF\0\0\0\0sfbk" + body


def test_a_table_of_more_rows_than_can_be_numbered_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(a_font())
    assert len(soundfont.load(path).zones(0)) == 1
    path.write_bytes(a_font(phdr=bytes(38 * 70_000)))
    with pytest.raises(InputError, match="table of more than 65,537 rows"):
        soundfont.load(path)


def test_an_instrument_of_many_generators_is_read_once_a_preset(tmp_path: Path) -> None:
    # 2,000 zones of one instrument whose one zone has 60,000 generators, nearly all of them unknown ones.
    n_zones, n_generators = 2_000, 60_000
    bags = np.zeros((n_zones + 1, 2), "<u2")
    bags[:, 0] = np.arange(n_zones + 1)
    generators = np.zeros((n_generators + 1, 2), "<u2")
    generators[:, 0] = np.arange(n_generators + 1) + 100
    generators[n_generators - 1, 0] = 53  # the sample
    path = tmp_path / "font.sf2"
    path.write_bytes(
        a_font(
            phdr=bytes(38) + bytes(24) + n_zones.to_bytes(2, "little") + bytes(12),
            pbag=bags.tobytes(),
            pgen=b"\x29\0\0\0" * n_zones + bytes(4),
            ibag=bytes(4) + n_generators.to_bytes(2, "little") + bytes(2),
            igen=generators.tobytes(),
        )
    )
    font = soundfont.load(path)
    calls = []
    bags_of = type(font)._bags

    def counted(self: soundfont.SoundFont, level: bytes, *rest: object) -> list[soundfont._Bag]:
        found = bags_of(self, level, *rest)  # type: ignore[arg-type]
        calls.append((level, max(len(zone.gens) for zone in found)))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soundfont.SoundFont, "_bags", counted)
        with pytest.raises(InputError, match="starts 2,000 sounds with one note; up to 64"):
            font.zones(0)
    assert [level for level, _ in calls] == [b"p", b"i"]
    assert all(n <= 2 for _, n in calls)  # the unknown ones are left out


def a_layered_font(n_layers: int) -> bytes:
    """A font whose one sample loops and sounds `n_layers` times on every key."""
    bags = np.zeros((n_layers + 1, 2), "<u2")
    bags[:, 0] = np.arange(n_layers + 1)
    return a_font(
        phdr=bytes(38) + bytes(24) + n_layers.to_bytes(2, "little") + bytes(12),
        pbag=bags.tobytes(),
        pgen=b"\x29\0\0\0" * n_layers + bytes(4),
        ibag=bytes(4) + b"\2\0\0\0",
        igen=b"\x36\0\1\0" + b"\x35\0\0\0" + bytes(4),
        smpl=(8_000 * np.sin(np.arange(200) * (np.pi / 10.0))).astype("<i2").tobytes(),
    )


def test_a_font_of_thousands_of_sounds_a_note_is_refused_before_it_plays(tmp_path: Path) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(a_layered_font(64))
    assert synth.render(one_note(length_sec=0.1), engine="embedded", soundfont=path).peak_dbfs > -60.0
    for n_layers in (65, 3_969):
        path.write_bytes(a_layered_font(n_layers))
        with pytest.raises(
            InputError, match=f"starts {n_layers:,} sounds with one note; up to 64 can be played"
        ):
            synth.render(one_note(), engine="embedded", soundfont=path)


def test_zones_that_share_no_key_and_velocity_are_no_layers(tmp_path: Path) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(a_layered_font(1))
    zone = soundfont.load(path).zones(0)[0]
    apart = [
        replace(zone, keys=range(key, key + 1), velocities=velocities)
        for key in range(128)
        for velocities in (range(64), range(64, 128))
    ]
    soundfont._check_layers(apart)
    soundfont._check_layers(apart * 64)
    with pytest.raises(InputError, match="starts 65 sounds"):
        soundfont._check_layers([*apart * 64, apart[77]])


def test_the_standard_font_sounds_at_most_six_zones_a_note() -> None:
    font = soundfont.load(synth.default_soundfont())
    sounding = [
        player.by_key_and_velocity(font.zones(program, is_drum=is_drum))
        for program, is_drum in [*((program, False) for program in range(128)), (0, True)]
    ]
    assert max(len(zones(key, 100)) for zones in sounding for key in range(128)) == 6


def test_a_piece_that_costs_too_much_with_a_thick_font_is_refused_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "font.sf2"
    path.write_bytes(a_layered_font(60))
    monkeypatch.setattr(player, "_WORK_SEC", 0.05)
    read = []
    read_of = oscillator.Oscillator.read

    def counted(self: oscillator.Oscillator, n_blocks: int) -> Float32Array:
        read.append(n_blocks)
        return read_of(self, n_blocks)

    monkeypatch.setattr(oscillator.Oscillator, "read", counted)
    pm = a_piece(an_instrument(*((0.0, 0.2, pitch, 100) for pitch in range(40, 80))))
    with pytest.raises(RenderError, match="takes too long to play"):
        synth.render(pm, engine="embedded", soundfont=path)
    assert 0 < len(read) < 2_000  # of 2,400 voices


def test_what_a_piece_may_cost_grows_with_its_notes_and_ends_at_twenty_seconds() -> None:
    def allowed_sec(*notes: tuple[float, float, int, int]) -> float:
        return player._Budget(parts_of(a_piece(an_instrument(*notes))))._left_sec

    melody = [(0.12 * i, 0.12 * i + 0.12, 60, 100) for i in range(500)]
    assert allowed_sec(melody[0]) < allowed_sec(*melody) < 5.0
    assert allowed_sec(*(melody * 20)) <= 20.0
    assert allowed_sec(*((0.0, 800.0, pitch, 100) for pitch in range(40))) == 20.0  # a long drone


@pytest.mark.parametrize("mode", [0, 1, 3], ids=["no loop", "loop", "loop until release"])
def test_a_sample_played_far_too_fast_is_the_same_sound_with_samples_between_left_out(
    mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = soundfont.load(synth.default_soundfont())
    zone = font.zones(0)[0]
    gens = list(zone.gens)
    gens[soundfont.Gen.COARSE_TUNE], gens[soundfont.Gen.SAMPLE_MODES] = 60, mode
    wild = replace(zone, uid=(-2, mode), gens=tuple(gens), keys=range(128), velocities=range(128))
    wild_font = replace(font, _zones={font._presets[0, 0]: (wild,)})
    parts = parts_of(a_piece(an_instrument((0.0, 0.3, 60, 100))))
    player.forget()
    ref = player.render(parts, wild_font, n=SR // 2, sr=SR)
    player.forget()
    monkeypatch.setattr("core.synth.sf2.oscillator._SPARSE", 1e9)
    monkeypatch.setattr("core.synth.sf2.oscillator._PIECE", 1 << 24)
    est = player.render(parts, wild_font, n=SR // 2, sr=SR)
    assert ref.any()
    np.testing.assert_array_equal(ref, est)


def test_a_font_of_many_large_presets_costs_bounded_time_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_presets, n_zones = 40, 64
    presets = np.zeros((n_presets + 1, 38), "u1")
    presets[:, 20] = presets[:, 24] = np.arange(n_presets + 1)
    bags = np.zeros((n_presets + 1, 2), "<u2")
    bags[:, 0] = np.arange(n_presets + 1)
    inner = np.zeros((n_zones + 1, 2), "<u2")
    inner[:, 0] = np.arange(n_zones + 1)
    path = tmp_path / "font.sf2"
    path.write_bytes(
        a_font(
            phdr=presets.tobytes(),
            pbag=bags.tobytes(),
            pgen=b"\x29\0\0\0" * n_presets + bytes(4),
            inst=bytes(22) + bytes(20) + n_zones.to_bytes(2, "little"),
            ibag=inner.tobytes(),
            igen=b"\x35\0\0\0" * n_zones + bytes(4),
        )
    )
    monkeypatch.setattr(soundfont, "MAX_ZONES_KEPT", 200)
    font = soundfont.load(path)
    for program in range(n_presets):
        assert len(font.zones(program)) == n_zones
        assert sum(map(len, font._zones.values())) <= 200
    monkeypatch.setattr(player, "_WORK_SEC", 0.0)
    monkeypatch.setattr(player, "_VOICE_SEC", 0.0)
    monkeypatch.setattr(player, "_ZONE_SEC", 1e-3)  # as if its zones were a thousand times as many
    pm = a_piece(*(an_instrument((0.0, 0.1, 60, 100), program=program) for program in range(n_presets)))
    with pytest.raises(RenderError, match="takes too long to play"):
        player.render(parts_of(pm), font, n=SR, sr=SR)

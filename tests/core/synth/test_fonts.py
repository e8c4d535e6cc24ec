"""Every installed SoundFont plays alike from both engines, and a damaged one is replaced with a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from pretty_midi import Instrument, Note, PrettyMIDI

from core import synth
from core.errors import InputError
from core.synth import font_choice, font_facts
from core.synth.note_events import parts_of
from core.synth.sf2 import excerpt, modulators, player, samples, soundfont, tables

SR = 22_050
FONTS = [path for path in font_choice.installed_soundfonts() if path.is_file()]
OTHERS = [path for path in FONTS if path != font_choice.bundled_soundfont()]
# (program, is_drum, pitch, velocity); piano, flute, strings, guitar, bass, kick, hi-hat
NOTES = (
    (0, False, 60, 100), (0, False, 72, 30), (73, False, 79, 80), (48, False, 55, 60), (24, False, 57, 90),
    (33, False, 38, 110), (0, True, 36, 100), (0, True, 46, 60),
)  # fmt: skip


def a_piece(*notes: tuple[int, bool, int, int], slot_sec: float = 1.5) -> PrettyMIDI:
    """One note a slot."""
    pm = PrettyMIDI()
    for place, (program, is_drum, pitch, velocity) in enumerate(notes):
        track = Instrument(program, is_drum=is_drum)
        track.notes.append(Note(velocity, pitch, place * slot_sec, place * slot_sec + 0.6))
        pm.instruments.append(track)
    return pm


def levels_db(y: NDArray[np.float32], n: int, slot_sec: float = 1.5) -> NDArray[np.float64]:
    slots = [y[:, round(i * slot_sec * SR) : round((i + 1) * slot_sec * SR)] for i in range(n)]
    return np.array([10 * np.log10(np.mean(slot.astype(np.float64) ** 2) + 1e-20) for slot in slots])


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.name)
def test_an_installed_font_sounds_alike_from_both_engines_and_quiet_stays_quiet(path: Path) -> None:
    pm = a_piece(*NOTES, (73, False, 72, 100), (73, False, 72, 20))
    renderings = [
        synth.render(pm, engine=engine, soundfont=path, sr=SR) for engine in ("embedded", "fluidsynth")
    ]
    assert [made.engine for made in renderings] == ["embedded", "fluidsynth"]
    est, ref = (levels_db(made.audio.y, len(NOTES) + 2) for made in renderings)
    np.testing.assert_allclose(est, ref, atol=1.0)
    assert ref.min() > -80.0
    # 40 log10(100 / 20) is 28 dB; a font may have another sample for soft notes.
    assert ref[-2] - ref[-1] == pytest.approx(28.0, abs=4.0)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_of_a_compressed_font_only_what_sounds_is_decoded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player.forget()
    decoded = []
    decode = samples.SampleFile.decode

    def counted(self: samples.SampleFile, first: int, last: int, n: int) -> samples.Samples:
        decoded.append((first, last))
        return decode(self, first, last, n)

    monkeypatch.setattr(samples.SampleFile, "decode", counted)
    synth.render(a_piece(NOTES[0]), engine="embedded", soundfont=path, sr=SR, tail_sec=0.1)
    assert 1 <= len(set(decoded)) <= 6
    assert sum(kept.nbytes for kept in samples.CACHE._samples.values()) <= samples.CACHE_BYTES


def test_a_damaged_font_is_replaced_by_the_next_one_and_the_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "best.sf3"
    path.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    monkeypatch.setenv(font_choice.VARIABLE, str(path))
    monkeypatch.setattr(font_choice, "_FOLDERS", ())
    font_choice._installed.cache_clear()
    try:
        rendering = synth.render(a_piece(NOTES[0]), engine="embedded", sr=SR, tail_sec=0.1)
        assert rendering.note == "The SoundFont best could not be read; TimGM6mb plays instead."
        assert rendering.soundfont == "TimGM6mb"
        assert synth.default_soundfont() == font_choice.bundled_soundfont()
    finally:
        font_choice._installed.cache_clear()


def ogg(y: NDArray[np.float64], sr: int = 8_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, y, sr, format="OGG", subtype="VORBIS")
    return file.getvalue()


def a_compressed_font(stream: bytes, *, imod: bytes = bytes(10), n_mods: int = 0) -> bytes:
    """A font of one preset whose sample is an Ogg Vorbis stream; the chunk is not filled up, as MuseScore writes it."""
    chunks = {
        "smpl": stream if len(stream) % 2 else stream + b"\1",
        "phdr": bytes(38) + bytes(24) + b"\1\0" + bytes(12),
        "pbag": bytes(4) + b"\1\0\0\0",
        "pgen": b"\x29\0\0\0" + bytes(4),
        "inst": bytes(22) + bytes(20) + b"\1\0",
        "ibag": bytes(4) + b"\1\0" + n_mods.to_bytes(2, "little"),
        "igen": b"\x35\0\0\0" + bytes(4),
        "imod": imod,
        "shdr": bytes(20)
        + np.array([0, len(stream), 10, 3_000, 8_000], "<u4").tobytes()
        + b"\x3c\0\0\0\x11\0"
        + bytes(46),
    }
    body = b"".join(name.encode() + len(data).to_bytes(4, "little") + data for name, data in chunks.items())
    return b"RIFF" + bytes(4) + b"sfbk" + body


TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4_000) / 8_000)


def test_a_compressed_sample_is_read_to_its_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "font.sf3"
    path.write_bytes(a_compressed_font(ogg(TONE)))
    font = soundfont.load(path)
    [zone] = font.zones(0)
    assert (zone.start, zone.end, zone.loop_start, zone.loop_end) == (0, 4_000, 10, 3_000)
    np.testing.assert_allclose(font.read(zone) / 32_768, TONE, atol=0.05)


@pytest.mark.parametrize("damage", ["middle", "end", "all"])
def test_a_damaged_sample_gets_a_sentence_or_silence(tmp_path: Path, damage: str) -> None:
    stream = bytearray(ogg(TONE))
    if damage == "all":
        stream[:] = bytes(len(stream))
    elif damage == "end":
        del stream[len(stream) // 2 :]
    else:
        stream[100:400] = b"\xff" * 300
    path = tmp_path / "font.sf3"
    path.write_bytes(a_compressed_font(bytes(stream)))
    for engine in ("embedded", "fluidsynth"):
        try:
            y = synth.render(a_piece(NOTES[0]), engine=engine, soundfont=path, sr=SR, tail_sec=0.1).audio.y
            assert np.isfinite(y).all()
        except InputError as error:
            assert "SoundFont" in str(error)


def test_a_font_that_is_changed_while_it_is_in_use_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "font.sf3"
    path.write_bytes(a_compressed_font(ogg(TONE)))
    font = soundfont.load(path)
    [zone] = font.zones(0)
    path.write_bytes(b"other")
    with pytest.raises(InputError, match="changed while it was in use"):
        font.read(zone)
    path.unlink()
    with pytest.raises(InputError, match="could not be opened"):
        font.read(zone)


def test_a_stream_that_claims_hours_is_cut(tmp_path: Path) -> None:
    stream = bytearray(ogg(TONE))
    at = stream.rfind(b"OggS")
    stream[at + 6 : at + 14] = (1 << 60).to_bytes(8, "little")
    path = tmp_path / "font.sf3"
    path.write_bytes(a_compressed_font(bytes(stream)))
    [zone] = soundfont.load(path).zones(0)
    assert zone.end == samples.MAX_FRAMES


def test_velocity_moves_the_filter_where_the_font_says_so_but_never_the_law_of_loudness(
    tmp_path: Path,
) -> None:
    rows = np.array(
        [(0x0102, 8, -4_000, 0, 0), (0x0502, 48, 300, 0, 0), (0, 0, 0, 0, 0)], dtype=tables.MODULATOR
    )
    path = tmp_path / "font.sf3"
    path.write_bytes(a_compressed_font(ogg(TONE), imod=rows.tobytes(), n_mods=2))
    [zone] = soundfont.load(path).zones(0)
    assert zone.modulators == ((0x0102, 8, 0, -4_000),)
    cutoffs = [
        soundfont.modulated(zone, 60, velocity).gens[soundfont.Gen.FILTER_FC] for velocity in (1, 64, 127)
    ]
    assert cutoffs == sorted(cutoffs)
    assert cutoffs[1] == pytest.approx(13_500 - 2_000, abs=25)
    levels = [
        levels_db(
            synth.render(a_piece((0, False, 60, v)), engine="embedded", soundfont=path, sr=SR).audio.y, 1
        )
        for v in (120, 60)
    ]
    assert (levels[0] - levels[1])[0] == pytest.approx(12.0, abs=0.7)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (0x0002, (0.0, 0.5, 1.0)),
        (0x0102, (1.0, 0.5, 0.0)),
        (0x0203, (-1.0, 0.0, 1.0)),
        (0x0C02, (0.0, 1.0, 1.0)),
        (0x0082, (0.0, 0.0, 0.0)),  # a controller that rests
    ],
)
def test_sources_of_modulators_have_their_curves(source: int, values: tuple[float, ...]) -> None:
    for value, expected in zip((0, 64, 127), values, strict=True):
        [offset] = modulators.offsets(((source, 8, 0, 1_000),), value, value).values()
        assert offset == pytest.approx(1_000 * expected, abs=20)


def test_an_excerpt_holds_only_the_samples_that_sound_and_plays_the_same(tmp_path: Path) -> None:
    font = soundfont.load(font_choice.bundled_soundfont())
    parts = parts_of(a_piece(*NOTES))
    path = tmp_path / "excerpt.sf2"
    excerpt.write_excerpt(path, font, player.zones_played(parts, font))
    assert path.stat().st_size < font_choice.bundled_soundfont().stat().st_size / 3
    ref = player.render(parts, font, n=8 * SR, sr=SR)
    est = player.render(parts, soundfont.load(path), n=8 * SR, sr=SR)
    np.testing.assert_array_equal(ref, est)


def test_a_full_disk_is_told_and_the_built_in_synthesizer_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.synth.fluidsynth.write_excerpt", full)
    rendering = synth.render(a_piece(NOTES[0]), engine="fluidsynth", sr=SR, tail_sec=0.1)
    assert rendering.engine == "embedded"
    assert rendering.note == "FluidSynth had no room for its files; the built-in synthesizer played instead."


def test_what_is_slightly_out_of_tune_is_in_the_report_and_not_on_the_page() -> None:
    rendering = synth.render(
        a_piece((73, False, 63, 100)), engine="embedded", soundfont=font_choice.bundled_soundfont()
    )
    assert "15 cents sharp there (D4 to E4)" in rendering.report()["faults"][0]
    assert rendering.notices() is None


def test_notes_that_a_measured_font_plays_wrong_are_told_and_others_are_not() -> None:
    font = soundfont.load(font_choice.bundled_soundfont()).known_as
    wrong = parts_of(
        a_piece((22, False, 72, 100), (67, False, 84, 100), (84, False, 60, 100), (0, False, 60, 100))
    )
    assert [(fault.kind, fault.sentence) for fault in font_facts.faults(wrong, font)] == [
        (
            "tuning",
            "1 note of Harmonica may sound out of tune: this SoundFont is up to 36 cents flat there (B4 to C♯5).",
        ),
        (
            "silent",
            "1 note of Baritone Sax cannot be heard: with this SoundFont it is silent between A5 and C7.",
        ),
        (
            "clipped",
            "Lead 5 (charang) sounds distorted at 1 note: this SoundFont's recording is clipped.",
        ),
    ]
    assert font_facts.faults(wrong, "another font") == ()
    rendering = synth.render(a_piece((22, False, 72, 100)), engine="embedded", sr=SR, tail_sec=0.1)
    assert "out of tune" in (rendering.notices() or "")
    assert rendering.report()["faults"] == [fault.sentence for fault in rendering.faults]


@pytest.mark.parametrize("engine", ["embedded", "fluidsynth"])
def test_a_sample_that_is_out_of_tune_is_corrected_for_both_engines(engine: synth.Engine) -> None:
    # The steel drums of TimGM6mb are 16 cents sharp as the file has them.
    made = synth.render(
        a_piece((114, False, 69, 100)), engine=engine, soundfont=font_choice.bundled_soundfont(), sr=SR
    )
    y = made.audio.y[:, : SR // 2].sum(axis=0).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)), 1 << 20))
    low, high = (int(440 * 2 ** (side / 24) * (1 << 20) / SR) for side in (-1, 1))
    found_hz = (low + int(np.argmax(spectrum[low:high]))) * SR / (1 << 20)
    assert abs(1200 * np.log2(found_hz / 440)) < 5

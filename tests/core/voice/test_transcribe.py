"""From the sound of a voice to notes, with the shipped network; and every sound that is not a voice."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
import pytest

from core.audio import Audio, decode, encode
from core.errors import InputError
from core.nn.card import find_card, read_card
from core.nn.weights import load, to_arrays
from core.voice import pitch_tracking as tracking
from core.voice.boundary_features import N_MELS, N_PITCH_FEATURES, boundary_features
from core.voice.config import BoundaryConfig
from core.voice.inference import BoundaryNetwork
from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import FRAME_SEC, SR, PitchTrack, track
from core.voice.transcribe import MAX_VOICE_SEC, VoiceTranscriber, prepare, read_voice, transcribe
from core.voice.transcription import Transcription
from tests.core.sung import SungRow, sung, sung_wav, tune

SCALE = [60, 62, 64, 65, 67, 67, 65, 64, 62, 60]


def pitches(found: Transcription) -> list[int]:
    return [note.pitch for note in found.notes]


def assert_same_notes(found: Transcription, rows: list[SungRow], within_sec: float = 0.05) -> None:
    assert pitches(found) == [round(pitch) for _, _, pitch in rows]
    late = [note.onset_sec - onset for note, (onset, _, _) in zip(found.notes, rows, strict=True)]
    assert max(abs(value) for value in late) < within_sec


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(3).normal(0.0, level, int(seconds * SR))


def glides(seconds: float) -> Audio:
    """A voice that is never still, as in speech: about four octave-wide sweeps in a second, with pauses."""
    t = np.arange(int(seconds * SR)) / SR
    pitch = 50 + 5 * np.sin(2 * np.pi * 1.9 * t) + 4 * np.sin(2 * np.pi * 3.1 * t + 1)
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / SR
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 12)], axis=0) * (
        np.sin(2 * np.pi * 1.3 * t) > -0.6
    )
    return Audio((0.2 * voice).astype(np.float32), SR)


def chord(pitch: list[float], seconds: float = 2.0) -> Audio:
    t = np.arange(int(seconds * SR)) / SR
    hz = [440 * 2 ** ((p - 69) / 12) for p in pitch]
    y = np.sum([np.sin(2 * np.pi * f * k * t) / k for f in hz for k in range(1, 8)], axis=0)
    return Audio((0.1 * y * np.clip((2.0 - t) / 0.1, 0, 1)).astype(np.float32), SR)


# Voices.


@pytest.mark.parametrize("manner", ["la", "hum"])
def test_a_sung_melody_gives_its_notes_within_fifty_milliseconds(manner: Any) -> None:
    rows = tune(SCALE)
    found = transcribe(sung(rows, manner=manner))
    assert_same_notes(found, rows)
    assert (found.key, found.mode) == ("C", "major")
    assert found.tempo_qpm == pytest.approx(120.0, rel=0.04)
    assert [onset for onset, _, _ in found.quantized()] == list(range(10))
    assert found.tracker == "swift-f0"
    assert found.notes_of_caution == ()


def test_a_whistle_up_to_c7_keeps_its_octave() -> None:
    rows = tune([84, 86, 88, 91, 96])
    assert_same_notes(transcribe(sung(rows, manner="whistle")), rows)


def test_a_bass_down_to_e2_keeps_its_octave() -> None:
    rows = tune([40, 43, 45, 47, 40])
    assert_same_notes(transcribe(sung(rows)), rows)


def test_notes_that_glide_into_each_other_are_told_apart_by_their_pitch() -> None:
    rows = tune([60, 62, 64, 65, 67, 65], gap_sec=0.0)
    assert_same_notes(transcribe(sung(rows, manner="hum")), rows, within_sec=0.07)


@pytest.mark.parametrize("cents", [-40, 35])
def test_a_singer_off_the_reference_pitch_gets_the_right_notes(cents: int) -> None:
    rows = tune([pitch + cents / 100 for pitch in SCALE])
    found = transcribe(sung(rows))
    assert pitches(found) == SCALE
    assert found.tuning_cents == pytest.approx(cents, abs=10)
    assert found.notes[0].pitch_sung == pytest.approx(60 + cents / 100, abs=0.12)


def test_one_note_is_enough() -> None:
    found = transcribe(sung([(0.2, 0.5, 64.1)]))
    assert pitches(found) == [64]
    assert found.quantized() == [(0.0, 1.0, 64)]


def test_loudness_rate_and_channels_change_no_note() -> None:
    rows = tune(SCALE)
    plain = transcribe(sung(rows, 44_100))
    quiet = sung(rows, 48_000, level=0.01)
    other = transcribe(Audio(np.stack([quiet.y, quiet.y]), 48_000))
    assert pitches(other) == pitches(plain) == SCALE


def test_the_wav_for_a_fake_microphone_is_read_like_any_upload() -> None:
    rows = tune([67, 64, 60])
    assert_same_notes(transcribe(read_voice(sung_wav(rows), name="take.wav")), rows)


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    transcribe(sung(tune([60, 62])), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_same_sound_gives_the_same_notes() -> None:
    audio = sung(tune(SCALE))
    assert transcribe(audio).notes == transcribe(audio).notes


# The tracker.


@pytest.mark.long
def test_pyin_finds_the_same_melody() -> None:
    rows = tune([60, 64, 67])
    found = transcribe(sung(rows), tracker="pyin")
    assert found.tracker == "pyin"
    assert_same_notes(found, rows)
    assert found.notes_of_caution == ()


def test_where_swift_f0_cannot_be_imported_pyin_answers_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("swift_f0"):
            raise ImportError(name)
        return real(name, *arguments, **named)

    tracking._swift_f0.cache_clear()
    try:
        monkeypatch.setattr(builtins, "__import__", without)
        found = transcribe(sung(tune([60, 64])))
    finally:
        monkeypatch.undo()
        tracking._swift_f0.cache_clear()
    assert found.tracker == "pyin"
    assert pitches(found) == [60, 64]
    assert any("pYIN" in sentence for sentence in found.notes_of_caution)


def test_an_unknown_tracker_is_refused() -> None:
    with pytest.raises(ValueError, match="tracker"):
        transcribe(sung(tune([60])), tracker="crepe")  # type: ignore[arg-type]


@pytest.mark.parametrize("f0_hz", [110.0, 440.0, 1046.5])
@pytest.mark.parametrize("tracker", ["swift-f0", "pyin"])
def test_a_steady_tone_is_tracked_within_ten_cents(f0_hz: float, tracker: Any) -> None:
    t = np.arange(SR) / SR
    y = 0.1 * np.sum([np.sin(2 * np.pi * f0_hz * k * t) / k for k in range(1, 6)], axis=0)
    found = track(y.astype(np.float32), tracker)
    assert len(found.f0_hz) == SR // 256
    assert abs(1200 * math.log2(float(np.median(found.f0_hz)) / f0_hz)) < 10


def test_a_pitch_with_a_stronger_partial_below_is_taken_down() -> None:
    t = np.arange(SR) / SR
    y = sum(
        level * np.sin(2 * np.pi * 350 * k * t) for k, level in ((1, 0.2), (2, 0.25), (3, 0.05), (4, 0.1))
    )
    n = SR // 256
    wrong = PitchTrack(np.full(n, 1400.0), np.ones(n), "swift-f0")
    assert np.median(repair_octaves(np.asarray(y, np.float32), wrong).f0_hz) == pytest.approx(350.0)


def test_a_right_pitch_is_left_alone() -> None:
    y, _ = prepare(sung(tune(SCALE)))
    found = track(y)
    assert np.array_equal(repair_octaves(y, found).f0_hz, found.f0_hz)


# What is not a voice.


def test_silence_is_told() -> None:
    with pytest.raises(InputError, match="is silent; -60 dB is the least"):
        transcribe(Audio(np.zeros(SR, dtype=np.float32), SR))


def test_a_microphone_that_hears_almost_nothing_is_told() -> None:
    with pytest.raises(InputError, match=r"too quiet: -8[0-9] dB"):
        transcribe(Audio(noise(2.0, 1e-4).astype(np.float32), SR))


@pytest.mark.parametrize("kind", ["white", "brown", "clicks"])
def test_noise_has_no_note(kind: str) -> None:
    y = noise(4.0)
    if kind == "brown":
        y = np.clip(np.cumsum(y) * 0.01, -1, 1)
    elif kind == "clicks":
        y = 0.9 * (np.arange(4 * SR) % 8000 < 3)
    with pytest.raises(InputError, match=r"No sung note was found in the 4\.0 s"):
        transcribe(Audio(y.astype(np.float32), SR))


@pytest.mark.parametrize("pitch", [[60.0, 64.0, 67.0], [57.0, 60.0, 64.0], [55.0, 59.0, 62.0, 65.0]])
def test_a_chord_is_told_that_one_voice_is_needed(pitch: list[float]) -> None:
    with pytest.raises(InputError, match="only one voice can be transcribed"):
        transcribe(chord(pitch))


def test_speech_gives_notes_with_a_word_of_caution() -> None:
    found = transcribe(glides(6.0))
    assert any("as it does in speech" in sentence for sentence in found.notes_of_caution)


def test_a_clipped_recording_is_read_with_a_word_of_caution() -> None:
    audio = sung(tune([60, 62, 64]))
    found = transcribe(Audio(np.clip(audio.y * 12, -1, 1), audio.sr))
    assert pitches(found) == [60, 62, 64]
    assert any("clipped" in sentence for sentence in found.notes_of_caution)


def test_a_long_recording_is_refused_by_its_header_and_by_its_length() -> None:
    long = Audio(np.zeros(int((MAX_VOICE_SEC + 5) * 8000), dtype=np.float32), 8000)
    with pytest.raises(InputError, match="up to 2 min works"):
        read_voice(encode(long, "wav"))
    with pytest.raises(InputError, match="lasts 125 s; up to 120 s works"):
        transcribe(long)


def test_a_breath_of_a_recording_is_no_error_of_ours() -> None:
    for n in (10, 255, 300, 1500):
        with pytest.raises(InputError):
            transcribe(Audio(0.1 * np.ones(n, dtype=np.float32) * np.sin(np.arange(n)), SR))


def test_every_codec_that_a_browser_records_is_read() -> None:
    rows = tune([60, 64, 67])
    mp3 = encode(sung(rows), "mp3")
    assert pitches(transcribe(read_voice(mp3, name="take.mp3"))) == [60, 64, 67]


# The network.


def test_a_frame_has_its_features_and_they_do_not_depend_on_the_level() -> None:
    audio = sung(tune([60, 62]))
    one, loud = (prepare(Audio(audio.y * gain, audio.sr))[0] for gain in (0.1, 1.0))
    found = track(one)
    features = boundary_features(one, found)
    assert features.shape == (len(found.f0_hz), N_MELS + N_PITCH_FEATURES)
    assert np.abs(features - boundary_features(loud, found)).max() < 0.01


@pytest.mark.parametrize("size", ["tiny", "shipped"])
def test_numpy_finds_the_boundaries_that_the_module_finds(size: str) -> None:
    import torch

    from core.voice.model import BoundaryNet, boundary_logits

    torch.manual_seed(0)
    tiny = BoundaryNet(BoundaryConfig.tiny()).eval()
    model = tiny if size == "tiny" else load("voice", BoundaryNet)[0]
    network = BoundaryNetwork(to_arrays(model))
    for n in (1, 3, 50):
        features = np.random.default_rng(n).normal(size=(n, N_MELS + N_PITCH_FEATURES)).astype(np.float32)
        found, expected = network.logits(features), boundary_logits(model, torch.from_numpy(features)).numpy()
        assert found.shape == expected.shape == (2, n)
        assert np.abs(found - expected).max() <= 1e-5


def test_an_untrained_transcriber_is_a_valid_one() -> None:
    import torch

    from core.voice.model import BoundaryNet

    torch.manual_seed(0)
    y, _ = prepare(sung(tune([60, 64])))
    segments = VoiceTranscriber(to_arrays(BoundaryNet(BoundaryConfig.tiny()))).segments(y, track(y))
    assert all(0 <= s.start < s.stop <= len(y) * FRAME_SEC * 1000 for s in segments)


@pytest.mark.parametrize("change", [{"kernel_size": 4}, {"hidden_size": 0}, {"dropout": 1.0}])
def test_senseless_sizes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"middle|hidden_size|dropout"):
        BoundaryConfig(**change)


def test_the_open_network_learned_from_no_recording_and_beats_what_learns_nothing_on_real_ones() -> None:
    card = read_card(find_card("voice"))
    assert card.stem == "voice_v2"
    assert [row["name"] for row in card.data] == ["made singing"]
    real = card.metrics["real"]["ssvd"]
    assert real["note_f1"] >= 0.74
    for baseline in real["baselines"].values():
        assert real["note_f1"] > baseline["note_f1"] and real["onset_f1"] > baseline["onset_f1"]


def test_decoding_and_transcribing_writes_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = sung_wav(tune([60, 62]))
    transcribe(decode(data))

    def refuse(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        raise AssertionError(f"opened {file!r} while transcribing")

    monkeypatch.setattr(builtins, "open", refuse)
    assert pitches(transcribe(decode(data))) == [60, 62]


def test_a_long_sound_is_tracked_in_parts_without_a_seam() -> None:
    from swift_f0 import SwiftF0

    y, _ = prepare(sung(tune(SCALE * 4)))
    whole = SwiftF0(threads=1).detect(y, SR)
    found = track(y)
    assert len(found.f0_hz) > 1000
    assert np.abs(found.f0_hz - np.maximum(whole.pitch_hz, tracking.FMIN)).max() < 0.01
    assert np.abs(found.confidence - whole.confidence).max() < 1e-3

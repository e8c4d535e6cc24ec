"""Training and scoring the transcriber of voices, on sung examples of our own."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from core.audio import encode
from core.errors import InputError
from core.nn.weights import load
from core.voice.boundary_features import boundary_features
from core.voice.config import BoundaryConfig
from core.voice.model import BoundaryNet, boundary_logits
from core.voice.pitch_tracking import FRAME_SEC, track
from core.voice.transcribe import prepare
from tests.core.sung import SungRow, sung, tune
from training import weights
from training.baselines.voice_rules import segment_by_rules
from training.loop import fit
from training.recipe import Schedule
from training.voice import train
from training.voice.evaluate import evaluate
from training.voice.fit import VoiceOptions, make_objective, targets
from training.voice.made_melodies import MANNERS, draw_melody
from training.voice.made_singing import VOWELS, sing
from training.voice.prepare import read_data, read_vocadito
from training.voice.scores import ANNOTATION_OFFSET_HZ, WIDE_ONSET_SEC, note_f1, notes_of, remove_offset


def write(folder: Path, name: str, rows: list[SungRow]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.wav").write_bytes(encode(sung(rows, 22_050), "wav"))
    lines = [f"{onset:.3f}\t{onset + duration:.3f}\t{pitch:.2f}" for onset, duration, pitch in rows]
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path / "unclear" / "ssvd", "one", tune([60, 62, 64, 64, 67]))
    write(tmp_path / "unclear" / "ssvd", "two", tune([55, 57, 59, 60]))
    (tmp_path / "notes.txt").write_text("not an annotation", encoding="utf-8")
    return tmp_path


def test_a_recording_is_found_from_any_folder_above_it(data: Path) -> None:
    for folder in (data, data / "unclear", data / "unclear" / "ssvd"):
        found = read_data(folder)
        assert [recording.key for recording in found] == ["ssvd/one", "ssvd/two"]
        assert [len(recording.ref) for recording in found] == [5, 4]


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No annotated recording lies in"):
        read_data(tmp_path)


def test_the_shipped_transcriber_reads_a_clear_voice_nearly_without_error(data: Path) -> None:
    scores = evaluate(data)
    assert scores["note_f1"] >= 0.95
    assert scores["note_f1_100ms"] >= 0.95
    assert (scores["n"], scores["n_notes"], scores["n_seen_in_training"]) == (2, 9, 0)
    assert set(scores["baselines"]) == {"rules", "swift_f0_segmentation", "pyin"}
    low, high = scores["intervals"]["note_f1"]
    assert low <= scores["note_f1"] <= high


def test_the_score_counts_onset_and_pitch() -> None:
    ref = np.array([[0.0, 0.5, 60.0], [0.5, 1.0, 62.0], [1.0, 1.5, 64.0], [1.5, 2.0, 65.0]])
    assert note_f1(ref, ref) == 1.0
    late, sharp = ref.copy(), ref.copy()
    late[0, 0] += 0.07
    sharp[1, 2] += 0.6
    assert note_f1(ref, late) == 0.75
    assert note_f1(ref, late, WIDE_ONSET_SEC) == 1.0
    assert note_f1(ref, sharp) == 0.75
    assert note_f1(ref, sharp, pitch_cents=1e6) == 1.0
    assert note_f1(ref, np.empty((0, 3))) == 0.0


def test_removing_the_annotations_offset_lowers_by_hertz_not_by_cents() -> None:
    ref = np.array([[0.0, 1.0, 69.0], [1.0, 2.0, 45.0]])
    hz = 440 * 2 ** ((remove_offset(ref)[:, 2] - 69) / 12)
    assert hz == pytest.approx([440 - ANNOTATION_OFFSET_HZ, 110 - ANNOTATION_OFFSET_HZ])


def test_targets_peak_at_the_onset_and_fill_the_note() -> None:
    wanted = targets(np.array([[0.32, 0.64, 60.0]]), 60, 0.018)
    assert wanted[0].argmax() == round(0.32 / FRAME_SEC)
    assert wanted[0].max() == pytest.approx(1.0)
    assert np.flatnonzero(wanted[1]).tolist() == list(range(20, 40))


def test_one_recording_can_be_learned_by_heart(data: Path) -> None:
    recording = read_data(data)[0]
    found = track(recording.y)
    item = (boundary_features(recording.y, found), targets(recording.ref, len(found.f0_hz), 0.018))
    schedule = Schedule(steps=150, batch_size=2, learning_rate=3e-3, warm_up=0.3, max_norm=0.0)
    options = VoiceOptions(crop_frames=160)
    model = fit(make_objective([item], BoundaryConfig(hidden_size=16), options, schedule), schedule).model
    import torch

    onset = boundary_logits(model, torch.from_numpy(item[0]))[0].numpy()
    peaks = np.flatnonzero((onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] > 0)) + 1
    expected = recording.ref[:, 0] / FRAME_SEC
    assert len(peaks) == len(expected)
    assert np.abs(peaks - expected).max() <= 2


def test_the_research_recipe_learns_from_annotated_recordings(data: Path, tmp_path: Path) -> None:
    card = weights.train("voice_research", data, tmp_path / "out", tiny=True)
    assert card.stem == "voice_v3"
    assert card.data[0]["keys"] == ["ssvd/one", "ssvd/two"]
    model, again = load("voice", BoundaryNet, directory=tmp_path / "out" / "research")
    assert again.sha256 == card.sha256
    assert model.config.hidden_size == 4
    assert card.metrics["cross_validation"]["n"] == 2


def test_the_open_recipe_needs_no_data_and_makes_the_same_weights_again(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    cards = [weights.train("voice", tmp_path / "nothing", tmp_path / str(i), tiny=True) for i in range(2)]
    assert cards[0].sha256 == cards[1].sha256
    assert cards[0].stem == "voice_v2"
    assert cards[0].data[0]["pieces"] == {"train": 2, "validation": 1, "test": 2}
    assert "None needed" in cards[0].data[0]["license"]
    assert cards[0].metrics["test"]["n"] == 2 and cards[0].metrics["real"] == {}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_made_melody_is_in_order_and_within_its_time(manner: str) -> None:
    for seed in range(5):
        notes = draw_melody(np.random.default_rng(seed), manner, 12.0, len(VOWELS))  # type: ignore[arg-type]
        assert len(notes) > 3
        assert all(note.onset_sec < note.end_sec <= 12.0 for note in notes)
        assert all(a.end_sec <= b.onset_sec + 1e-9 for a, b in itertools.pairwise(notes))


def test_a_made_voice_sings_the_pitches_that_it_says() -> None:
    recording = sing(5, 1, 6.0)
    assert (recording.y == sing(5, 1, 6.0).y).all()
    assert (recording.y[:100] != sing(5, 2, 6.0).y[:100]).any()
    found = track(recording.y)
    off = []
    for onset, end, pitch in recording.ref:
        middle = np.abs(found.times_sec - (onset + end) / 2) < 0.25 * (end - onset)
        voiced = middle & (found.confidence > 0.5)
        off += [abs(np.median(found.pitch[voiced]) - pitch)] if voiced.any() else []
    assert len(off) >= 0.8 * len(recording.ref)
    assert np.mean(np.array(off) < 0.6) >= 0.9


def test_rules_find_clear_notes_without_learning(data: Path) -> None:
    recording = read_data(data)[0]
    found = track(recording.y)
    notes = notes_of(segment_by_rules(boundary_features(recording.y, found), found))
    assert note_f1(recording.ref, notes, WIDE_ONSET_SEC) >= 0.8


def test_each_annotator_of_vocadito_gives_a_reference(tmp_path: Path) -> None:
    rows = tune([60, 62])
    (tmp_path / "vocadito_1.wav").write_bytes(encode(sung(rows, 22_050), "wav"))
    for annotator in ("A1", "A2"):
        lines = [f"{onset},{440 * 2 ** ((pitch - 69) / 12)},{length}" for onset, length, pitch in rows]
        (tmp_path / f"vocadito_1_notes{annotator}.csv").write_text("\n".join(lines), encoding="utf-8")
    found = read_vocadito(tmp_path)
    assert [one.key for one in found] == ["vocadito/vocadito_1-A1", "vocadito/vocadito_1-A2"]
    assert found[0].ref[:, 2] == pytest.approx([60, 62])
    assert found[0].ref[0, 1] - found[0].ref[0, 0] == pytest.approx(rows[0][1])


def test_folds_share_no_recording_and_cover_all() -> None:
    folds = [train.fold_of(f"ssvd/{i}") for i in range(200)]
    assert set(folds) == set(range(train.N_FOLDS))
    assert folds == [train.fold_of(f"ssvd/{i}") for i in range(200)]


def test_a_recording_is_brought_to_one_level() -> None:
    loud, quiet = (prepare(sung(tune([60]), level=level))[0] for level in (0.5, 0.05))
    assert np.abs(loud).max() == pytest.approx(np.abs(quiet).max(), rel=0.02)

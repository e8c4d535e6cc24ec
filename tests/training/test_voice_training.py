"""Training and scoring the transcriber of voices, on sung examples of our own."""

from __future__ import annotations

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
from training.voice import train
from training.voice.evaluate import evaluate
from training.voice.prepare import read_data
from training.voice.scores import ANNOTATION_OFFSET_HZ, WIDE_ONSET_SEC, note_f1, remove_offset


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
    assert set(scores["baselines"]) == {"swift_f0_segmentation", "pyin"}
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
    wanted = train.targets(np.array([[0.32, 0.64, 60.0]]), 60, 0.018)
    assert wanted[0].argmax() == round(0.32 / FRAME_SEC)
    assert wanted[0].max() == pytest.approx(1.0)
    assert np.flatnonzero(wanted[1]).tolist() == list(range(20, 40))


def test_one_recording_can_be_learned_by_heart(data: Path) -> None:
    recording = read_data(data)[0]
    found = track(recording.y)
    item = (boundary_features(recording.y, found), train.targets(recording.ref, len(found.f0_hz), 0.018))
    recipe = train.Recipe(config=BoundaryConfig(hidden_size=16), epochs=150, crop_frames=160, batch_size=2)
    model = train.fit([item], recipe)
    import torch

    onset = boundary_logits(model, torch.from_numpy(item[0]))[0].numpy()
    peaks = np.flatnonzero((onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] > 0)) + 1
    expected = recording.ref[:, 0] / FRAME_SEC
    assert len(peaks) == len(expected)
    assert np.abs(peaks - expected).max() <= 2


def test_the_same_seed_trains_the_same_network(data: Path) -> None:
    recording = read_data(data)[0]
    found = track(recording.y)
    item = (boundary_features(recording.y, found), train.targets(recording.ref, len(found.f0_hz), 0.018))
    one, other = (train.fit([item], train.Recipe.tiny(), seed=3).state_dict() for _ in range(2))
    assert all((one[name] == other[name]).all() for name in one)


def test_training_writes_a_pair_that_loads(data: Path, tmp_path: Path) -> None:
    card = train.train(data, tmp_path / "out", train.Recipe.tiny())[0]
    assert card.stem == "voice_v1"
    assert card.data[0]["keys"] == ["ssvd/one", "ssvd/two"]
    model, again = load("voice", BoundaryNet, directory=tmp_path / "out")
    assert again == card
    assert model.config.hidden_size == 4
    assert card.metrics["cross_validation"]["n"] == 2


def test_folds_share_no_recording_and_cover_all() -> None:
    folds = [train.fold_of(f"ssvd/{i}") for i in range(200)]
    assert set(folds) == set(range(train.N_FOLDS))
    assert folds == [train.fold_of(f"ssvd/{i}") for i in range(200)]


def test_a_recording_is_brought_to_one_level() -> None:
    loud, quiet = (prepare(sung(tune([60]), level=level))[0] for level in (0.5, 0.05))
    assert np.abs(loud).max() == pytest.approx(np.abs(quiet).max(), rel=0.02)

"""`training.checkpoints`: either the old file or the new one is there, and a damaged one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.errors import InputError
from training import checkpoints
from training.checkpoints import Checkpoint, read_checkpoint, read_made_by, write_checkpoint

ONE = Checkpoint(
    identity="a", tensors={"model.x": torch.arange(3.0)}, told={"step": 3, "made_by": {"commit": "c"}}
)


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.safetensors"
    write_checkpoint(path, ONE)
    found = read_checkpoint(path, "a")
    assert found.told == ONE.told and torch.equal(found.part("model.")["x"], torch.arange(3.0))
    assert read_made_by(path) == {"commit": "c"}
    assert [file.name for file in path.parent.iterdir()] == ["a.safetensors"]


def test_the_old_checkpoint_stays_when_a_write_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    write_checkpoint(path, ONE)

    def write_half(tensors: object, file: Path, about: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_file", write_half)
        with pytest.raises(OSError, match="No space"):
            write_checkpoint(path, ONE)
    assert read_checkpoint(path, "a").told == ONE.told
    write_checkpoint(path, ONE)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_checkpoint_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"\x10\x00")
    with pytest.raises(InputError, match=r"damaged.*Delete the file"):
        read_checkpoint(path, "a")
    assert read_made_by(path) == {} == read_made_by(tmp_path / "none")

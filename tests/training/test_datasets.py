"""`training.datasets`, `training.splits`, `training.batching`: files, sets, parts and padded batches."""

from pathlib import Path

import numpy as np

from training.batching import pad
from training.datasets import find_files, find_set, map_in_processes
from training.splits import hash_number, interval_patterns, split_by_key, split_of


def test_files_are_found_at_any_depth_whatever_the_case_of_their_names(tmp_path: Path) -> None:
    for name in ("b.MID", "deep/er/a.mid", "c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.mid").mkdir()
    assert [path.name for path in find_files(tmp_path, (".mid",))] == ["b.MID", "a.mid"]


def test_the_innermost_folder_names_the_set(tmp_path: Path) -> None:
    path = tmp_path / "asap" / "emopia" / "x.mid"
    assert find_set(path, ("asap", "emopia")) == "emopia"
    assert find_set(path, ("vgmidi",)) is None


def test_items_keep_their_order_over_processes() -> None:
    assert map_in_processes(abs, range(-40, 0)) == list(range(40, 0, -1))


def test_parts_follow_the_hash_of_the_key() -> None:
    keys = [f"set/{i}" for i in range(300)]
    parts = split_by_key(list(range(300)), keys)
    assert {part: len(held) for part, held in parts.items()}.keys() == {"train", "validation", "test"}
    assert all(split_of(keys[i]) == part for part, held in parts.items() for i in held)
    assert 15 < len(parts["test"]) < 45
    assert hash_number("a") == hash_number(b"a") == 0x86F7E437 and hash_number("a", start=8) == 0xFAA5A7FC


def test_a_melody_has_a_pattern_for_every_eight_steps() -> None:
    assert len(interval_patterns(range(60, 72))) == 4
    assert interval_patterns(range(60, 68)) == []
    assert set(interval_patterns(range(60, 72))) == set(interval_patterns(range(50, 62)))


def test_shorter_rows_are_filled_up_at_their_end() -> None:
    rows = [np.ones((2, 3), dtype=np.int64), np.ones((4, 3), dtype=np.int64)]
    padded = pad(rows, fill=-1)
    assert padded.shape == (2, 4, 3) and padded.dtype == np.int64
    assert padded[0, :, 0].tolist() == [1, 1, -1, -1]

"""The manifest: what a killed batch leaves, and what the next one makes of it."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from core.batch.manifest import MANIFEST, Entry, FolderError, open_manifest, read_entries
from core.errors import InputError

DONE = Entry(row=1, name="oslo", state="done", row_hash="h", inputs={"files.0": "i"})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deeper" / "out"


def keep(folder, entry=DONE, **contents):
    with open_manifest(folder, resume=True) as manifest:
        manifest.keep(entry, {f".{ending}": content for ending, content in contents.items()})


def is_done(folder, entry=DONE):
    with open_manifest(folder, resume=True) as manifest:
        return manifest.is_done(entry.row_hash, entry.name, entry.inputs)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".")


def test_a_line_tells_every_file_with_its_hash(folder):
    keep(folder, mid=b"abc", json=b"")
    told = json.loads((folder / MANIFEST).read_text())
    assert told["files"] == [
        {
            "name": "oslo.mid",
            "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        },
        {
            "name": "oslo.json",
            "bytes": 0,
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    ]
    assert names(folder) == [MANIFEST, "oslo.json", "oslo.mid"]
    assert is_done(folder)


def test_a_row_is_done_again_if_it_or_its_input_or_a_file_of_it_has_changed(folder):
    keep(folder, mid=b"abc")
    for changed in (
        {"row_hash": "other"},
        {"inputs": {}},
        {"inputs": {"files.0": "other"}},
        {"name": "rome"},
    ):
        assert not is_done(folder, Entry(**{**vars(DONE), **changed}))
    (folder / "oslo.mid").write_bytes(b"abd")
    assert not is_done(folder)
    (folder / "oslo.mid").unlink()
    assert not is_done(folder)
    keep(folder, mid=b"abc")
    assert is_done(folder)
    keep(folder, Entry(**{**vars(DONE), "state": "failed"}))
    assert not is_done(folder)


def test_files_that_a_changed_row_does_not_write_any_more_go_but_not_what_somebody_put_there(folder):
    keep(folder, mid=b"1", json=b"2", mp3=b"3")
    (folder / "oslo.json").write_bytes(b"notes of a person")
    keep(folder, Entry(**{**vars(DONE), "row_hash": "other"}), mid=b"4")
    assert names(folder) == [MANIFEST, "oslo.json", "oslo.mid"]
    assert (folder / "oslo.mid").read_bytes() == b"4"


@pytest.mark.parametrize("torn", [b"{", b'{"row": 2, "name": "ro', b"\xff" * 200_000])
def test_a_last_line_that_was_not_written_to_its_end_is_cut(folder, torn):
    keep(folder, mid=b"abc")
    whole = (folder / MANIFEST).read_bytes()
    with (folder / MANIFEST).open("ab") as file:
        file.write(torn)
    assert is_done(folder)
    assert (folder / MANIFEST).read_bytes() == whole
    (folder / MANIFEST).write_bytes(torn)
    assert not is_done(folder)
    assert (folder / MANIFEST).read_bytes() == b""


def test_lines_that_lead_out_of_the_folder_or_are_none_are_passed_over(folder):
    keep(folder, mid=b"abc")
    outside = folder.parent / "x"
    outside.write_bytes(b"")
    entry = json.loads((folder / MANIFEST).read_text())
    bad = [
        {**entry, "name": "../x"},
        {**entry, "files": [{"name": "../x", "bytes": 0, "sha256": "e3"}]},
        {**entry, "files": [{"name": ".lock", "bytes": 0, "sha256": "e3"}]},
        {**entry, "files": [{"name": "x"}]},
        {**entry, "files": 3},
        {"row": 1},
        [],
    ]
    (folder / MANIFEST).write_text("".join(json.dumps(line) + "\n" for line in bad) + "[" * 5000 + "\n")
    assert read_entries(folder) == {}


def test_what_a_killed_program_has_begun_to_write_is_removed(folder):
    keep(folder, mid=b"abc")
    (folder / f".{'0a' * 8}.part").write_bytes(b"half")
    (folder / ".kept.part").write_bytes(b"of somebody else")
    assert is_done(folder)
    assert not (folder / f".{'0a' * 8}.part").exists() and (folder / ".kept.part").exists()


def test_two_batches_do_not_write_to_one_folder(folder):
    with (
        open_manifest(folder, resume=False),
        pytest.raises(InputError, match="Another batch is writing to"),
        open_manifest(folder, resume=True),
    ):
        pass
    with open_manifest(folder, resume=False):
        pass


def test_a_folder_is_new_or_empty_or_that_of_the_batch(folder):
    keep(folder, mid=b"abc")
    with pytest.raises(InputError, match="Add --resume to go on"), open_manifest(folder, resume=False):
        pass
    (folder / MANIFEST).unlink()
    for resume in (True, False):
        with pytest.raises(InputError, match="has other files in it"), open_manifest(folder, resume=resume):
            pass
    assert names(folder) == ["oslo.mid"]
    with (
        pytest.raises(InputError, match="is a file, not a folder"),
        open_manifest(folder / "oslo.mid", resume=True),
    ):
        pass


def test_at_the_end_each_row_of_the_jobs_file_has_one_line_with_its_number(folder):
    second = Entry(**{**vars(DONE), "row": 2, "name": "rome"})
    with open_manifest(folder, resume=True) as manifest:
        for entry in (DONE, second, Entry(**{**vars(DONE), "name": "gone"}), second):
            manifest.keep(entry, {".mid": b"1"})
        assert manifest.finish({"rome": 1, "oslo": 2, "new": 3}) == 1
    lines = [json.loads(line) for line in (folder / MANIFEST).read_text().splitlines()]
    assert [(line["row"], line["name"], line["state"]) for line in lines] == [
        (1, "rome", "done"),
        (2, "oslo", "done"),
        (0, "gone", "gone"),
    ]
    assert names(folder) == ["gone.mid", MANIFEST, "oslo.mid", "rome.mid"]
    assert is_done(folder, Entry(**{**vars(second), "row": 1}))


def test_a_row_that_was_gone_and_comes_back_is_still_done(folder):
    with open_manifest(folder, resume=True) as manifest:
        manifest.keep(DONE, {".mid": b"1"})
        assert manifest.finish({"rome": 1}) == 1
    with open_manifest(folder, resume=True) as manifest:
        assert manifest.finish({"rome": 1}) == 0  # told once
    assert is_done(folder)
    with open_manifest(folder, resume=True) as manifest:
        assert manifest.finish({"oslo": 4}) == 0
    assert [(entry.row, entry.state) for entry in read_entries(folder).values()] == [(4, "done")]


def test_a_manifest_of_an_earlier_version_is_read(folder):
    keep(folder, mid=b"1")
    (folder / MANIFEST).write_text(
        (folder / MANIFEST).read_text().replace('"summary"', '"said"').replace('"reason"', '"sentence"')
    )
    assert is_done(folder)


def test_a_full_disk_leaves_no_half_of_a_row_and_no_half_of_a_line(folder, monkeypatch):
    keep(folder, mid=b"abc")
    whole = (folder / MANIFEST).read_bytes()
    rome = Entry(**{**vars(DONE), "row": 2, "name": "rome"})

    def fill(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    replace, n_replaced = Path.replace, []

    def replace_once(path, target):
        n_replaced.append(target)
        return replace(path, target) if len(n_replaced) == 1 else fill()

    for owner, name, patch in ((Path, "replace", replace_once), (os, "fsync", fill)):
        with open_manifest(folder, resume=True) as manifest, monkeypatch.context() as patched:
            patched.setattr(owner, name, patch)
            with pytest.raises(FolderError, match=r"is full\. Free some space, then go on with --resume"):
                manifest.keep(rome, {".mid": b"1", ".json": b"2"})
        assert names(folder) == [MANIFEST, "oslo.mid"]
        assert (folder / MANIFEST).read_bytes().startswith(whole) and read_entries(folder).keys() <= {
            "oslo",
            "rome",
        }
    assert not is_done(folder, rome)


def test_a_folder_that_is_removed_is_told(folder):
    with open_manifest(folder, resume=True) as manifest:
        shutil.rmtree(folder)
        with pytest.raises(FolderError, match=r"was removed\. Begin again without --resume"):
            manifest.keep(DONE, {".mid": b"1"})


def test_a_row_that_fails_after_it_was_done_keeps_its_files_until_it_is_done_again(folder):
    keep(folder, mid=b"1", json=b"2")
    failed = Entry(**{**vars(DONE), "state": "failed", "inputs": {}, "reason": "No such file."})
    for _ in range(2):
        keep(folder, failed)
        assert names(folder) == [MANIFEST, "oslo.json", "oslo.mid"]
        assert not is_done(folder) and not is_done(folder, failed)
    keep(folder, mid=b"3")
    assert names(folder) == [MANIFEST, "oslo.mid"] and is_done(folder)

"""The manifest: what a killed batch leaves, and what the next one makes of it."""

import json

import pytest

from core.batch.manifest import MANIFEST, Entry, open_manifest, read_entries
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

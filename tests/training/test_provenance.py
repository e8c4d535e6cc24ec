"""`training.provenance`: the commit on a card holds every file that the training used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from core.errors import InputError
from training import provenance
from training.provenance import (
    Provenance,
    find_missing,
    hash_data,
    is_committed,
    is_known,
    list_versions,
    name_hardware,
)


def git(root: Path, *arguments: str) -> str:
    options = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *options, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with two files, one of which is imported."""
    (tmp_path / "training").mkdir()
    (tmp_path / "core").mkdir()
    for name in ("training/first.py", "training/second.py"):
        (tmp_path / name).write_text(f"# {name}\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "all")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    pretend_import(monkeypatch, tmp_path / "training/first.py")
    return tmp_path


def pretend_import(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, f"pretended_{path.stem}", module)


def test_the_commit_is_the_one_at_the_beginning_whatever_is_committed_meanwhile(root: Path) -> None:
    seen = Provenance()
    begun = git(root, "rev-parse", "HEAD")
    (root / "training/second.py").write_text("# other people's work\n")
    (root / "training/first.py").write_text("# edited after it was imported\n")
    git(root, "commit", "--quiet", "--all", "-m", "meanwhile")
    assert seen.find_commit() == begun[:12]
    assert seen.hashes.keys() == {"training/first.py"}


def test_a_file_that_was_changed_and_not_committed_is_refused(root: Path) -> None:
    (root / "training/first.py").write_text("# changed\n")
    with pytest.raises(InputError, match=r"does not hold training/first\.py as used. Commit first"):
        Provenance().find_commit()


def test_a_file_that_git_does_not_track_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "training/new.py").write_text("")
    pretend_import(monkeypatch, root / "training/new.py")
    with pytest.raises(InputError, match=r"training/new\.py"):
        Provenance().find_commit()


def test_a_file_that_is_imported_late_and_was_changed_meanwhile_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Provenance()
    seen.find_commit()
    (root / "training/second.py").write_text("# changed\n")
    git(root, "commit", "--quiet", "--all", "-m", "meanwhile")
    pretend_import(monkeypatch, root / "training/second.py")
    with pytest.raises(InputError, match=r"training/second\.py"):
        seen.find_commit()


def test_a_recipe_counts_among_the_files(root: Path) -> None:
    (root / "training/a.toml").write_text("")
    seen = Provenance()
    seen.note([root / "training/a.toml"])
    with pytest.raises(InputError, match=r"training/a\.toml"):
        seen.find_commit()


def test_without_git_no_card_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="no git checkout"):
        Provenance().find_commit()


def test_a_checkpoint_is_gone_on_from_with_the_same_files_only(root: Path) -> None:
    made_by = Provenance().made_by
    (root / "training/second.py").write_text("# not used\n")
    git(root, "commit", "--quiet", "--all", "-m", "unused")
    Provenance().refuse_other_code(made_by, Path("a.safetensors"))
    Provenance().refuse_other_code({}, Path("a.safetensors"))
    (root / "training/first.py").write_text("# changed\n")
    git(root, "commit", "--quiet", "--all", "-m", "used")
    with pytest.raises(InputError, match=r"since then training/first\.py changed.*worktree"):
        Provenance().refuse_other_code(made_by, Path("a.safetensors"))


def test_a_commit_is_asked_for_its_files(root: Path) -> None:
    commit = git(root, "rev-parse", "--short=12", "HEAD")
    assert find_missing(commit, ["training/first.py", "training/none.py"]) == ["training/none.py"]
    assert is_committed(root / "training/first.py") and not is_committed(root / "training/none.py")
    assert is_known(commit) and not is_known("0" * 12)


def test_the_hash_of_data_is_of_names_and_bytes_wherever_the_folder_lies(tmp_path: Path) -> None:
    for place in ("a/open/set", "b/set"):
        (tmp_path / place / "deep").mkdir(parents=True)
        (tmp_path / place / "deep" / "x.mid").write_bytes(b"1")
        (tmp_path / place / ".DS_Store").write_bytes(place.encode())
    first = hash_data({"open/set": tmp_path / "a/open/set"})
    assert first == hash_data({"open/set": tmp_path / "b/set"})
    (tmp_path / "b/set/deep/x.mid").write_bytes(b"2")
    changed = hash_data({"open/set": tmp_path / "b/set"})
    (tmp_path / "a/open/set/deep/x.mid").rename(tmp_path / "a/open/set/deep/y.mid")
    assert len({first, changed, hash_data({"open/set": tmp_path / "a/open/set"})}) == 3


def test_versions_and_hardware_are_told() -> None:
    assert {"python", "torch", "numpy"} <= list_versions().keys()
    assert name_hardware().startswith("one core of ") and name_hardware(2).startswith("2 cores of ")

"""The house rules of docs and code that a reader would otherwise have to trust."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest

from core.limits import MEGABYTE
from core.nn.card import OPEN, RESEARCH, WEIGHTS_DIR, Card, find_pair, find_set_directory
from training.attribution import list_data_sets, list_pairs
from training.provenance import find_missing
from training.recipe import Recipe, read_recipe

ROOT = Path(__file__).resolve().parent.parent
OUR_FOLDERS = [
    folder for folder in ("core", "pages", "training", "tests", "benchmarks") if (ROOT / folder).is_dir()
]
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
MAX_WEIGHTS_BYTES = 80 * MEGABYTE

# Walks and imports all of core, with streamlit blocked, and prints what came along.
IMPORT_CORE = """
import importlib, json, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "streamlit":
            raise ImportError("streamlit is blocked")

sys.meta_path.insert(0, Blocked())
import core
names = [module.name for module in pkgutil.walk_packages(core.__path__, "core.")]
networks = [name for name in names if name.rpartition(".")[2] in ("model", "inference", "ngram")]
for name in names:
    if name not in networks:
        importlib.import_module(name)
light = sorted(sys.modules)
for name in networks:
    importlib.import_module(name)
print(json.dumps({"imported": names, "light": light, "loaded": sorted(sys.modules)}))
"""


@cache
def core_imported_alone() -> dict[str, list[str]]:
    command = [sys.executable, "-c", IMPORT_CORE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    outcome: dict[str, list[str]] = json.loads(done.stdout)
    return outcome


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported_modules(path: Path, *, only_at_import: bool = False, at_run_time: bool = False) -> set[str]:
    """Dotted names that a file imports, relative ones resolved; `from a import b` counts as a and a.b.

    Those inside functions are left out with ``only_at_import``, those for annotations with either of both.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = [*path.relative_to(ROOT).parent.parts]
    names: set[str] = set()
    nodes = run_at_import(tree, functions=at_run_time) if only_at_import or at_run_time else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def run_at_import(tree: ast.AST, *, functions: bool = False) -> list[ast.AST]:
    """Nodes outside ``if TYPE_CHECKING`` and, unless they are asked for, outside functions."""
    nodes: list[ast.AST] = []
    for child in ast.iter_child_nodes(tree):
        if not functions and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        nodes += [child, *run_at_import(child, functions=functions)]
    return nodes


def test_core_works_without_streamlit() -> None:
    imported = core_imported_alone()["imported"]
    modules = [path for path in python_files("core") if path.name != "__init__.py"]
    assert len(imported) >= len(modules)
    assert "streamlit" not in core_imported_alone()["loaded"]


@pytest.mark.parametrize("heavy", ["torch", "librosa", "music21"])
def test_importing_core_loads_nothing_heavy(heavy: str) -> None:
    # A visitor who only sonifies a table must not wait for, and hold in memory, what two features need.
    # Networks are classes of torch; their modules are imported by whoever builds one.
    assert heavy not in core_imported_alone()["light"]


def test_pages_import_nothing_heavy() -> None:
    found = {
        (path.name, name)
        for path in [*python_files("pages"), *ROOT.glob("app.py")]
        for name in imported_modules(path, only_at_import=True)
        if name.partition(".")[0] in {"torch", "librosa", "music21"}
    }
    assert found == set()


def test_core_knows_neither_pages_nor_training_nor_streamlit() -> None:
    above = {"pages", "training", "streamlit", "app", "tests", "benchmarks"}
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in python_files("core")
        for name in imported_modules(path)
        if name.partition(".")[0] in above
    }
    assert found == set()


# The rooms of core from the ground up: a room may import its own floor's files and the floors below, never the
# floors above or a neighbor; a feature never another feature.
FLOORS = (
    ("errors", "limits", "arrays", "progress"),
    ("plain_data",),
    ("workers",),
    ("worker_pool",),
    ("job_request",),
    ("files", "charts", "settings_file", "player"),
    ("audio", "signal", "music", "nn"),
    ("command_line",),
    ("tables", "synth", "video", "accompaniment"),
    ("cluster",),
    ("jobs",),
    ("voice",),
    ("presentation",),
    ("speech",),
    ("sonify", "folk", "emotion", "extrapolate", "audioviz"),
    ("showcase", "inspect_command", "written_files"),
    ("library",),
    ("batch",),
    ("__main__",),
)


def test_core_is_built_in_floors() -> None:
    floor_of = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    folders = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    rooms = folders | {path.stem for path in (ROOT / "core").glob("*.py")} - {"__init__"}
    assert rooms == set(floor_of), "a room of core has no floor, or a floor names a room that is not there"
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in python_files("core")
        if (own := path.relative_to(ROOT / "core").parts[0].removesuffix(".py")) in floor_of
        for name in imported_modules(path)
        if (other := name.split(".")[1] if name.startswith("core.") else own) in floor_of
        and other != own
        and floor_of[other] >= floor_of[own]
    }
    assert found == set()


def test_components_of_a_page_import_no_other_page_s() -> None:
    folders = {path.parent.name for path in (ROOT / "pages" / "components").glob("*/__init__.py")}
    assert "shared" in folders
    found = {
        (str(path.relative_to(ROOT)), name)
        for folder in folders
        for path in python_files(f"pages/components/{folder}")
        for name in imported_modules(path)
        if (match := re.match(r"pages(?:\.components\.(\w+))?", name))
        and (match[1] or "components") not in {folder, "shared", "components"}
    }
    assert found == set()


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = [path for folder in ("core", "pages", "training", "benchmarks") for path in python_files(folder)]
    module_of = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in files
    }
    # A sibling is taken from the package around both: that is no import of the package's own names.
    graph = {
        module: {
            name for name in imported_modules(path, at_run_time=True) if not module.startswith(f"{name}.")
        }
        & module_of.keys()
        for module, path in module_of.items()
    }
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_the_walk_resolves_relative_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rules above are only as good as this walk.
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    folder = tmp_path / "core" / "folk"
    folder.mkdir(parents=True)
    source = "from ..sonify import compose\nfrom . import model\nif TYPE_CHECKING:\n    import torch\ndef f():\n    import av\n"
    (folder / "a.py").write_text(source)
    everything = imported_modules(folder / "a.py")
    assert {"core.sonify", "core.sonify.compose", "core.folk", "core.folk.model", "torch", "av"} == everything
    assert {"torch", "av"} == everything - imported_modules(folder / "a.py", only_at_import=True)


def test_no_file_is_named_for_nothing() -> None:
    files = [path for folder in OUR_FOLDERS for path in python_files(folder)]
    assert len(files) > 10
    nameless = re.compile(r"_*(utils?|helpers?|common|misc)", re.IGNORECASE)
    assert [
        path for path in files if any(nameless.fullmatch(part) for part in (path.stem, path.parent.name))
    ] == []


def test_threads_are_bounded_before_numpy_is_imported() -> None:
    # app.py and `python -m core` import core first; with numpy's libraries already there the bound would come too late.
    code = """
import sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy" and "core" not in sys.modules:
            raise ImportError("numpy is imported before core")
sys.meta_path.insert(0, Watch())
import streamlit, runpy
runpy.run_path("app.py", run_name="app")
import numpy, scipy.linalg, torch
import core.tables.table, pyarrow
from threadpoolctl import threadpool_info
print(max(found["num_threads"] for found in threadpool_info()), torch.get_num_threads(), pyarrow.cpu_count())
"""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-3:] == ["1", "1", str(os.cpu_count())]


# Documents.


DOCUMENTS = ["README.md", "docs/ARCHITECTURE.md", "weights/README.md", "CHANGELOG.md"]
FOLDERS_IN_DOCUMENTS = ("core/", "pages/", "training/", "tests/", "benchmarks/", "docs/")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`([\w./-]+)`", text) if path.startswith(FOLDERS_IN_DOCUMENTS)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_function_that_the_architecture_names_is_in_its_file() -> None:
    text = (ROOT / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)`: `(\w+)`", text)
    assert len(named) > 20
    missing = [
        f"{path}: {name}"
        for path, name in named
        if not re.search(rf"^(def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []


# Weights.

# What may change in a recipe after its pair was made: words on it, and where its figure is found.
NOT_OF_THE_TRAINING = {"about", "hours", "headline", "better"}


def test_every_weights_file_has_its_card_and_every_card_its_weights() -> None:
    for which, others in (
        (OPEN, {"README.md", "ATTRIBUTION.md", ".gitattributes", RESEARCH}),
        (RESEARCH, set()),
    ):
        paths = list(find_set_directory(which).glob("*"))
        tensors = {path.stem for path in paths if path.suffix == ".safetensors"}
        assert tensors == {path.stem for path in paths if path.suffix == ".json"}
        assert {path.name for path in paths if path.suffix not in {".safetensors", ".json"}} <= others


def test_every_card_parses_and_its_hash_fits() -> None:
    pairs = list_pairs()
    assert len(pairs) == len(list(WEIGHTS_DIR.rglob("*.safetensors")))
    for _, card in pairs:
        data = find_pair(card.stem).with_suffix(".safetensors").read_bytes()
        assert hashlib.sha256(data).hexdigest() == card.sha256, card.stem


def test_a_stem_is_in_one_set_only() -> None:
    # Figures, cards and reports name a pair by its stem.
    stems = [card.stem for _, card in list_pairs()]
    assert len(stems) == len(set(stems))


def test_all_weights_together_stay_below_80_mb() -> None:
    sizes = [path.stat().st_size for path in WEIGHTS_DIR.rglob("*") if path.is_file()]
    assert sum(sizes) < MAX_WEIGHTS_BYTES


def test_an_open_pair_was_trained_only_on_data_with_a_license_for_any_use() -> None:
    attributed = (WEIGHTS_DIR / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for which, card in list_pairs():
        if which == OPEN:
            data_sets = list_data_sets(card)
            assert [one.name for one in data_sets if not one.is_open] == [], card.stem
            assert all(f"## {one.name}\n" in attributed for one in data_sets if not one.is_made), card.stem


def recipe_of(card: Card) -> Recipe:
    """The recipe that a card's command names."""
    named = re.fullmatch(r"python -m training train (\w+) --data DATA", card.training["command"])
    assert named, card.stem
    return read_recipe(named[1])


def test_every_pair_was_made_by_a_recipe_that_stands_in_the_folder_of_recipes() -> None:
    assert [card.stem for _, card in list_pairs() if "files" not in card.training] == []
    for which, card in list_pairs():
        recipe = recipe_of(card)
        assert (recipe.set, f"{recipe.model}_v{recipe.version}") == (which, card.stem)
        now, then = json.loads(json.dumps(recipe.content)), card.training["recipe"]
        changed = {key for key in now.keys() | then.keys() if now.get(key) != then.get(key)}
        assert changed <= NOT_OF_THE_TRAINING, card.stem
        given = [one.name for one in list_data_sets(card) if not one.is_made]
        assert given == list(recipe.data), card.stem


def test_the_commit_on_a_card_holds_every_file_that_the_training_used() -> None:
    if git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("needs the history of the repository")
    for _, card in list_pairs():
        if "files" in card.training:
            files = [*card.training["files"], f"training/recipes/{recipe_of(card).name}.toml"]
            assert find_missing(card.training["commit"], files) == [], card.stem


def git(*arguments: str) -> str:
    """What git prints; nothing where this is no checkout."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


# Requirements.


def requirement_lines(path: Path) -> list[str]:
    lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned(path: Path) -> None:
    pinned = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.+!]+(\s*;.*)?")
    assert [line for line in requirement_lines(path) if not pinned.fullmatch(line)] == []


def test_there_are_requirements_to_check() -> None:
    assert {"requirements.txt", "requirements-test.txt", "requirements-train.txt"} <= {
        p.name for p in REQUIREMENTS
    }
    assert len(requirement_lines(ROOT / "requirements.txt")) > 5


def license_texts(distribution: metadata.Distribution) -> list[str]:
    """What a package says its license is; the long form only by its first line, for it may quote others."""
    fields = distribution.metadata
    classifiers = [text for text in fields.get_all("Classifier") or [] if text.startswith("License ::")]
    long_form = (fields.get("License") or "").strip().splitlines()[:1]
    texts = [*(fields.get_all("License-Expression") or []), *classifiers, *long_form]
    # resvg-py says it in its license file alone.
    is_mit = any(
        "Permission is hereby granted, free of charge" in file.read_text()
        for file in distribution.files or []
        if file.name == "LICENSE" and not texts
    )
    return texts or (["MIT"] if is_mit else [])


def is_strong_copyleft(text: str) -> bool:
    """GPL or AGPL, and not LGPL; with "OR", the better choice counts."""
    choices = re.split(r"\bOR\b", text)
    strong = re.compile(r"(?<![A-Za-z])A?GPL|GNU (Affero )?General Public", re.IGNORECASE)
    return all(strong.search(choice) for choice in choices)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("LGPL-2.1-or-later", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)", False),
        ("MIT OR GPL-2.0-only", False),
        ("MIT", False),
    ],
)
def test_strong_copyleft_is_told_from_the_lesser_kind(text: str, expected: bool) -> None:
    assert is_strong_copyleft(text) is expected


def test_no_required_package_is_under_the_gpl() -> None:
    unclear, forbidden = [], []
    for line in requirement_lines(ROOT / "requirements.txt"):
        name = re.split(r"[\[=;]", line)[0]
        texts = license_texts(metadata.distribution(name))
        unclear += [name] if not texts else []
        forbidden += [(name, text) for text in texts if is_strong_copyleft(text)]
    assert forbidden == []
    assert unclear == []

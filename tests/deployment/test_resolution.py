"""What uv and pip take for requirements.txt: the small torch on Linux, and every other pin as it stands.

Against an index made for it, where each pin is a wheel with nothing in it; and once against the registry, which tells
whether every pin has a wheel for every supported Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.deployment.made_index import MadeIndex, serving

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
LINKS = "--find-links https://download.pytorch.org/whl/cpu/torch/"
PINS = dict(
    re.fullmatch(r"([\w.-]+)(?:\[.*\])?==([\w.+]+)", line).groups()  # type: ignore[union-attr]
    for line in LINES
    if line and not line.startswith(("#", "-"))
)
TORCH = PINS["torch"]
# A package that PyTorch's index has in an old version. Some other page of links may, too.
OLD = ("numpy", "1.26.3")
# What one machine has set up for itself is no part of the rehearsal.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
CLEAN["MACOSX_DEPLOYMENT_TARGET"] = "14.0"  # what uv takes for a Mac


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeIndex]:
    with serving(tmp_path_factory.mktemp("index")) as made:
        for name, version in PINS.items():
            if name != "torch":
                made.publish(name, version)
        made.publish("nvidia-cuda", "13.0")
        for python in PYTHONS:
            tag = f"cp{python.replace('.', '')}"
            linux = f"{tag}-{tag}-manylinux_2_28_x86_64"
            # The usual index: CUDA under the plain version. PyTorch's page: the CPU build, whose version names it.
            made.publish("torch", TORCH, linux, needs=("nvidia-cuda",))
            made.publish("torch", TORCH, f"{tag}-none-macosx_14_0_arm64", f"{tag}-{tag}-win_amd64")
            for place in ("links", "extra/simple"):
                made.publish("torch", f"{TORCH}+cpu", linux, on=place)
        for place in ("links", "extra/simple"):
            made.publish(*OLD, on=place)
        yield made


@pytest.fixture(scope="module")
def requirements(index: MadeIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """requirements.txt with the made page of links in place of PyTorch's, and nothing else changed."""
    path = tmp_path_factory.mktemp("requirements") / "requirements.txt"
    path.write_text("\n".join([f"--find-links {index.links('links')}", *LINES[1:]]) + "\n", encoding="utf-8")
    return path


def test_the_links_are_the_first_line_and_torch_is_named_as_on_every_system() -> None:
    assert LINES[0] == LINKS
    assert [line for line in LINES if line.startswith("-")] == [LINKS]
    assert "+" not in TORCH


def uv(*arguments: str | Path, fails: bool = False) -> str:
    """What `uv pip compile` says; its cache is its own, so that nothing is known from before."""
    program = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert program is not None
    done = subprocess.run(
        [
            program,
            "pip",
            "compile",
            "--quiet",
            "--no-config",
            "--no-header",
            "--no-annotate",
            "--python",
            sys.executable,
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        env=CLEAN,
        cwd="/",
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def pins_of(resolved: str) -> dict[str, str]:
    lines = (line.strip() for line in resolved.splitlines())
    named = (line.split("==") for line in lines if "==" in line)
    return {re.sub(r"\[.*\]", "", name).lower().replace("_", "-"): version for name, version in named}


def expected(torch: str) -> dict[str, str]:
    return {name.lower().replace("_", "-"): version for name, version in PINS.items()} | {"torch": torch}


@pytest.mark.parametrize("python", PYTHONS)
def test_uv_takes_the_small_torch_on_linux_and_every_other_pin_from_the_usual_index(
    index: MadeIndex, requirements: Path, python: str
) -> None:
    where = ("--default-index", index.simple, "--no-cache", "--python-version", python)
    found = uv(requirements, *where, "--python-platform", "x86_64-manylinux_2_28")
    assert pins_of(found) == expected(f"{TORCH}+cpu")


def test_uv_takes_the_plain_torch_on_a_mac_and_on_windows(index: MadeIndex, requirements: Path) -> None:
    where = ("--default-index", index.simple, "--no-cache", "--python-version", PYTHONS[-1])
    for platform in ("aarch64-apple-darwin", "x86_64-pc-windows-msvc"):
        assert pins_of(uv(requirements, *where, "--python-platform", platform)) == expected(TORCH)


def test_with_an_extra_index_in_place_of_the_links_uv_finds_no_solution(
    index: MadeIndex, requirements: Path, tmp_path: Path
) -> None:
    """The reason for the links: uv takes a package from the first index that has it, in whatever version."""
    path = tmp_path / "requirements.txt"
    lines = requirements.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"--extra-index-url {index.address}/extra/simple/", *lines[1:]]), encoding="utf-8"
    )
    where = ("--default-index", index.simple, "--no-cache", "--python-version", PYTHONS[-1])
    told = uv(path, *where, "--python-platform", "x86_64-manylinux_2_28", fails=True)
    assert OLD[0] in told and "index" in told


def pip(index: MadeIndex, requirements: Path, target: Path, python: str) -> dict[str, str]:
    """What pip would install, by its report."""
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "pip",
                "--isolated",
                "install",
                "--dry-run",
                "--ignore-installed",
                "--quiet",
            ),
            *("--no-cache-dir", "--disable-pip-version-check", "--report", "-", "--index-url", index.simple),
            *("--only-binary", ":all:", "--python-version", python, "--implementation", "cp"),
            *(
                "--platform",
                "manylinux_2_28_x86_64",
                "--abi",
                f"cp{python.replace('.', '')}",
                "--abi",
                "none",
            ),
            # Nothing is written there; pip wants to hear it where another Python is meant.
            *("--target", str(target), "-r", str(requirements)),
        ],
        capture_output=True,
        text=True,
        env={**CLEAN, "PIP_CONFIG_FILE": os.devnull},
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    found = (one["metadata"] for one in json.loads(done.stdout)["install"])
    return {one["name"].lower().replace("_", "-"): one["version"] for one in found}


def test_pip_takes_the_same(index: MadeIndex, requirements: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(lambda python: pip(index, requirements, tmp_path, python), PYTHONS))
    assert found == [expected(f"{TORCH}+cpu")] * len(PYTHONS)


def test_every_pin_has_a_wheel_for_every_supported_python(tmp_path: Path) -> None:
    """By the metadata of the registry, of torch too; nothing is downloaded whole."""
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8").replace(LINKS, "")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    asked = [(python, "x86_64-manylinux_2_28") for python in PYTHONS]
    asked += [(python, "aarch64-apple-darwin") for python in (PYTHONS[0], PYTHONS[-1])]
    files = (tmp_path / "requirements-test.txt", tmp_path / "requirements-train.txt")

    def resolve(python: str, platform: str) -> dict[str, str]:
        wheels = ("--only-binary", ":all:", "--python-version", python, "--python-platform", platform)
        return pins_of(uv(*files, *wheels))

    with ThreadPoolExecutor(max_workers=len(asked)) as pool:
        for found in pool.map(lambda one: resolve(*one), asked):
            assert found | expected(TORCH) == found

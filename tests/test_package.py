"""The installable package: its command, its weights, and what it depends on."""

from __future__ import annotations

import importlib
import runpy
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from core.nn.card import WEIGHTS_DIR

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_command_is_the_one_of_the_shell() -> None:
    module, _, name = PROJECT["project"]["scripts"]["sonoscope"].partition(":")
    assert getattr(importlib.import_module(module), name) is importlib.import_module("core.__main__").main


def test_the_command_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.__main__ import main

    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/sonoscope", "--help"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith("usage: sonoscope ")


def test_the_open_weights_lie_in_the_package_where_it_is_installed() -> None:
    targets = PROJECT["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["sources"] == {"weights": "core/weights"}
    assert {"/core", "/weights"} <= set(targets["wheel"]["include"]) & set(targets["sdist"]["include"])
    # A "force-include" would carry the folder whole.
    assert "force-include" not in targets["wheel"]
    for target in targets.values():
        assert "/weights/research" in target["exclude"]
    # In a checkout that place is empty and the one beside the package is taken.
    assert not (ROOT / "core" / "weights").exists()
    assert WEIGHTS_DIR == ROOT / "weights"


def test_the_package_carries_every_license_of_what_is_in_it() -> None:
    patterns = PROJECT["project"]["license-files"]
    files = {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)}
    assert files == {
        "LICENSE",
        "core/presentation/fonts/OFL.txt",
        "core/presentation/fonts/VERA.txt",
        "weights/ATTRIBUTION.md",
    }
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert all(
        name in text for name in ("OFL.txt", "VERA.txt", "weights/README.md", "weights/ATTRIBUTION.md")
    )


def test_the_package_depends_on_what_is_tested_but_for_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    # The builder is there only while a package is built.
    interface = ModuleType("hatchling.metadata.plugin.interface")
    monkeypatch.setattr(interface, "MetadataHookInterface", object, raising=False)
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    hook = runpy.run_path(str(ROOT / PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["path"]))
    metadata: dict[str, list[str]] = {}
    hook["Requirements"].update(SimpleNamespace(root=str(ROOT)), metadata)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith(("#", "-"))]
    assert metadata["dependencies"] == [line for line in pinned if not line.startswith("streamlit")]
    assert len(metadata["dependencies"]) > 20 and "torch==2.13.0" in metadata["dependencies"]

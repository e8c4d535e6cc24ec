"""The examples in docstrings: each one runs, and what a newcomer calls first has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules_with_examples() -> list[str]:
    """Dotted names of the modules of core that hold an example."""
    paths = sorted((ROOT / "core").rglob("*.py"))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if re.search(r"^\s+>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


@pytest.mark.parametrize("module", modules_with_examples())
def test_every_example_prints_what_it_says(module: str) -> None:
    tried = doctest.testmod(importlib.import_module(module), optionflags=FLAGS)
    assert tried.attempted > 0
    assert tried.failed == 0


ENTRY_POINTS = (
    "core.__main__:main",
    "core.tables.table:read_table",
    "core.tables.table:read_text",
    "core.sonify.settings:Settings",
    "core.sonify.examples:load_example",
    "core.sonify.direct_mapping:sonify",
    "core.sonify.compose:compose",
    "core.library.sonification:sonify",
    "core.library.folk_tunes:compose_tune",
    "core.library.piano_pieces:compose_piece",
    "core.library.recordings:extend_recording",
    "core.library.scenes:visualize",
    "core.folk.generate:FolkComposer.compose",
    "core.emotion.compose:compose",
    "core.emotion.rating:compose_and_rate",
    "core.extrapolate.extend:extend",
    "core.audioviz.extract:Listener.hear",
    "core.audioviz.mappings:map_features",
    "core.synth.rendering:render",
    "core.audio.decoding:decode",
    "core.audio.encoding:encode",
    "core.audio.loudness:loudness_lufs",
    "core.audio.time_stretch:stretch",
    "core.nn.weights:load",
    "core.music.key:find_key",
    "core.music.midi:from_bytes",
    "core.music.midi:to_bytes",
    "core.music.tune_files:read_tune",
    "core.music.kern:read_kern",
    "core.music.kern:to_kern",
    "core.music.abc_notation:read_abc",
    "core.music.abc_notation:to_abc",
    "core.music.musicxml:to_musicxml",
    "core.music.engraving:engrave",
    "core.voice.transcribe:transcribe",
    "core.signal.stft:stft",
    "core.signal.mel:mel_filters",
    "core.signal.beats:beat_track",
)


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_what_is_called_first_has_an_example(entry_point: str) -> None:
    module, _, names = entry_point.partition(":")
    found = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    text = inspect.getdoc(found) or ""
    assert re.search(r"^Examples\n-+\n(.*\n)*?>>> ", text, re.MULTILINE), f"{entry_point} has no Examples"

"""Before anything is imported: the same drawn examples every time, and a place for what numba compiles for librosa.

Two processes that compile the same function at the same time spoil the cache that they share, and a process that
reads it then crashes. Tests run in several processes, and beside an app.
"""

import atexit
import os
import shutil
import signal
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="sonoscope-numba-")
atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)

# The small font that is always there, whatever is installed: tests that are about fonts name theirs.
_PRETTY_MIDI = find_spec("pretty_midi")
assert _PRETTY_MIDI is not None
assert _PRETTY_MIDI.origin is not None
os.environ["SONOSCOPE_SOUNDFONT"] = str(Path(_PRETTY_MIDI.origin).with_name("TimGM6mb.sf2"))

# Where the tests run in the background, Ctrl-C is ignored, also by the programs that they start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Hypothesis draws the same examples wherever and whenever the tests run, as it does by itself where CI is set.
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take a minute, so that no process has one left when the others have ended."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures that a test has recorded as "told" also where it passes, and in whichever process it ran."""
    for report in terminalreporter.stats.get("passed", []):
        told = dict(report.user_properties).get("told")
        if told:
            terminalreporter.section(told[0])
            for line in told[1:]:
                terminalreporter.write_line(str(line))

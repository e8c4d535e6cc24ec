"""Warm-up: what is imported while a visitor reads the home page is there and is light."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from pages.components.shared.warm_up import MODULES
from tests.pages.conftest import ROOT


@pytest.mark.parametrize("name", MODULES)
def test_what_is_warmed_up_exists(name):
    assert find_spec(name) is not None


def test_warming_up_loads_nothing_heavy():
    program = "import sys; from pages.components.shared.warm_up import _import_all; _import_all(); "
    program += "print(sorted({'torch', 'librosa', 'music21'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr

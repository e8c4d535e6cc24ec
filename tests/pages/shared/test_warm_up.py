"""Warm-up: what a new server prepares while its first visitor looks around is there, and is light."""

import importlib
import itertools
import subprocess
import sys
from importlib.util import find_spec

import pytest

from core.workers import find_function
from pages.components.shared.warm_up import PAGE_MODULES, PAGES, WORKER_MODULES
from tests.pages.conftest import ROOT

HEAVY = {"torch", "librosa", "music21"}


@pytest.mark.parametrize("name", sorted({*itertools.chain(*WORKER_MODULES.values()), *PAGE_MODULES}))
def test_what_is_warmed_up_exists(name):
    assert find_spec(name) is not None


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_which_jobs_it_shows_as_it_stands(name):
    jobs = importlib.import_module(name).default_jobs()
    assert jobs
    for job in jobs:
        assert callable(find_function(job.function))
        assert job.key


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ([*itertools.chain(*WORKER_MODULES.values())], HEAVY | {"streamlit"}),
        ([*PAGE_MODULES, *PAGES], HEAVY | {"scipy", "verovio", "cv2"}),
    ],
)
def test_warming_up_loads_nothing_heavy(modules, unwanted):
    program = f"import sys, importlib; [importlib.import_module(name) for name in {list(modules)}]; "
    program += f"print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr

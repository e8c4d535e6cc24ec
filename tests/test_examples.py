"""The example notebooks: small, without outputs, and every cell of them runs; what they show is a page and a picture."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
MAX_BYTES = 30_000
# Lengths that a test need not wait for: of sounds in seconds, of tunes in bars.
SHORTER = (
    (r"\b(duration_sec|seconds)=\d+", r"\1=2"),
    (r"\bSECONDS = \d+", "SECONDS = 1"),
    (r"\bbars=\d+", "bars=2"),
)


def code_of(path: Path) -> list[str]:
    """The cells of code, with short sounds."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for pattern, short in SHORTER:
        cells = [re.sub(pattern, short, cell) for cell in cells]
    return cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_example_is_small_and_tells_what_it_does(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size < MAX_BYTES
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


@pytest.mark.long
def test_every_cell_of_the_examples_runs_and_results_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    # One kernel for all, because starting it takes longer than most of the cells; each begins with nothing in it.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert len(NOTEBOOKS) == 5
    cells = [cell for path in NOTEBOOKS for cell in ["%reset -f", *code_of(path)]]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(ROOT / "examples"))
    shown = [output.data for cell in notebook.cells for output in cell.outputs if "data" in output]
    results = [data for data in shown if "image/png" in data and "text/html" in data]
    assert len(results) == 10
    assert all(data["text/html"].startswith("<iframe ") for data in results)
    assert not [
        output for cell in notebook.cells for output in cell.outputs if output.get("name") == "stderr"
    ]

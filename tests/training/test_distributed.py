"""`training.distributed`: two processes that share a batch train as one does."""

from __future__ import annotations

import itertools
import json
import os
import runpy
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from training.distributed import begin, count_examples, count_processes, is_first, take_part

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, sys
from pathlib import Path
import torch
from torch import nn
from training import distributed
from training.loop import Objective, fit, step_rng
from training.recipe import Schedule

torch.set_num_threads(1)
scored = []

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(12, 8), nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 12)
        self.unused = nn.Linear(2, 2)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])

def draw(step):
    rng = step_rng(1, step)
    x = torch.from_numpy(rng.integers(0, 12, (int(rng.integers(1, 8)), 9)))
    mask = torch.from_numpy(rng.random((len(x), 8)) < 0.7)
    mask[:, 0] = True
    return x, mask

def loss(model, batch):
    x, mask = batch
    each = nn.functional.cross_entropy(model(x[:, :-1]).transpose(1, 2), x[:, 1:], reduction="none")
    return each[mask].mean(), float(mask.sum())

def score(model):
    scored.append(1)
    return {"nats": float(loss(model, draw(0))[0].detach())}

torch.manual_seed(3)
distributed.begin()
try:
    done = fit(
        Objective(model=Net(), draw=draw, loss=loss, score=score, keep="nats"),
        Schedule(steps=50, batch_size=8, learning_rate=0.01, averaging=0.9, score_every=10),
        checkpoint=Path(sys.argv[1]) / "a.safetensors",
    )
    weights = [round(float(v.double().sum()), 4) for v in done.model.state_dict().values()]
    told = [done.first_losses, done.history, done.kept_step, weights, len(scored)]
    (Path(sys.argv[1]) / f"{distributed.find_rank()}.json").write_text(json.dumps(told))
finally:
    distributed.end()
"""


def start(folder: Path, rank: int, n: int, port: int) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_text(SCRIPT)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(n),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-W", "error::UserWarning", str(folder / "script.py"), str(folder)]
    return subprocess.Popen(
        command, env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_two_processes_have_the_losses_and_weights_of_one(
    tmp_path: Path, unused_tcp_port_number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = [start(tmp_path / "two", rank, 2, unused_tcp_port_number) for rank in (0, 1)]
    (tmp_path / "one").mkdir()
    monkeypatch.setattr(sys, "argv", ["script.py", str(tmp_path / "one")])
    runpy.run_path(str(tmp_path / "two" / "script.py"))
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert "find_unused_parameters" not in said
    one = json.loads((tmp_path / "one/0.json").read_text())
    two, second = (json.loads((tmp_path / f"two/{rank}.json").read_text()) for rank in (0, 1))
    assert two[0] == pytest.approx(one[0], abs=1e-4)
    for ours, theirs in zip(two[1], one[1], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
    assert two[2] == one[2] and two[3] == pytest.approx(one[3], abs=2e-3)
    # The second process scores nothing, and ends with the first one's weights and figures.
    assert second[:4] == two[:4] and (two[4], second[4]) == (5, 0)


@pytest.fixture
def unused_tcp_port_number() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Pair(NamedTuple):
    x: Tensor
    y: Tensor


@dataclass
class Row:
    x: Tensor
    name: str


def test_a_part_is_every_nth_example_of_whatever_holds_them() -> None:
    x = torch.arange(5)
    pair = take_part(Pair(x, 10 * x), 1, 2)
    assert isinstance(pair, Pair) and pair.x.tolist() == [1, 3] and pair.y.tolist() == [10, 30]
    row = take_part({"row": Row(x, "a"), "list": [x], "scale": torch.tensor(2.0)}, 0, 3)
    assert row["row"].x.tolist() == [0, 3] and row["row"].name == "a"
    assert row["list"][0].tolist() == [0, 3] and float(row["scale"]) == 2.0


def test_parts_together_are_the_batch_also_where_a_process_has_none() -> None:
    batch = (torch.tensor(1.0), torch.arange(3))
    parts = [take_part(batch, rank, 4)[1].tolist() for rank in range(4)]
    assert sorted(itertools.chain(*parts)) == [0, 1, 2] and parts[3] == []
    assert count_examples(batch) == 3 and count_examples(take_part(batch, 3, 4)) == 0


def test_alone_a_process_is_the_first_of_one() -> None:
    assert begin() == "cpu" and is_first() and count_processes() == 1

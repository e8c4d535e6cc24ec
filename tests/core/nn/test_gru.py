"""`core.nn.gru` says what torch's recurrent units say."""

from __future__ import annotations

import numpy as np
import torch

from core.nn.gru import GRU
from core.nn.weights import to_arrays


@torch.inference_mode()
def test_a_sequence_and_single_steps_are_read_as_torch_reads_them() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network, cell = torch.nn.GRU(5, 7, batch_first=True), torch.nn.GRUCell(5, 7)
    inputs, first = rng.normal(size=(30, 5)).astype(np.float32), rng.normal(size=7).astype(np.float32)
    expected = network(torch.from_numpy(inputs)[None], torch.from_numpy(first)[None, None])[0][0].numpy()
    found = GRU(to_arrays(network), "", "_l0").run(inputs, first)
    assert found.dtype == np.float32 and np.abs(found - expected).max() < 1e-6
    stepper, state = GRU(to_arrays(cell), ""), first
    wanted = torch.from_numpy(first)[None]
    for x in inputs:
        state, wanted = stepper.step(x, state), cell(torch.from_numpy(x)[None], wanted)
        assert np.abs(state - wanted[0].numpy()).max() < 1e-6
    assert np.abs(found[-1] - found[0]).max() > 0.1

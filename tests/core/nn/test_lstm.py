"""`core.nn.lstm`: numpy steps as torch does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.nn.lstm import LSTM
from core.nn.weights import to_arrays


@pytest.mark.parametrize("n_rows", [None, 1, 2, 9])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_steps_give_what_torch_gives_for_the_sequence(n_rows: int | None, n_layers: int) -> None:
    torch.manual_seed(2)
    network = torch.nn.LSTM(5, 7, n_layers)
    inputs = torch.randn(11, n_rows or 1, 5)
    lstm = LSTM(to_arrays(network), "")
    with torch.no_grad():
        expected, (h, c) = network(inputs)
    state = lstm.begin(n_rows)
    for t, row in enumerate(inputs.numpy()):
        hidden, state = lstm.step(lstm.drive(row[0] if n_rows is None else row), state)
        np.testing.assert_allclose(np.atleast_2d(hidden), expected[t], atol=1e-6)
    for layer, pair in enumerate(state):
        for ours, theirs in zip(pair, (h, c), strict=True):
            np.testing.assert_allclose(np.atleast_2d(ours), theirs[layer], atol=1e-6)


def test_both_directions_of_a_sequence_are_read_as_torch_reads_them() -> None:
    network = torch.nn.LSTM(5, 7, batch_first=True, bidirectional=True)
    inputs = torch.randn(1, 11, 5)
    tensors = to_arrays(network)
    with torch.no_grad():
        expected = network(inputs)[0][0].numpy()
    forwards = LSTM(tensors, "").run(inputs[0].numpy())
    backwards = LSTM(tensors, "", "_reverse").run(inputs[0].numpy(), backwards=True)
    np.testing.assert_allclose(np.concatenate([forwards, backwards], axis=1), expected, atol=1e-6)


def test_a_step_changes_neither_the_state_it_is_given_nor_the_weights() -> None:
    lstm = LSTM(to_arrays(torch.nn.LSTM(3, 4)), "")
    state = lstm.begin(2)
    for h, c in state:
        h.setflags(write=False)
        c.setflags(write=False)
    x = np.ones((2, 3), dtype=np.float32)
    first = lstm.step(lstm.drive(x), state)[0]
    np.testing.assert_array_equal(lstm.step(lstm.drive(x), state)[0], first)
    assert first.dtype == np.float32

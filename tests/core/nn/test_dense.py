"""`core.nn.dense`: numpy reads dense layers as torch does."""

from __future__ import annotations

import numpy as np
import torch

from core.nn.dense import Dense
from core.nn.weights import to_arrays


def test_several_layers_of_one_input_are_one_product() -> None:
    layers = torch.nn.ModuleDict({"a": torch.nn.Linear(5, 3), "b": torch.nn.Linear(5, 2, bias=False)})
    x = torch.randn(4, 5)
    expected = torch.cat([layer(x) for layer in layers.values()], dim=1).detach().numpy()
    both = Dense(to_arrays(layers), "a", "b")
    np.testing.assert_allclose(both(x.numpy()), expected, atol=1e-6)
    np.testing.assert_allclose(both(x.numpy()[0]), expected[0], atol=1e-6)
    assert both(x.numpy()).dtype == np.float32

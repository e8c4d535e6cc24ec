"""`training.baselines.audioviz_linear`: components are exact on their plane, sizes are checked."""

from __future__ import annotations

import pytest
import torch

from training.baselines.audioviz_linear import Pca, PcaConfig


def test_pca_is_exact_on_windows_of_its_own_plane() -> None:
    model = Pca(PcaConfig(n_bands=64, n_frames=96, n_codes=3))
    q, _ = torch.linalg.qr(torch.randn(64 * 96, 3, generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        model.components.copy_(q.T)
    x = (torch.randn(6, 3, generator=torch.Generator().manual_seed(1)) @ q.T).view(6, 64, 96)
    assert torch.allclose(model(x)[1], x, atol=1e-4)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="not"):
        PcaConfig(n_codes=0)

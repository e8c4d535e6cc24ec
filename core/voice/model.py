"""A small convolutional network over spectrum and pitch: where a sung note begins, and whether one sounds.

Three layers with growing steps in time (dilated convolution, van den Oord et al. 2016), two of them residual.
Trained on exact onsets of synthetic singing, or on annotated ones (research weights), as Schlüter and Böck (2014) did
for instruments; its size is what 26 minutes of annotated singing can teach. Training fills this module; a voice is
read in numpy, by :mod:`core.voice.inference`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.voice.config import DILATIONS, BoundaryConfig


class BoundaryNet(nn.Module):
    """Logits of "a note begins in this frame" and of "a note sounds in this frame"."""

    config_class = BoundaryConfig

    def __init__(self, config: BoundaryConfig) -> None:
        super().__init__()
        self.config = config
        n_features, size = config.n_mels + config.n_pitch_features, config.hidden_size

        def convolution(name: str, n_inputs: int) -> nn.Conv1d:
            dilation = DILATIONS[name]
            padding = dilation * (config.kernel_size // 2)
            return nn.Conv1d(n_inputs, size, config.kernel_size, padding=padding, dilation=dilation)

        self.first = convolution("first", n_features)
        self.second, self.third = convolution("second", size), convolution("third", size)
        self.head = nn.Conv1d(size, 2, 1)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor) -> Tensor:
        """Read the features of whole recordings.

        Parameters
        ----------
        features : Tensor, shape=(B, n_mels + n_pitch_features, T)

        Returns
        -------
        Tensor, shape=(B, 2, T)
            Logits of onset and of activity.
        """
        hidden = F.relu(self.first(features))
        hidden = hidden + F.relu(self.second(self.dropout(hidden)))
        hidden = hidden + F.relu(self.third(self.dropout(hidden)))
        logits: Tensor = self.head(self.dropout(hidden))
        return logits


@torch.inference_mode()
def boundary_logits(model: BoundaryNet, features: torch.Tensor) -> Tensor:
    """Logits of one recording.

    Parameters
    ----------
    model : BoundaryNet
    features : Tensor, shape=(T, D)

    Returns
    -------
    Tensor, shape=(2, T)
    """
    logits: Tensor = model(features.T[None])[0]
    return logits

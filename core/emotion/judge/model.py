"""High or low valence and arousal from features: a linear classifier and two tree ensembles, averaged.

The linear judge extrapolates evenly to music that no training heard, the trees see thresholds and combinations:
gradient boosting (Friedman 2001) and extremely randomized trees (Geurts et al. 2006). The trees lie in tensors and
are walked by all pieces at once. The average is calibrated as in Platt (1999).

Training fills this module; pieces are judged in numpy, by :mod:`core.emotion.judge.inference`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.emotion.judge.config import AXES, EDGE, LEAST_P, N_JUDGES, VIEWS, JudgeConfig
from core.nn.layers import store


class Forest(nn.Module):
    """Trees of at most ``n_nodes`` nodes; a leaf points to itself."""

    def __init__(self, n_trees: int, n_nodes: int, depth: int) -> None:
        super().__init__()
        self.depth = depth
        shape = (n_trees, n_nodes)
        self.feature = store(torch.zeros(shape, dtype=torch.int16))
        self.threshold = store(torch.zeros(shape))
        self.left = store(torch.zeros(shape, dtype=torch.int16))
        self.right = store(torch.zeros(shape, dtype=torch.int16))
        self.value = store(torch.zeros(shape))

    def forward(self, features: Tensor) -> Tensor:
        """Value of the leaf that each piece reaches in each tree.

        Parameters
        ----------
        features : Tensor, shape=(B, F)

        Returns
        -------
        Tensor, shape=(B, n_trees)
        """
        tree = torch.arange(len(self.feature), device=features.device)[None]  # (1, T)
        node = torch.zeros(
            len(features), len(self.feature), dtype=torch.int64, device=features.device
        )  # (B, T)
        for _ in range(self.depth):
            value = features.gather(1, self.feature[tree, node].long())  # (B, T)
            goes_left = value <= self.threshold[tree, node]
            node = torch.where(goes_left, self.left[tree, node], self.right[tree, node]).long()
        return self.value[tree, node]


class AxisJudge(nn.Module):
    """The probability that one axis is high."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.linear = nn.Linear(config.n_features, 1)
        self.boosted = Forest(config.n_boosted, config.n_boosted_nodes, config.depth)
        self.random = Forest(config.n_random, config.n_random_nodes, config.depth)
        self.start = store(torch.zeros(()))  # what boosting begins with, log odds
        # How much each judge counts; together 1.
        self.share = store(torch.full((N_JUDGES,), 1 / N_JUDGES))
        self.slope = store(torch.ones(()))
        self.offset = store(torch.zeros(()))

    def judges(self, features: Tensor, standardized: Tensor) -> Tensor:
        """Probability by each classifier, shape=(B, 3)."""
        return torch.stack(
            [
                torch.sigmoid(self.linear(standardized)[:, 0]),
                torch.sigmoid(self.start + self.boosted(features).sum(dim=1)),
                self.random(features).mean(dim=1),
            ],
            dim=1,
        )

    def forward(self, features: Tensor, standardized: Tensor) -> Tensor:
        """Calibrated log odds, shape=(B,)."""
        p = (self.judges(features, standardized) * self.share).sum(dim=1).clamp(LEAST_P, 1 - LEAST_P)
        return self.slope * torch.logit(p) + self.offset


class ViewJudge(nn.Module):
    """Classifiers of both axes for one view, a set of available features."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.shift = store(torch.zeros(config.n_features))
        self.scale = store(torch.ones(config.n_features))
        self.axes = nn.ModuleDict({axis: AxisJudge(config) for axis in AXES})

    def forward(self, features: Tensor) -> Tensor:
        """Calibrated log odds.

        Parameters
        ----------
        features : Tensor, shape=(B, F)
            As :func:`core.emotion.judge.features.describe` gives them.

        Returns
        -------
        Tensor, shape=(B, 2)
            Of high valence and of high arousal.
        """
        standardized = ((features - self.shift) / self.scale).clamp(-EDGE, EDGE)
        return torch.stack([axis(features, standardized) for axis in self.axes.values()], dim=1)


class MoodModel(nn.Module):
    """The classifiers of all views."""

    config_class = JudgeConfig

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.views = nn.ModuleDict({view: ViewJudge(config) for view in VIEWS})

    def forward(self, features: Tensor, view: str = "played") -> Tensor:
        """Calibrated log odds of high valence and arousal, shape=(B, 2), of features, shape=(B, F)."""
        found: Tensor = self.views[view](features)
        return found

"""The original's network: one LSTM of 256 over one-hot symbols, dropout, a softmax over the next symbol.

Differs from the Keras original in that it reads whole sequences and carries its state, instead of running over
the last 64 symbols anew for each sixteenth.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.nn.config import ModelConfig
from training.baselines.folk_original.encoding import VOCABULARY

State = tuple[Tensor, Tensor]


@dataclass(frozen=True, kw_only=True)
class OriginalConfig(ModelConfig):
    """Sizes of the original's network."""

    n_symbols: int = len(VOCABULARY)
    hidden_size: int = 256
    dropout: float = 0.2

    @classmethod
    def tiny(cls) -> OriginalConfig:
        """A network for tests."""
        return cls(hidden_size=16)


class OriginalLSTM(nn.Module):
    """LSTM that predicts the next symbol of the sixteenth-note grid."""

    config_class = OriginalConfig

    def __init__(self, config: OriginalConfig) -> None:
        super().__init__()
        self.config = config
        self.lstm = nn.LSTM(config.n_symbols, config.hidden_size, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.hidden_size, config.n_symbols)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read symbols.

        Parameters
        ----------
        ids : Tensor of int64, shape=(B, T)
        state : (Tensor, Tensor), each shape=(1, B, hidden_size), optional

        Returns
        -------
        logits : Tensor, shape=(B, T, n_symbols)
            Of the symbol after each.
        state : (Tensor, Tensor)
        """
        one_hot = nn.functional.one_hot(ids, self.config.n_symbols).to(self.head.weight.dtype)
        hidden, state = self.lstm(one_hot, state)
        return self.head(self.dropout(hidden)), state

    @torch.inference_mode()
    def generate(
        self, prompt: list[int], *, n_steps: int = 500, temperature: float = 0.3, seed: int = 0
    ) -> list[int]:
        """Go on after a prompt as the original does: 64 delimiters first, until a delimiter or ``n_steps``.

        Returns
        -------
        list of int
            The prompt and what follows it, without the final delimiter.
        """
        generator = torch.Generator().manual_seed(seed)
        ids = torch.tensor([[0] * 64 + prompt])
        logits, state = self(ids)
        found = list(prompt)
        for _ in range(n_steps):
            # Divided as logits: the original divides logarithms of probabilities, which gives NaN at zero.
            weights = torch.softmax(logits[0, -1].double() / max(temperature, 1e-4), dim=-1)
            if not found:
                weights[:2] = 0  # the original's tune may end before it begins; this one has a first note
            symbol = int(torch.multinomial(weights, 1, generator=generator))
            if symbol == 0:
                break
            found.append(symbol)
            logits, state = self(torch.tensor([[symbol]]), state)
        return found

"""The melody network one note at a time, for the search.

``nn.LSTM`` is made for sequences: for a single step it spends most of its time arranging weights. Here what the
embeddings contribute to the first layer's gates is looked up from tables, and a step is three products of
matrices. The result is that of :class:`~core.sonify.melody.model.MelodyLSTM` up to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.sonify.melody.model import MelodyLSTM

State = list[tuple[Tensor, Tensor]]


class StepNetwork:
    """A melody network prepared for stepping; holds no state of a melody."""

    def __init__(self, model: MelodyLSTM) -> None:
        self.config = model.config
        with torch.inference_mode():
            # Copies in the layout that the products want, made once.
            weight = model.lstm.get_parameter("weight_ih_l0").detach()
            tables, begin = [], 0
            for embedding in (
                model.interval, model.pitch_class, model.mode, model.ioi, model.phase, model.quarter,
            ):  # fmt: skip
                width = embedding.embedding_dim
                tables.append(torch.mm(embedding.weight, weight[:, begin : begin + width].T).contiguous())
                begin += width
            self.tables = tables
            self.register = weight[:, begin].clone()
            self.layers = []
            for layer in range(self.config.n_layers):
                hidden = model.lstm.get_parameter(f"weight_hh_l{layer}").T.contiguous()
                given = None if layer == 0 else model.lstm.get_parameter(f"weight_ih_l{layer}").T.contiguous()
                bias = model.lstm.get_parameter(f"bias_ih_l{layer}") + model.lstm.get_parameter(
                    f"bias_hh_l{layer}"
                )
                self.layers.append((given, hidden, bias.clone()))
            self.head_weight = model.interval_head.weight.detach().T.contiguous()
            self.head_bias = model.interval_head.bias.detach().clone()

    def begin(self, n_rows: int) -> State:
        """The state before any note, ``n_rows`` melodies."""
        zeros = torch.zeros((n_rows, self.config.hidden_size))
        return [(zeros, zeros) for _ in self.layers]

    def told(self, mode: int, ioi: Tensor, phase: Tensor, quarter: Tensor) -> Tensor:
        """What mode and rhythm contribute to the first layer, known before the search; shape=(..., 4 * hidden)."""
        return self.tables[2][mode] + self.tables[3][ioi] + self.tables[4][phase] + self.tables[5][quarter]

    def step(
        self, interval: Tensor, pitch_class: Tensor, register: Tensor, told: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """Read one note of each melody.

        Parameters
        ----------
        interval, pitch_class : Tensor of int64, shape=(B,)
        register : Tensor of float, shape=(B,)
        told : Tensor, shape=(B, 4 * hidden_size)
            From :meth:`told`.
        state : list of (Tensor, Tensor), each shape=(B, hidden_size)

        Returns
        -------
        logits : Tensor, shape=(B, n_intervals)
            Of the next interval.
        state : list of (Tensor, Tensor)
        """
        x = torch.addcmul(told, register[:, None], self.register[None])
        x = x + self.tables[0][interval] + self.tables[1][pitch_class]
        hidden, after = x, []
        for (given, recurrent, bias), (h, c) in zip(self.layers, state, strict=True):
            gates = torch.addmm(x if given is None else bias, h, recurrent)
            if given is None:
                gates += bias
            else:
                gates.addmm_(hidden, given)
            # PyTorch's order of gates: input, forget, cell, output.
            i, f, g, o = gates.chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(c)
            after.append((hidden, c))
        return torch.addmm(self.head_bias, hidden, self.head_weight), after

"""Inference of the folk network: one event at a time, several tunes side by side; and what a given tune costs."""

from __future__ import annotations

import numpy as np
import torch

from core.arrays import FloatArray
from core.folk import tokenizer as tk
from core.folk.model import FolkLSTM
from core.music.tune import Tune
from core.nn.lstm import LSTM


class Stepper:
    """Carries the state of several tunes through a shared network; made for one call, holds no weights."""

    def __init__(self, model: FolkLSTM, lstm: LSTM, context: tuple[int, int, int], n_rows: int) -> None:
        """Begin ``n_rows`` tunes with one context; ``lstm`` is the model's own."""
        self._model, self._lstm = model, lstm
        self._context = torch.tensor([context] * n_rows)
        self._state = self._lstm.begin(n_rows)
        self._hidden = self._rows = torch.empty(0)

    @torch.inference_mode()
    def pitches(self, rows: list[list[int]]) -> FloatArray:
        """Read one row a tune; logits of the next pitch, shape=(B, N_PITCHES)."""
        self._rows = torch.tensor(rows)[:, None]
        x = self._model.embed(self._rows, self._context)[:, 0].numpy()
        hidden, self._state = self._lstm.step(self._lstm.drive(x), self._state)
        self._hidden = torch.from_numpy(hidden)[:, None]
        found: FloatArray = self._model.pitch_logits(self._hidden, self._rows)[:, 0].double().numpy()
        return found

    @torch.inference_mode()
    def durations(self, pitches: list[int]) -> FloatArray:
        """Logits of the next length given the next pitch of each tune, shape=(B, N_DURATIONS)."""
        chosen = torch.tensor(pitches)[:, None]
        found: FloatArray = (
            self._model.duration_logits(self._hidden, self._rows, chosen)[:, 0].double().numpy()
        )
        return found


@torch.inference_mode()
def event_bits(model: FolkLSTM, tune: Tune) -> FloatArray:
    """Bits of every event of a tune.

    Returns
    -------
    ndarray of float64, shape=(n, 2)
        The pitch alone, and pitch and length jointly. Marks of phrases that have ended are read, the plan is
        not. What has no number of its own is scored as its nearest.
    """
    rows_list, targets_list = tk.encode(tune)
    rows, targets = torch.tensor([rows_list]), torch.tensor([targets_list])
    context = torch.tensor([tk.context_ids(tune.collection, tune.keys[0].mode, tune.meters[0].meter)])
    hidden, _ = model(rows, context)
    pitch = torch.log_softmax(model.pitch_logits(hidden, rows)[0].double(), dim=-1)
    length = torch.log_softmax(model.duration_logits(hidden, rows, targets[..., 0])[0].double(), dim=-1)
    each = torch.arange(len(rows_list))
    of_pitch, of_length = -pitch[each, targets[0, :, 0]], -length[each, targets[0, :, 1]]
    found: FloatArray = (torch.stack([of_pitch, of_pitch + of_length], dim=-1) / np.log(2)).numpy()
    return found

"""The in-piece n-gram beside `core.nn.ngram.WittenBell`, counted anew before every symbol."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nn.ngram import WittenBell
from training.baselines.in_piece_ngram import predict_in_piece

N_SYMBOLS = 4


@settings(max_examples=30, deadline=None)
@given(symbols=st.lists(st.integers(0, N_SYMBOLS - 1), max_size=14), longest=st.integers(0, 3))
def test_every_symbol_costs_what_counts_of_those_before_it_say(symbols: list[int], longest: int) -> None:
    nats, right = predict_in_piece(symbols, N_SYMBOLS, longest)
    for i, symbol in enumerate(symbols):
        # Only whole grams are counted, so each order is a table of its own; the longest that knows its context speaks.
        p = np.full(N_SYMBOLS, 1 / N_SYMBOLS)
        for k in range(min(longest, i) + 1):
            grams = np.array([symbols[j - k : j + 1] for j in range(k, i)], dtype=np.int64).reshape(-1, k + 1)
            context = symbols[i - k : i]
            after = grams[(grams[:, :k] == context).all(axis=1), k]
            if len(after):
                counts, kinds = np.bincount(after, minlength=N_SYMBOLS), len(np.unique(after))
                p = (counts + kinds * p) / (len(after) + kinds)
        assert p.sum() == pytest.approx(1.0)
        assert nats[i] == pytest.approx(-np.log(p[symbol]))
        assert right[i] == (p.argmax() == symbol)


def test_frequencies_alone_are_those_of_witten_and_bell() -> None:
    heard, last = np.array([2, 0, 2, 1, 2]), 3
    model = WittenBell(heard[:, None], np.ones(len(heard)), N_SYMBOLS)
    nats, _ = predict_in_piece([*heard.tolist(), last], N_SYMBOLS, longest=0)
    assert np.exp(-nats[-1]) == pytest.approx(model.probabilities(np.array([[last]]))[0])


def test_a_symbol_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="range from 0 to 3, not 0 to 4"):
        predict_in_piece([0, 4], N_SYMBOLS)

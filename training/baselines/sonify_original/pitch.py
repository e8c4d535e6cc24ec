"""The original's pitch technique: each data point is read as the newest note, and the likeliest next is played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arrays import FloatArray, IntArray
from core.errors import InputError
from training.baselines.sonify_original.config import HIGHEST_PITCH, LOWEST_PITCH

if TYPE_CHECKING:
    from training.baselines.sonify_original.model import OriginalPitchNetwork

N_PITCHES = 128
_BATCH = 512  # windows a forward pass; the figures do not depend on it


def data_pitches(values: ArrayLike) -> IntArray:
    """Spread a series linearly over the 40 pitches 50-89, as the original does for both techniques.

    Parameters
    ----------
    values : array_like of float, shape=(n,)
        Finite numbers.

    Returns
    -------
    ndarray of int64, shape=(n,)
        ``floor(50 + (v - min) * 39 / (max - min))``. A constant series, at which the original divides by
        zero, lies at 69.

    Raises
    ------
    InputError
        If there is no number, or one of them is NaN or infinite.
    """
    v = np.asarray(values, dtype=np.float64).ravel()
    if not len(v) or not np.isfinite(v).all():
        raise InputError(
            "This technique needs numbers without gaps, and at least one. Remove the rows that have none."
        )
    # A power of two keeps every digit and keeps differences of huge numbers finite.
    v = np.ldexp(v, -int(np.frexp(np.abs(v).max())[1]))
    low, high = v.min(), v.max()
    if low == high:
        return np.full(len(v), (LOWEST_PITCH + HIGHEST_PITCH) // 2, dtype=np.int64)
    width = HIGHEST_PITCH - LOWEST_PITCH
    pitch: IntArray = np.floor(LOWEST_PITCH + (v - low) * width / (high - low)).astype(np.int64)
    pitch[v == high] = HIGHEST_PITCH  # where rounding ends just below it
    return pitch


def into_range(pitch: ArrayLike) -> IntArray:
    """Shift pitches outside 50-89 by whole octaves until they lie inside."""
    p = np.asarray(pitch, dtype=np.int64)
    octaves_up = np.maximum(0, -((p - LOWEST_PITCH) // 12))
    octaves_down = np.maximum(0, -((HIGHEST_PITCH - p) // 12))
    moved: IntArray = p + 12 * (octaves_up - octaves_down)
    return moved


def follow_pitch(
    model: OriginalPitchNetwork, values: ArrayLike, *, prompt: Sequence[int] | None = None
) -> IntArray:
    """Sonify a series: one note a point.

    The context is 49 notes and the data point as the 50th. The likeliest next note is played, takes the data
    point's place in the context, and the window slides by one. The context therefore only ever holds the
    network's own notes, after those of the prompt have left it.

    Parameters
    ----------
    model : OriginalPitchNetwork
        In evaluation mode.
    values : array_like of float, shape=(n,)
        As in :func:`data_pitches`.
    prompt : sequence of int, length ``config.window``, optional
        MIDI pitches; by default the first training window. Its first note is not used.

    Returns
    -------
    ndarray of int64, shape=(n,)
        MIDI pitches. The same series always gives the same notes.

    Raises
    ------
    InputError
        As in :func:`data_pitches`.
    ValueError
        If the prompt does not have ``config.window`` notes.
    """
    import torch

    config = model.config
    start = config.prompt if prompt is None else tuple(prompt)
    if len(start) != config.window:
        raise ValueError(f"the prompt must have {config.window} notes, got {len(start)}")
    context, notes = list(start[1:]), []
    with torch.inference_mode():
        for point in data_pitches(values).tolist():
            x = torch.tensor([*context, point], dtype=torch.float32) / HIGHEST_PITCH
            logits = model(x[None, :, None])[0, -1]
            note = config.classes[int(logits.argmax())]
            notes.append(note)
            context = [*context[1:], note]
    return np.array(notes, dtype=np.int64)


def held_out_nll(model: OriginalPitchNetwork, melodies: Sequence[ArrayLike]) -> FloatArray:
    """Negative log-likelihood of melodies under the network, over all 128 pitches.

    Parameters
    ----------
    model : OriginalPitchNetwork
        In evaluation mode.
    melodies : sequence of array_like of int
        MIDI pitches of each.

    Returns
    -------
    ndarray of float64, shape=(total number of notes,)
        Nats, note after note, melody after melody. The softmax over the classes is mixed with a uniform
        distribution (``config.uniform_share``). A melody's first note has no context and counts as uniform:
        ln 128.
    """
    probability, _ = next_note(model, melodies)
    return nats(probability, model.config.uniform_share)


def nats(probability: FloatArray, uniform_share: float) -> FloatArray:
    """Negative logarithm of what :func:`next_note` gives, mixed with a uniform distribution over 128 pitches."""
    mixed = (1 - uniform_share) * probability + uniform_share / N_PITCHES
    surprise: FloatArray = -np.log(np.where(np.isnan(probability), 1 / N_PITCHES, mixed))
    return surprise


def next_note(
    model: OriginalPitchNetwork, melodies: Sequence[ArrayLike]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The softmax probability of each note of melodies, and whether it is the likeliest class.

    The context is the window of notes before it, shifted by octaves into 50-89; at the beginning of a melody
    it is filled up on the left with the first note.

    Returns
    -------
    probability : ndarray of float64, shape=(total number of notes,)
        0 for a pitch outside the classes, NaN for a melody's first note.
    right : ndarray of bool, shape=(total number of notes,)
        False for a melody's first note.
    """
    import torch

    window = model.config.window
    class_of = np.full(N_PITCHES, -1)
    class_of[list(model.config.classes)] = np.arange(len(model.config.classes))
    probability, right = [], []
    for melody in melodies:
        pitch = np.asarray(melody, dtype=np.int64)
        if not len(pitch):
            continue
        known = into_range(pitch)
        padded = np.concatenate([np.full(window - 1, known[0]), known]).astype(np.float32) / HIGHEST_PITCH
        contexts = np.lib.stride_tricks.sliding_window_view(padded, window)[:-1]
        target = class_of[pitch[1:]]
        p, r = np.zeros(len(pitch)), np.zeros(len(pitch), dtype=bool)
        p[0] = np.nan
        for begin in range(0, len(target), _BATCH):
            x = torch.from_numpy(contexts[begin : begin + _BATCH].copy())
            with torch.inference_mode():
                chance = model(x[..., None])[:, -1].softmax(-1).double().numpy()
            aim = target[begin : begin + _BATCH]
            rows = slice(begin + 1, begin + 1 + len(aim))
            p[rows] = np.where(aim >= 0, chance[np.arange(len(aim)), aim], 0.0)
            r[rows] = chance.argmax(-1) == aim
        probability.append(p)
        right.append(r)
    if not probability:
        return np.empty(0), np.empty(0, dtype=bool)
    return np.concatenate(probability), np.concatenate(right)

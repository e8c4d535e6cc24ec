"""Train the melody network of Sonify Data and count its n-gram, and score both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import Float32Array, FloatArray
from core.music.key import tonic_and_mode
from core.nn.card import Card
from core.sonify.melody.config import MODES, MelodyConfig
from core.sonify.melody.model import MelodyLSTM
from core.sonify.melody.ngram import MelodyNgram
from training.intervals import bootstrap
from training.loop import Objective, step_rng
from training.recipe import Schedule
from training.run import Run
from training.sonify.melody_features import features
from training.sonify.prepare import Parts, Piece, count_by_set, read_parts
from training.splits import BY_FAMILY

UNKNOWN = MODES.index("unknown")


@dataclass(frozen=True, kw_only=True)
class MelodyOptions:
    """The recipe's section ``[options]``.

    Attributes
    ----------
    window : int
        Notes a training example.
    ioi_weight : float
        The rhythm head's share of the loss beside the interval's 1.
    unknown_share : float
        Of the windows that are not told their key.
    """

    window: int = 128
    ioi_weight: float = 0.3
    unknown_share: float = 0.5


Encoded = tuple[Float32Array, int]  # a melody's features as columns, and its mode


def encode(piece: Piece, config: MelodyConfig, *, tonic: int | None = None) -> Encoded:
    """Stack a melody's features as columns, with its mode.

    Returns
    -------
    ndarray of float32, shape=(n, 6)
        interval, pitch class, register, ioi, phase, quarter.
    int
        Index of the estimated mode.
    """
    pitch, onset = piece.melody[:, 2], piece.melody[:, 0]
    found, mode = tonic_and_mode(pitch, piece.melody[:, 1].astype(float))
    f = features(pitch, onset, bar=piece.bar, tonic=found if tonic is None else tonic, config=config)
    columns = [f.interval, f.pitch_class, f.register, f.ioi, f.phase, f.quarter]
    return np.stack(columns, axis=1).astype(np.float32), MODES.index(mode)


def _losses(model: MelodyLSTM, table: Tensor, mode: Tensor) -> tuple[Tensor, Tensor]:
    """Negative log-likelihood of each next interval and each next length, shape=(B, T - 1).

    The columns of the table, (B, T, 6), are interval, pitch class, register, ioi, phase, quarter.
    """
    interval, pitch_class, register, ioi, phase, quarter = (
        table[..., i] if i == 2 else table[..., i].long() for i in range(6)
    )
    modes = mode[:, None].expand(interval.shape)
    hidden, _ = model(
        interval[:, :-1],
        pitch_class[:, :-1],
        register[:, :-1],
        ioi[:, :-1],
        phase[:, :-1],
        quarter[:, :-1],
        modes[:, :-1],
    )
    target = interval[:, 1:].clamp(max=model.config.n_intervals - 1)
    loss = nn.functional.cross_entropy(
        model.interval_logits(hidden).transpose(1, 2), target, reduction="none"
    )
    lengths = model.ioi_logits(hidden, interval[:, 1:], pitch_class[:, 1:])
    ioi_loss = nn.functional.cross_entropy(lengths.transpose(1, 2), ioi[:, 1:], reduction="none")
    return loss, ioi_loss


def make_objective(
    parts: Parts, config: MelodyConfig, options: MelodyOptions, schedule: Schedule
) -> Objective[MelodyLSTM, tuple[Tensor, Tensor]]:
    """A network and its random windows; the step that costs the validation melodies least is kept."""
    torch.manual_seed(schedule.seed)
    encoded = [encode(piece, config) for piece in parts["train"]]

    def draw(step: int) -> tuple[Tensor, Tensor]:
        return _draw_windows(encoded, options, schedule.batch_size, step_rng(schedule.seed, step))

    def loss(model: MelodyLSTM, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        pitch, ioi = _losses(model, *batch)
        return pitch.mean() + options.ioi_weight * ioi.mean(), float(pitch.numel())

    def score(model: MelodyLSTM) -> dict[str, float]:
        return {"validation_nats": float(np.concatenate(held_out_nll(model, parts["validation"])).mean())}

    return Objective(model=MelodyLSTM(config), draw=draw, loss=loss, score=score, keep="validation_nats")


def _draw_windows(
    encoded: Sequence[Encoded], options: MelodyOptions, size: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Random windows, (B, T, 6), and their modes; long pieces are drawn in proportion to their length."""
    window = options.window
    weight = np.array([max(1, len(table) // window) for table, _ in encoded], dtype=float)
    tables, modes = np.zeros((size, window, 6), dtype=np.float32), np.zeros(size, dtype=np.int64)
    for row, which in enumerate(rng.choice(len(encoded), size, p=weight / weight.sum())):
        table, mode = encoded[which]
        if len(table) <= window:
            # Short pieces are repeated: folk tunes are played several times anyway.
            table = np.concatenate([table] * (window // len(table) + 1))
            begin = 0
        else:
            begin = int(rng.integers(0, len(table) - window + 1))
        tables[row] = table[begin : begin + window]
        unknown = rng.random() < options.unknown_share
        modes[row] = UNKNOWN if unknown else mode
        if unknown:
            tables[row, :, 1] = (tables[row, :, 1] + rng.integers(12)) % 12
    return torch.from_numpy(tables), torch.from_numpy(modes)


@torch.inference_mode()
def held_out_nll(
    model: MelodyLSTM, pieces: Sequence[Piece], *, key_known: bool = False, which: str = "pitch"
) -> list[FloatArray]:
    """Score every note after the first of each piece.

    Parameters
    ----------
    model : MelodyLSTM
    pieces : sequence of Piece
    key_known : bool
        Tell the network the key that was estimated from the whole melody; otherwise it gets none and the
        place above C, so that nothing of the future leaks into the figure.
    which : {"pitch", "ioi"}

    Returns
    -------
    list of ndarray of float64
        Nats a note, an array a piece. A step beyond the largest interval is scored as its octave equivalent
        within the range plus ln 128: no class says it.
    """
    model.eval()
    result = []
    for piece in pieces:
        table, mode = encode(piece, model.config, tonic=None if key_known else 0)
        modes = torch.tensor([mode if key_known else UNKNOWN])
        loss, ioi_loss = _losses(model, torch.from_numpy(table[None]), modes)
        scored = (ioi_loss if which == "ioi" else loss)[0].double().numpy()
        if which == "pitch":
            beyond = np.abs(np.diff(piece.melody[:, 2])) > model.config.max_interval
            scored = scored + beyond * np.log(128)
        result.append(scored)
    return result


def summary(per_piece: Sequence[FloatArray]) -> dict[str, object]:
    """Mean cost of a note in nats with its interval and how many notes and pieces it is from."""
    scores = np.concatenate(list(per_piece))
    return {
        "nats": round(float(scores.mean()), 4),
        "interval": bootstrap(per_piece),
        "n_notes": len(scores),
        "n_pieces": len(per_piece),
    }


def count(train_pieces: Sequence[Piece]) -> MelodyNgram:
    """Count the scorer's n-grams in melodies, each in its own estimated key."""
    return MelodyNgram.count([(p.melody[:, 2], _tonic(p)) for p in train_pieces])


def _tonic(piece: Piece) -> int:
    return tonic_and_mode(piece.melody[:, 2], piece.melody[:, 1].astype(float))[0]


def rows(
    model: MelodyLSTM | None, ngram: MelodyNgram, pieces: Sequence[Piece]
) -> dict[str, list[FloatArray]]:
    """Cost of every note after the first under the network, if there is one, and the n-gram, with and without the key.

    Returns
    -------
    dict
        ``lstm``, ``lstm_key_known``, ``ngram_order3`` (no key is told) and ``ngram_order3_key_known``: an array
        a piece, nats.
    """
    network = (
        {
            "lstm": held_out_nll(model, pieces),
            "lstm_key_known": held_out_nll(model, pieces, key_known=True),
        }
        if model is not None
        else {}
    )
    return {
        **network,
        "ngram_order3": [ngram.nll(p.melody[:, 2], key_known=False) for p in pieces],
        "ngram_order3_key_known": [ngram.nll(p.melody[:, 2], _tonic(p)) for p in pieces],
    }


def real_nats(ngram: MelodyNgram, pieces: Sequence[Piece]) -> float:
    """Mean cost of real melodies under the scorer, nats per note, averaged over melodies."""
    return round(float(np.mean([ngram.nll(p.melody[:, 2], _tonic(p)).mean() for p in pieces])), 4)


def train(run: Run) -> Card:
    """Train the network, score it beside the n-gram on validation and test part, and write the pair."""
    parts, n_unusable = read_parts(run)
    config = MelodyConfig(**run.model_settings)
    schedule = run.recipe.fitting
    done = run.fit(make_objective(parts, config, run.read_options(MelodyOptions), schedule), label="melody")
    before = summary(held_out_nll(done.model, parts["validation"]))
    model = done.model.half().float()  # scored is what will be loaded
    figures = score(model, count(parts["train"]), parts)
    return run.export(
        model.half(),
        pieces=count_by_set(parts),
        split=f"by family: {BY_FAMILY}",
        metrics={
            **figures,
            "validation_before_half_precision": before,
            "unusable_files": n_unusable,
        },
        intended_use="Composes melodies that follow a data series (Melody mode of Sonify Data), steered note by note.",
        limits="It was trained on Western tonal melodies: pop songs, British and American folk tunes, classical "
        "piano pieces. Outside major and minor scales it is unreliable, and it models neither lyrics nor "
        "phrasing nor timbre.",
    )


def train_ngram(run: Run) -> Card:
    """Count the n-gram, score it on validation and test part, and write the pair."""
    parts, _ = read_parts(run)
    ngram = count(parts["train"])
    return run.export(
        ngram,
        pieces=count_by_set(parts),
        split=f"by family: {BY_FAMILY}",
        metrics=score(None, ngram, parts),
        intended_use="Scores how much like real melodies a melody is; independent of the network that composes.",
        limits="It looks back three notes: intervals and scale degrees, no form. A predictable melody may still be a"
        " dull one.",
    )


def score(model: MelodyLSTM | None, ngram: MelodyNgram, parts: Parts) -> dict[str, Any]:
    """Costs on the validation and the test part, and what real melodies cost under the scorer."""
    return {
        part: {
            **{name: summary(scores) for name, scores in rows(model, ngram, parts[part]).items()},
            "real_nll_nats": real_nats(ngram, parts[part]),
        }
        for part in ("validation", "test")
    }

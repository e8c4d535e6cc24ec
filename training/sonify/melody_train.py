"""Train the melody network of Sonify Data and count its n-gram, and score both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import Float32Array, FloatArray, IntArray
from core.music.key import tonic_and_mode
from core.nn.card import Card
from core.sonify.melody.config import MODES, MelodyConfig
from core.sonify.melody.model import MelodyLSTM
from core.sonify.melody.ngram import MelodyNgram
from training.datasets import describe_sets
from training.export import export
from training.intervals import bootstrap
from training.optimization import BestWeights, Clock, append_line, descend
from training.sonify.melody_features import features
from training.sonify.prepare import SETS, Piece, read_pieces, split
from training.splits import BY_FAMILY

UNKNOWN = MODES.index("unknown")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained."""

    n_epochs: int = 22
    window: int = 128  # notes a training example
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    ioi_weight: float = 0.3  # the rhythm head's share of the loss beside the interval's 1
    unknown_share: float = 0.5  # of the windows that are not told their key
    seed: int = 1


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


def _batch(table: Float32Array) -> tuple[Tensor, ...]:
    """Columns as tensors: (B, T, 6) -> interval, pitch class, register, ioi, phase, quarter."""
    t = torch.from_numpy(table)
    return tuple(t[..., i] if i == 2 else t[..., i].long() for i in range(6))


def _losses(model: MelodyLSTM, table: Float32Array, mode: IntArray) -> tuple[Tensor, Tensor]:
    """Negative log-likelihood of each next interval and each next length, shape=(B, T - 1)."""
    interval, pitch_class, register, ioi, phase, quarter = _batch(table)
    modes = torch.from_numpy(mode)[:, None].expand(interval.shape)
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


def fit(
    train: Sequence[Piece],
    validation: Sequence[Piece],
    *,
    config: MelodyConfig | None = None,
    recipe: Recipe | None = None,
    log: Path | None = None,
) -> tuple[MelodyLSTM, dict[str, float]]:
    """Train on melodies and keep the epoch that scores best on the validation part.

    Returns
    -------
    MelodyLSTM
    dict
        ``epoch`` and ``validation_nll_nats`` of the kept epoch, ``hours``.
    """
    config, recipe = config or MelodyConfig(), recipe or Recipe()
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    model = MelodyLSTM(config)
    encoded = [encode(piece, config) for piece in train]
    n_windows = sum(max(1, len(table) // recipe.window) for table, _ in encoded)
    n_steps = recipe.n_epochs * (n_windows // recipe.batch_size)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=recipe.learning_rate, total_steps=max(1, n_steps) + 1, pct_start=0.1
    )
    best, clock = BestWeights(), Clock(np.inf)
    for epoch in range(1, recipe.n_epochs + 1):
        model.train()
        for table, mode in _draw_windows(encoded, recipe, rng, n_windows // recipe.batch_size):
            loss, ioi_loss = _losses(model, table, mode)
            total = loss.mean() + recipe.ioi_weight * ioi_loss.mean()
            descend(model, optimizer, total)
            schedule.step()
        nll = float(np.concatenate(held_out_nll(model, validation)).mean())
        best.offer(nll, model, epoch)
        append_line(log, f"epoch {epoch}: validation {nll:.4f} nats, {clock.seconds:.0f} s")
    best.restore(model)
    return model.eval(), {
        "epoch": best.place,
        "validation_nll_nats": best.score,
        "hours": round(clock.hours, 2),
    }


def _draw_windows(
    encoded: Sequence[Encoded], recipe: Recipe, rng: np.random.Generator, n_batches: int
) -> Iterator[tuple[Float32Array, IntArray]]:
    """Batches of random windows; long pieces are drawn in proportion to their length."""
    weight = np.array([max(1, len(table) // recipe.window) for table, _ in encoded], dtype=float)
    weight /= weight.sum()
    for _ in range(n_batches):
        tables = np.zeros((recipe.batch_size, recipe.window, 6), dtype=np.float32)
        modes = np.zeros(recipe.batch_size, dtype=np.int64)
        for row, which in enumerate(rng.choice(len(encoded), recipe.batch_size, p=weight)):
            table, mode = encoded[which]
            if len(table) <= recipe.window:
                # Short pieces are repeated: folk tunes are played several times anyway.
                table = np.concatenate([table] * (recipe.window // len(table) + 1))
                begin = 0
            else:
                begin = int(rng.integers(0, len(table) - recipe.window + 1))
            tables[row] = table[begin : begin + recipe.window]
            unknown = rng.random() < recipe.unknown_share
            modes[row] = UNKNOWN if unknown else mode
            if unknown:
                tables[row, :, 1] = (tables[row, :, 1] + rng.integers(12)) % 12
        yield tables, modes


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
        modes = np.array([mode if key_known else UNKNOWN])
        loss, ioi_loss = _losses(model, table[None], modes)
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


def rows(model: MelodyLSTM, ngram: MelodyNgram, pieces: Sequence[Piece]) -> dict[str, list[FloatArray]]:
    """Cost of every note after the first under the network and the n-gram, with and without the key.

    Returns
    -------
    dict
        ``lstm``, ``lstm_key_known``, ``ngram_order3`` (no key is told) and ``ngram_order3_key_known``: an array
        a piece, nats.
    """
    return {
        "lstm": held_out_nll(model, pieces),
        "lstm_key_known": held_out_nll(model, pieces, key_known=True),
        "ngram_order3": [ngram.nll(p.melody[:, 2], key_known=False) for p in pieces],
        "ngram_order3_key_known": [ngram.nll(p.melody[:, 2], _tonic(p)) for p in pieces],
    }


def real_nats(ngram: MelodyNgram, pieces: Sequence[Piece]) -> float:
    """Mean cost of real melodies under the scorer, nats per note, averaged over melodies."""
    return round(float(np.mean([ngram.nll(p.melody[:, 2], _tonic(p)).mean() for p in pieces])), 4)


def describe_data(parts: dict[str, list[Piece]]) -> list[dict[str, Any]]:
    """What the card says of the data: sets, licenses, pieces a part."""
    return describe_sets(parts, lambda piece: piece.source, SETS, split=f"by family: {BY_FAMILY}")


def train(data: Path, out: Path, recipe: Recipe | None = None, log: Path | None = None) -> list[Card]:
    """Train the network, count the n-gram, score both on the test part and write both pairs.

    Parameters
    ----------
    data : Path
        The folder that holds the sets.
    out : Path
        Where the pairs are written.
    """
    pieces, unusable = read_pieces(data, SETS)
    parts = split(pieces)
    recipe = recipe or Recipe()
    model, told = fit(parts["train"], parts["validation"], recipe=recipe, log=log)
    return export_pair(model, told, parts, len(unusable), recipe, out)


def export_pair(
    model: MelodyLSTM,
    told: dict[str, float],
    parts: dict[str, list[Piece]],
    n_unusable: int,
    recipe: Recipe,
    out: Path,
) -> list[Card]:
    """Score a trained network and its n-gram on the test part and write both pairs."""
    ngram = count(parts["train"])
    metrics = {
        part: {
            **{name: summary(scores) for name, scores in rows(model, ngram, parts[part]).items()},
            "real_nll_nats": real_nats(ngram, parts[part]),
        }
        for part in ("validation", "test")
    }
    training = {
        "command": "python -m training train sonify-melody --data DATA",
        "seed": recipe.seed,
        "hours": told["hours"],
        "hardware": "2 CPU cores",
    }
    account = describe_data(parts)
    lstm = export(
        model,
        name="sonify_melody",
        data=account,
        training={**training, "recipe": dataclasses.asdict(recipe), "kept_epoch": told["epoch"]},
        metrics={**metrics, "unusable_files": n_unusable},
        intended_use="Composes melodies that follow a data series (Melody mode of Sonify Data), steered note by note.",
        limits="It was trained on Western tonal melodies: pop songs, British and American folk tunes, classical "
        "piano pieces. Outside major and minor scales it is unreliable, and it models neither lyrics nor "
        "phrasing nor timbre.",
        directory=out,
    )
    scorer = export(
        ngram,
        name="sonify_ngram",
        data=account,
        training={**training, "hours": 0.0},
        metrics=metrics,
        intended_use="Scores how much like real melodies a melody is; independent of the network that composes.",
        limits="It looks back three notes: intervals and scale degrees, no form. A predictable melody may still be a"
        " dull one.",
        directory=out,
    )
    return [lstm, scorer]

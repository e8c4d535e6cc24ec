"""Train the judges of moods: fit them on labeled clips, calibrate them, score them on test parts and on clips heard back.

The first judge learns from EMOPIA and VGMIDI; it rates on the pages where research weights are chosen, and its valence
guided about twenty settings of the steering. The second learns from VGMIDI only, and nothing was ever chosen by it: it
rates what has been composed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from core.arrays import BoolArray, FloatArray, IntArray
from core.emotion.judge.config import AXES, JudgeConfig
from core.emotion.judge.features import FEATURE_NAMES, describe, windows, without_loudness
from core.emotion.judge.judge import MoodJudge
from core.emotion.judge.model import AxisJudge, Forest, MoodModel, ViewJudge
from core.music.performance import Performance
from core.nn.card import Card
from core.nn.weights import to_arrays
from training.datasets import map_in_processes
from training.emotion.hearing import describe_synthesizer, hear
from training.emotion.mood_prepare import SETS, SPLIT, LabeledPiece, family_names, labels, read_labeled
from training.emotion.mood_scores import bootstrap_songs, fit_baseline, manipulations, score
from training.run import Run
from training.splits import split_of

N_FOLDS = 4
# How much the linear judge, the boosted and the random trees count: by cross-validation on the training part.
SHARES = {"valence": (0.45, 0.45, 0.1), "arousal": (0.1, 0.45, 0.45)}


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a judge is fitted.

    Attributes
    ----------
    seed : int
        Of the trees and of what is drawn.
    n_heard : int
        Training clips that are played by the synthesizer and heard back; 0 for none, also of the test part.
    vgmidi_weight : float
        Of a piece of VGMIDI beside one of EMOPIA: arranged games have no pedal, and labels from another question.
    """

    seed: int = 0
    n_heard: int = 130
    vgmidi_weight: float = 0.5


class Table:
    """Features of pieces, the long ones in several parts.

    Attributes
    ----------
    x : ndarray, shape=(rows, F)
    y : ndarray of int, shape=(rows, 2)
    weight : ndarray, shape=(rows,)
        The parts of a piece share its weight.
    piece : ndarray of int, shape=(rows,)
        Which piece a row is of.
    """

    def __init__(self, performances: Sequence[Performance], truth: IntArray, weights: FloatArray) -> None:
        parts = [windows(performance) for performance in performances]
        self.x = describe_all([part for of_one in parts for part in of_one])
        self.piece = np.repeat(np.arange(len(parts)), [len(of_one) for of_one in parts])
        self.weight = weights[self.piece] / np.array([len(of_one) for of_one in parts])[self.piece]
        self.y = truth[self.piece]


def describe_all(performances: Sequence[Performance]) -> FloatArray:
    """Features of many pieces, shape=(n, F)."""
    return np.array(map_in_processes(describe, performances))


# Fitting.


def fit_view(table: Table, rows: BoolArray, config: JudgeConfig, seed: int = 0) -> ViewJudge:
    """Fit the three judges of both axes on some rows; the calibration stays what it is."""
    view = ViewJudge(config)
    x, y, weight = table.x[rows].astype(np.float32), table.y[rows], table.weight[rows]
    shift = np.average(x, axis=0, weights=weight)
    scale = np.sqrt(np.average((x - shift) ** 2, axis=0, weights=weight)).clip(1e-6)
    _put(view.shift, shift)
    _put(view.scale, scale)
    standardized = ((x - shift) / scale).clip(-4, 4)
    for k, axis in enumerate(AXES):
        judge = _axis_judge(view, axis)
        linear = LogisticRegression(C=0.01, max_iter=1000)
        linear.fit(standardized, y[:, k], sample_weight=weight)
        _put(judge.linear.weight, linear.coef_)
        _put(judge.linear.bias, linear.intercept_)
        boosted = GradientBoostingClassifier(
            n_estimators=config.n_boosted,
            learning_rate=0.06,
            max_leaf_nodes=(config.n_boosted_nodes + 1) // 2,
            max_features=0.1,
            subsample=0.6,
            min_samples_leaf=10,
            random_state=seed,
        )
        boosted.fit(x, y[:, k], sample_weight=weight)
        share_high = np.average(y[:, k], weights=weight)
        _put(judge.start, np.log(share_high / (1 - share_high)))
        _plant(judge.boosted, [row[0].tree_ for row in boosted.estimators_], leaf=lambda v: 0.06 * v[:, 0, 0])
        random = ExtraTreesClassifier(
            config.n_random,
            min_samples_leaf=4,
            max_features=0.3,
            random_state=seed,
            max_leaf_nodes=(config.n_random_nodes + 1) // 2,
            max_depth=config.depth,
        )
        random.fit(x, y[:, k], sample_weight=weight)
        _plant(
            judge.random,
            [tree.tree_ for tree in random.estimators_],
            leaf=lambda v: v[:, 0, 1] / v[:, 0].sum(axis=1),
        )
        _put(judge.share, np.array(SHARES[axis]))
    return view.eval()


def _axis_judge(view: ViewJudge, axis: str) -> AxisJudge:
    return cast(AxisJudge, view.axes[axis])


def _put(parameter: torch.Tensor, value: Any) -> None:
    parameter.data = torch.as_tensor(np.asarray(value), dtype=parameter.dtype).reshape(parameter.shape)


def _plant(forest: Forest, trees: Sequence[Any], leaf: Callable[[FloatArray], FloatArray]) -> None:
    """Copy scikit-learn's trees into tensors."""
    for i, tree in enumerate(trees):
        n = tree.node_count
        ends = tree.children_left < 0
        own = np.arange(n)
        for tensor, value in (
            (forest.feature, np.where(ends, 0, tree.feature)),
            (forest.threshold, tree.threshold),
            (forest.left, np.where(ends, own, tree.children_left)),
            (forest.right, np.where(ends, own, tree.children_right)),
            (forest.value, leaf(tree.value)),
        ):
            tensor.data[i, :n] = torch.as_tensor(np.asarray(value), dtype=tensor.dtype)


@torch.inference_mode()
def log_odds(view: ViewJudge, table: Table, n_pieces: int) -> FloatArray:
    """Of each piece, the mean over its parts, shape=(n_pieces, 2); NaN where it has none."""
    found = np.full((n_pieces, 2), np.nan)
    values = view(torch.from_numpy(table.x.astype(np.float32))).double().numpy()
    for piece in np.unique(table.piece):
        found[piece] = values[table.piece == piece].mean(axis=0)
    return found


def cross_validate(
    table: Table, folds: IntArray, config: JudgeConfig, seed: int = 0
) -> tuple[FloatArray, list[ViewJudge]]:
    """Log odds of each piece by judges that saw no piece of its song, shape=(n, 2), and those judges.

    A piece whose fold is -1 is in no fold and has NaN.
    """
    found, views = np.full((len(folds), 2), np.nan), []
    for fold in range(int(folds.max()) + 1):
        inside = folds[table.piece] == fold
        views.append(fit_view(table, ~inside & (folds[table.piece] >= 0), config, seed))
        scores = log_odds(views[-1], table, len(folds))
        found[folds == fold] = scores[folds == fold]
    return found, views


def calibrate(view: ViewJudge, scores: FloatArray, truth: IntArray) -> None:
    """Platt's slope and offset from cross-validated log odds."""
    for k, axis in enumerate(AXES):
        platt = LogisticRegression(C=1e3).fit(scores[:, k : k + 1], truth[:, k])
        judge = _axis_judge(view, axis)
        _put(judge.slope, platt.coef_)
        _put(judge.offset, platt.intercept_)


# Recordings.


def _hear_some(
    pieces: Sequence[LabeledPiece], known: BoolArray, held_out: BoolArray, options: Options
) -> dict[str, Performance]:
    """Transcribe renderings of some training clips and all held-out ones."""
    if not options.n_heard:
        return {}
    some = np.random.default_rng(options.seed).permutation(np.flatnonzero(known))[: options.n_heard]
    return {pieces[i].name: hear(pieces[i].performance) for i in [*some, *np.flatnonzero(held_out)]}


def adapt_to_recordings(view: ViewJudge, true_x: FloatArray, heard_x: FloatArray) -> ViewJudge:
    """The same judges for features of heard notes: each is shifted and scaled to what it is of the true notes.

    Parameters
    ----------
    view : ViewJudge
    true_x, heard_x : ndarray, shape=(n, F)
        Of the same clips.

    Returns
    -------
    ViewJudge
        It takes features of heard notes as they are: thresholds and the linear judge's scale carry the change.
    """
    factor = (true_x.std(axis=0).clip(1e-6) / heard_x.std(axis=0).clip(1e-6)).clip(0.1, 10.0)
    true_mean, heard_mean = true_x.mean(axis=0), heard_x.mean(axis=0)
    moved = copy.deepcopy(view)
    _put(moved.shift, heard_mean + (view.shift.numpy() - true_mean) / factor)
    _put(moved.scale, view.scale.numpy() / factor)
    for judge in (_axis_judge(moved, axis) for axis in AXES):
        for forest in (judge.boosted, judge.random):
            used = forest.feature.long().numpy()
            threshold = (forest.threshold.numpy() - true_mean[used]) / factor[used] + heard_mean[used]
            _put(forest.threshold, threshold)
    return moved


def add_recordings(
    model: MoodModel,
    fold_views: list[ViewJudge],
    folds: IntArray,
    pieces: Sequence[LabeledPiece],
    heard: dict[str, Performance],
) -> dict[str, Any]:
    """Make the view for recordings from training clips heard back, and score it on those of the test part.

    Parameters
    ----------
    model : MoodModel
        Its view "played" is fitted; "heard" is written.
    fold_views : list of ViewJudge
        Fitted without the songs of each fold.
    folds : ndarray of int, shape=(n,)
        Fold of each piece, -1 in the test part.
    pieces : sequence of LabeledPiece
    heard : dict
        Notes heard, by name of the piece; pieces that lack are left out.

    Returns
    -------
    dict
        Accuracies of heard notes and of the true notes of the same clips.
    """
    known = [i for i, piece in enumerate(pieces) if piece.name in heard and folds[i] >= 0]
    held_out = [piece for i, piece in enumerate(pieces) if piece.name in heard and folds[i] < 0]
    played = cast(ViewJudge, model.views["played"])
    if len(known) < 2:
        model.views["heard"].load_state_dict(played.state_dict())
        return {}
    true_x, heard_x = (
        describe_all([windows(of(pieces[i]))[0] for i in known])
        for of in (lambda piece: piece.performance, lambda piece: heard[piece.name])
    )
    truth, scores = labels([pieces[i] for i in known]), np.zeros((len(known), 2))
    for fold, view in enumerate(fold_views):
        inside = folds[known] == fold
        moved = adapt_to_recordings(view, true_x[~inside], heard_x[~inside])
        with torch.inference_mode():
            scores[inside] = moved(torch.from_numpy(heard_x[inside].astype(np.float32))).numpy()
    view = model.views["heard"] = adapt_to_recordings(played, true_x, heard_x)
    calibrate(view, scores, truth)
    told: dict[str, Any] = {"cross_validation": {**_score_axes(scores > 0, truth), "n": len(known)}}
    return told | (
        _score_recordings(MoodJudge(model.config, to_arrays(model)), held_out, heard) if held_out else {}
    )


def _score_recordings(
    judge: MoodJudge, pieces: Sequence[LabeledPiece], heard: dict[str, Performance]
) -> dict[str, Any]:
    truth, songs, told = labels(pieces), [piece.key for piece in pieces], {}
    for name, judged in (
        ("test_heard", [judge.judge(heard[piece.name], heard=True) for piece in pieces]),
        ("test_heard_as_if_played", [judge.judge(heard[piece.name]) for piece in pieces]),
        ("test_true_notes", [judge.judge(piece.performance) for piece in pieces]),
    ):
        said = np.array([[one.p_high_valence > 0.5, one.p_high_arousal > 0.5] for one in judged])
        right = said == truth
        told[name] = {
            **_score_axes(said, truth),
            "n": len(pieces),
            "intervals": {
                f"{axis}_accuracy": bootstrap_songs(right[:, k], songs) for k, axis in enumerate(AXES)
            },
        }
    return told


def _score_axes(said: BoolArray, truth: IntArray) -> dict[str, float]:
    return {
        f"{axis}_accuracy": round(float((said[:, k] == truth[:, k]).mean()), 4) for k, axis in enumerate(AXES)
    }


def train(run: Run) -> Card:
    """Fit the first judge on EMOPIA and VGMIDI, calibrate it by cross-validation over songs, score it, write the pair.

    Raises
    ------
    InputError
        If there are no labeled pieces.
    """
    return _train(run, first=True)


def train_second(run: Run) -> Card:
    """Fit the second judge, on VGMIDI only; as `train`."""
    return _train(run, first=False)


def _train(run: Run, *, first: bool) -> Card:
    options, config = run.read_options(Options), JudgeConfig(**run.model_settings)
    pieces = [piece for folder in run.folders.values() for piece in read_labeled(folder)[0]]
    families = family_names(pieces)
    is_test = np.array([split_of(family) == "test" for family in families])
    folds, truth = fold_of(families, is_test, options.seed), labels(pieces)
    of_main = np.array([piece.source == (SETS[0] if first else SETS[1]) for piece in pieces])
    counted = of_main & ~is_test
    weights = np.where(of_main, 1.0, options.vgmidi_weight)
    model, tables, fold_views = MoodModel(config), {}, {}
    metrics: dict[str, Any] = {"definition": DEFINITION, "cross_validation": {}}
    notes = [piece.performance for piece in pieces]
    for name, shown in (("played", notes), ("flat", [without_loudness(p) for p in notes])):
        table = tables[name] = Table(shown, truth, weights)
        scores, fold_views[name] = cross_validate(table, folds, config, options.seed)
        metrics["cross_validation"][name] = _score_sets(scores, pieces, is_test)
        view = model.views[name] = fit_view(table, folds[table.piece] >= 0, config, options.seed)
        calibrate(view, scores[counted], truth[counted])
    heard = _hear_some(pieces, counted, of_main & is_test, options)
    metrics["recordings"] = add_recordings(model, fold_views["played"], folds, pieces, heard)
    baseline = fit_baseline(tables["played"], folds[tables["played"].piece] >= 0)
    parts = _part(pieces, is_test)
    metrics |= held_out_figures(MoodJudge(model.config, to_arrays(model)), baseline, parts["test"])
    if first:
        metrics["audit"] = AUDIT
    return run.export(
        model,
        pieces={
            name: {part: sum(piece.source == name for piece in held) for part, held in parts.items()}
            for name in run.folders
        },
        metrics=metrics,
        vocabulary=list(FEATURE_NAMES),
        intended_use=INTENDED if first else INTENDED_SECOND,
        limits=LIMITS if first else LIMITS_SECOND,
        split=SPLIT,
        training_more={
            "shares": SHARES,
            "baseline": baseline,
            "heard_with": describe_synthesizer() if heard else {},
        },
    )


def _score_sets(scores: FloatArray, pieces: Sequence[LabeledPiece], is_test: BoolArray) -> dict[str, Any]:
    """Accuracies of each set's pieces outside the test part, by judges that saw no piece of their song."""
    told: dict[str, Any] = {}
    for name in SETS:
        rows = [i for i, piece in enumerate(pieces) if piece.source == name and not is_test[i]]
        if rows:
            right = (scores[rows] > 0) == labels([pieces[i] for i in rows])
            songs = [pieces[i].key for i in rows]
            told[name] = {
                **{f"{axis}_accuracy": round(float(right[:, k].mean()), 4) for k, axis in enumerate(AXES)},
                "n": len(rows),
                "n_songs": len(set(songs)),
                "intervals": {
                    f"{axis}_accuracy": bootstrap_songs(right[:, k], songs) for k, axis in enumerate(AXES)
                },
            }
    return told


def held_out_figures(
    judge: MoodJudge, baseline: dict[str, Any], pieces: Sequence[LabeledPiece]
) -> dict[str, Any]:
    """Accuracies of each set, and what changes of the pieces of the first that is there do."""
    groups = {name: [piece for piece in pieces if piece.source == name] for name in SETS}
    there = [group for group in groups.values() if group]
    return {
        "test": {name: score(judge, baseline, None, group) for name, group in groups.items() if group},
        "manipulations": manipulations(judge, there[0]) if there else {},
    }


def _part(pieces: Sequence[LabeledPiece], is_test: BoolArray) -> dict[str, list[LabeledPiece]]:
    return {
        name: [piece for piece, held_out in zip(pieces, is_test, strict=True) if held_out == (name == "test")]
        for name in ("train", "test")
    }


def fold_of(families: Sequence[str], is_test: BoolArray, seed: int = 0) -> IntArray:
    """A fold for each family by chance; -1 for the test part."""
    names = sorted(set(families))
    drawn = dict(zip(names, np.random.default_rng(seed).integers(0, N_FOLDS, len(names)), strict=True))
    return np.where(is_test, -1, [drawn[family] for family in families])


DEFINITION = (
    "Accuracy of high against low for whole clips; 95 % bootstrap intervals over songs. Cross-validation is by song, outside "
    "the test part; the test part was not used for any choice. Recordings are clips played by the synthesizer and transcribed."
)
AUDIT = {
    "vgmidi": {
        "valence_accuracy": 0.684,
        "arousal_accuracy": 0.737,
        "n": 19,
        "of": "version 1, on 19 other pieces of VGMIDI, by an audit. Its test part of 20 pieces gave .95 and .95; the "
        "cross-validation over all other pieces is the larger sample.",
    }
}
INTENDED = (
    "Estimates the valence and arousal that listeners hear in a piano piece: to set the mood from a "
    "piece, and to show how a composed piece compares with the requested mood."
)
LIMITS = (
    "Trained on pop piano and game music and on the ratings of those sets' listeners; listeners of other "
    "styles and cultures may differ. Valence is right in about four of five clips of pop, and in fewer of game music. Arousal "
    "relies on loudness: files whose notes all have the same velocity are rated without it, and recordings almost "
    "without it, with less certainty. Its valence guided about 20 settings of the steering, so its ratings of composed pieces "
    "are no independent check; the second judge's are. EMOPIA is non-commercial; VGMIDI states no license."
)
INTENDED_SECOND = (
    "Rates what Emotion Music has composed, in `python -m training evaluate emotion-control`. It was never used to tune or to "
    "compose."
)
LIMITS_SECOND = (
    "Trained on 165 arrangements of game music only, so it knows little of other styles, and hardly hears loudness: louder "
    "playing raised the arousal of 35 % of 20 pieces. It has no view for recordings. VGMIDI states no license."
)

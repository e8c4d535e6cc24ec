"""Train Audio Viz's autoencoders and style networks, score them, and write their weights and cards.

    python -m training prepare audioviz --data DATA --work FOLDER
    python -m training train audioviz --data DATA [--work FOLDER] [--config FILE] [--only ae_skip,vgg]

DATA has ``clips.csv`` beside its sounds, or is an FMA folder or a folder per genre. Everything that was done is kept
under ``--work``: stopped, each command goes on.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import IntArray
from core.audioviz.config import AutoencoderConfig, StyleNetConfig, StyleVariant
from core.audioviz.model import Autoencoder, StyleNet
from core.errors import InputError
from core.nn.card import Card
from training.audioviz import scores
from training.audioviz.evaluate import AUTOENCODERS, STYLE_NETS, autoencoder_figures, judge_clips, style_block
from training.audioviz.fit import (
    Recipe,
    StyleRecipe,
    code_range,
    fit_autoencoder,
    fit_member,
    principal_directions,
    sample_windows,
)
from training.audioviz.prepare import STYLES, Prepared, prepare
from training.baselines.audioviz_linear import MfccRegression, Pca, PcaConfig, RegressionConfig
from training.export import export

# Sizes that cost 5 to 6 million multiplications a window.
WIDTHS = {"alexnet": (16, 32, 48, 48), "vgg": (12, 32, 48, 64)}
N_FOLDS = 4
_LIMITS = (
    "Trained on an hour or two of game music, solo violin, a few songs and lofi, at 22 kHz and 48 kbit/s:"
    " it has no information above 10 kHz, and it treats unfamiliar music like its nearest training "
    "example."
)
_USE = "Ten or more features, 20 times a second, that drive a scene in Audio Viz."


def default_work(out: Path) -> Path:
    """Where shards and checkpoints lie if nothing else is said: beside the weights' folder, ignored by git."""
    return out.resolve().parent / "out" / "audioviz"


def prepare_sounds(data: Path, work: Path) -> str:
    """Read every sound into shards; one line about it."""
    prepared = prepare(data, work / "shards")
    hours = sum(map(len, prepared.mels)) / 100 / 3600
    styles = Counter(clip.style or "no style" for clip in prepared.clips)
    return json.dumps(
        {
            "clips": len(prepared),
            "hours": round(hours, 2),
            "unusable": prepared.unusable,
            "styles": dict(styles),
            "parts": dict(Counter(clip.part for clip in prepared.clips)),
        },
        ensure_ascii=False,
    )


def train(
    data: Path,
    out: Path,
    *,
    work: Path | None = None,
    config: Path | None = None,
    only: Sequence[str] = (),
    log: Any = print,
) -> list[Card]:
    """Train the autoencoders and the style networks, score them, and write the pairs.

    Parameters
    ----------
    data : Path
    out : Path
        Where the pairs are written.
    work : Path, optional
        Shards and checkpoints; a second call goes on from them.
    config : Path, optional
        JSON or TOML with the tables ``autoencoder`` and ``style``, fields of `Recipe` and `StyleRecipe`.
    only : sequence of str
        Names without ``audioviz_``, such as ``ae_skip``; all by default.

    Returns
    -------
    list of Card
    """
    torch.set_num_threads(1)
    work = work or default_work(out)
    recipe, style_recipe = read_recipes(config)
    prepared = prepare(data, work / "shards", log=log)
    parts = prepared.by_part()
    if min(map(len, parts.values())) == 0:
        raise InputError(
            "There are too few tracks here for training, validation and test. Give a larger collection."
        )
    wanted = only or ("pca", *(f"ae_{v}" for v in AUTOENCODERS), "mfcc", *STYLE_NETS)
    written: list[Card] = []
    if "pca" in wanted:
        written.append(_export_pca(parts, out))
    for variant in AUTOENCODERS:
        if f"ae_{variant}" in wanted:
            model, course = fit_autoencoder(
                parts["train"],
                parts["validation"],
                AutoencoderConfig(variant=variant),
                recipe,
                checkpoint=work / f"ae_{variant}.safetensors",
                log=log,
            )
            written.append(_export_autoencoder(model, parts, recipe, course.step, course.minutes, out))
    labeled = prepared.where(lambda clip: clip.style is not None)
    if len({clip.style for clip in labeled.clips}) > 1 and any(
        name in wanted for name in ("mfcc", *STYLE_NETS)
    ):
        written += _train_styles(labeled, style_recipe, wanted, work, out, log)
    return written


def read_recipes(path: Path | None) -> tuple[Recipe, StyleRecipe]:
    """Both recipes from one file with the tables ``autoencoder`` and ``style``.

    Raises
    ------
    InputError
        If it cannot be read or names what there is not.
    """
    if path is None:
        return Recipe(), StyleRecipe()
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        if unknown := set(content) - {"autoencoder", "style"}:
            raise InputError(
                f'{path.name} has the unknown table "{min(unknown)}". There are autoencoder and style.'
            )
        return Recipe(**content.get("autoencoder", {})), StyleRecipe(**content.get("style", {}))
    except TypeError as error:
        raise InputError(f"{path.name} names a setting that there is not: {error}.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} is not a JSON or TOML file that can be read.") from error


# Autoencoders.


def _export_pca(parts: dict[str, Prepared], out: Path) -> Card:
    model = fit_pca(parts["train"])
    metrics = {
        name: {"pca10": round(float(scores.errors(model, parts[name]).mean()), 6), "n": len(parts[name])}
        for name in ("validation", "test")
    }
    return export(
        model.half(),
        name="audioviz_pca",
        data=_describe_data(parts),
        training=_describe_training("closed form", 0, 0.0),
        metrics=metrics,
        limits=_LIMITS,
        directory=out,
        intended_use="Ten principal components of whole windows: the baseline of the autoencoders.",
    )


def fit_pca(train: Prepared, n_windows: int = 8_000) -> Pca:
    """Principal components of windows of the training part."""
    model = Pca(PcaConfig())
    mean, directions, _ = principal_directions(
        sample_windows(train, n_windows, seed=11), model.config.n_codes
    )
    with torch.no_grad():
        model.mean.copy_(torch.from_numpy(mean))
        model.components.copy_(torch.from_numpy(directions))
    return model


def _export_autoencoder(
    model: Autoencoder, parts: dict[str, Prepared], recipe: Recipe, steps: int, minutes: float, out: Path
) -> Card:
    config = model.config
    model = model.half().float()  # scored is what will be loaded
    model.config = config
    pca = fit_pca(parts["train"])
    metrics = {
        name: autoencoder_figures(model, scores.errors(pca, parts[name]), parts[name])
        for name in ("validation", "test")
    }
    return export(
        model.half(),
        name=f"audioviz_ae_{config.variant}",
        data=_describe_data(parts),
        training=_describe_training("python -m training train audioviz --data DATA", recipe.seed, minutes)
        | {"steps": steps, "recipe": dataclasses.asdict(recipe)},
        metrics=metrics,
        intended_use=_USE,
        limits=_LIMITS,
        directory=out,
    )


def _describe_data(parts: dict[str, Prepared], how: str = "") -> list[dict[str, Any]]:
    collections = sorted({clip.collection for part in parts.values() for clip in part.clips})
    return [
        {
            "name": name,
            "license": "CC0, public domain, CC BY and CC BY-SA; the data set's table gives each clip's license"
            if name == "open/audio_clips"
            else "as its own documents say",
            "pieces": {part: sum(clip.collection == name for clip in p.clips) for part, p in parts.items()},
            "split": how
            or "by track: one in eleven is held out for test and one for validation, by a hash of its key",
        }
        for name in collections
    ]


def _describe_training(command: str, seed: int, minutes: float) -> dict[str, Any]:
    return {
        "command": command,
        "seed": seed,
        "hours": round(minutes / 60, 3),
        "hardware": "a share of one CPU core",
    }


# Styles.


def style_names(found: Sequence[str]) -> list[str]:
    """The styles in the order of `STYLES`, or by the alphabet where a collection has others."""
    return [style for style in STYLES if style in found] if set(found) <= set(STYLES) else sorted(set(found))


def artist_folds(
    artists: Sequence[str], labels: IntArray, n: int = N_FOLDS, seed: int = 0
) -> list[list[str]]:
    """Artists in `n` groups that share the styles as evenly as can be; a style's artists lie in different groups.

    Artists are taken from the one with the most clips down; each goes to the group that has the fewest clips of its
    style, and of those to the smallest.
    """
    count = Counter(artists)
    style = {
        name: Counter(label for a, label in zip(artists, labels, strict=True) if a == name).most_common(1)[0][
            0
        ]
        for name in count
    }
    tie = dict(zip(sorted(count), np.random.default_rng(seed).permutation(len(count)).tolist(), strict=True))
    groups: list[list[str]] = [[] for _ in range(n)]
    for name in sorted(count, key=lambda a: (-count[a], tie[a])):

        def load_of(group: list[str], name: str = name) -> tuple[int, int]:
            return sum(count[a] for a in group if style[a] == style[name]), sum(count[a] for a in group)

        min(groups, key=load_of).append(name)
    return groups


def _train_styles(
    labeled: Prepared, recipe: StyleRecipe, wanted: Sequence[str], work: Path, out: Path, log: Any
) -> list[Card]:
    found = [clip.style or "" for clip in labeled.clips]
    styles = style_names(found)
    labels = np.array([styles.index(style) for style in found])
    artists = [clip.artist for clip in labeled.clips]
    folds = artist_folds(artists, labels)
    models: dict[str, StyleNet | MfccRegression] = {
        "mfcc": fit_regressions(labeled, labels, folds, len(styles))
    }
    minutes = {"mfcc": 0.0}
    for variant in STYLE_NETS:
        if variant in wanted:
            models[variant], minutes[variant] = _fit_style_net(
                variant, labeled, labels, folds, len(styles), recipe, work, log
            )
    models = {name: model.half().float() for name, model in models.items()}  # scored is what will be loaded
    said = {name: judge_clips(model, labeled, folds).argmax(axis=1) for name, model in models.items()}
    written = []
    for name, model in models.items():
        if name not in wanted:
            continue
        written.append(
            export(
                model.half(),
                name=f"audioviz_{name}",
                vocabulary=styles,
                data=_describe_data(
                    {"train": labeled},
                    "cross-validation by artist: each clip is scored only by ensemble members trained without its artist",
                ),
                training=_describe_training(
                    "python -m training train audioviz --data DATA", recipe.seed, minutes[name]
                )
                | {
                    "held_out_artists": folds,
                    "recipe": dataclasses.asdict(recipe) if name != "mfcc" else {"C": REGRESSION_C},
                },
                metrics={"artist-disjoint": style_block(labels, said[name], said["mfcc"], labeled)},
                intended_use=_USE
                if isinstance(model, StyleNet)
                else "Logistic regression on cepstral statistics of a clip: the baseline of the style networks.",
                limits=_LIMITS + " Each style is represented by few artists, some by only two.",
                directory=out,
            )
        )
    return written


REGRESSION_C = 0.01  # of several, the best of the regression in cross-validation


def fit_regressions(
    labeled: Prepared, labels: IntArray, folds: Sequence[Sequence[str]], n_styles: int
) -> MfccRegression:
    """Balanced logistic regression on cepstral statistics, a member a fold."""
    from sklearn.linear_model import LogisticRegression

    x = np.array([scores.mfcc_statistics(mel) for mel in labeled.mels], dtype=np.float64)
    artists = np.array([clip.artist for clip in labeled.clips])
    model = MfccRegression(RegressionConfig(n_styles=n_styles, n_members=len(folds), n_features=x.shape[1]))
    with torch.no_grad():
        for k, fold in enumerate(folds):
            kept = ~np.isin(artists, fold)
            mean, deviation = x[kept].mean(axis=0), x[kept].std(axis=0) + 1e-6
            fitted = LogisticRegression(C=REGRESSION_C, class_weight="balanced", max_iter=3_000).fit(
                (x[kept] - mean) / deviation, labels[kept]
            )
            weight, bias = np.zeros((n_styles, x.shape[1])), np.full(n_styles, -30.0)
            rows = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]
            weight[rows], bias[rows] = (
                fitted.coef_ / deviation,
                fitted.intercept_ - fitted.coef_ @ (mean / deviation),
            )
            if len(fitted.classes_) == 2:
                bias[fitted.classes_[0]] = 0.0
            model.weight[k].copy_(torch.from_numpy(weight))
            model.bias[k].copy_(torch.from_numpy(bias))
    return model


def _fit_style_net(
    variant: StyleVariant,
    labeled: Prepared,
    labels: IntArray,
    folds: Sequence[Sequence[str]],
    n_styles: int,
    recipe: StyleRecipe,
    work: Path,
    log: Any,
) -> tuple[StyleNet, float]:
    """The network with all its members, and the minutes that they took."""
    minutes = 0.0
    config = StyleNetConfig(variant=variant, widths=WIDTHS[variant], n_styles=n_styles, n_members=len(folds))
    model = StyleNet(config)
    for k, fold in enumerate(folds):
        kept = np.array([clip.artist not in fold for clip in labeled.clips])
        member, course = fit_member(
            labeled.take(kept),
            labels[kept],
            config,
            dataclasses.replace(recipe, seed=recipe.seed + k),
            checkpoint=work / f"{variant}_{k}.safetensors",
            log=log,
        )
        model.members[k].load_state_dict(member.state_dict())
        minutes += course.minutes
    model.eval()
    low, high = code_range(model, labeled)
    model.config = dataclasses.replace(config, low=tuple(low.tolist()), high=tuple(high.tolist()))
    return model, minutes

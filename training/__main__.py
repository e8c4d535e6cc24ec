"""Command line of the training: train, weights, evaluate, prepare, search, report.

    python -m training train NAME --data PATH [--out FOLDER] [--work FOLDER] [--check] [--tiny]
    python -m training weights --data PATH [--dry-run] [--check [--whole N]] [--only NAMES]
    torchrun --nproc_per_node=N -m training train NAME --data PATH
    python -m training evaluate NAME --data PATH
    python -m training prepare audioviz --data PATH --work FOLDER [--scheduler ADDRESS]
    python -m training search|report audioviz --data PATH --work FOLDER
    python -m training attribution --data PATH
    python -m training pipeline

``train`` makes one pair of weights by ``training/recipes/NAME.toml``; ``weights`` makes all of them, into another
folder than the shipped ones, because a version never changes. ``evaluate`` scores
the shipped weights on any folder that is laid out like the set they were trained on, and prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import DashboardError
from core.nn.card import WEIGHTS_DIR
from training.recipe import list_all, list_recipes

MADE_DIR = Path("out") / "weights"
# Where each command's work is done: imported only when it is asked for, because each brings libraries of its own.
EVALUATE = {
    "audioviz": "audioviz.evaluate:evaluate",
    "emotion-control": "emotion.control_evaluate:evaluate",
    "extrapolate": "extrapolate.evaluate:evaluate",
    "face": "emotion.face_evaluate:evaluate",
    "folk": "folk.evaluate:evaluate",
    "folk-chords": "folk.chords_evaluate:evaluate_chords",
    "folk-endings": "folk.endings_evaluate:evaluate_endings",
    "folk-form": "folk.form_evaluate:evaluate_form",
    "folk-sets": "folk.evaluate:compare_sets",
    "mood": "emotion.mood_evaluate:evaluate",
    "piano": "emotion.piano_evaluate:evaluate",
    "sonify": "sonify.evaluate:evaluate_pieces",
    "sonify-fidelity": "sonify.fidelity:evaluate_tables",
    "voice": "voice.evaluate:evaluate",
}
# What else can be done with a model's data; each prints one line.
TOOLS = {
    "prepare": {"audioviz": "audioviz.prepare:prepare_sounds"},
    "search": {"audioviz": "audioviz.search:search"},
    "report": {"audioviz": "audioviz.report:report"},
}


def _function(place: str) -> Callable[..., Any]:
    """The function that a table names as ``module:function``, the module being one of this package."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"training.{module}"), name)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Train and score Sonoscope's models."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="make one pair of weights by its recipe")
    train.add_argument("name", choices=list_recipes(), metavar="NAME", help=", ".join(list_recipes()))
    train.add_argument(
        "--check", action="store_true", help="train 20 steps and compare their losses with the card's"
    )
    weights = commands.add_parser(
        "weights", help="make all pairs of weights, and compare old and new figures"
    )
    weights.add_argument(
        "--dry-run", action="store_true", help="list recipes, data, licenses, steps and hours"
    )
    weights.add_argument("--check", action="store_true", help="compare every recipe with its shipped card")
    weights.add_argument(
        "--whole", type=int, default=0, help="with --check: how many recipes to train to the end"
    )
    weights.add_argument("--only", default="", help="names of recipes with commas")
    evaluate = commands.add_parser("evaluate", help="score the shipped weights; prints one line of JSON")
    evaluate.add_argument("name", choices=sorted(EVALUATE))
    for command, out in ((train, WEIGHTS_DIR), (weights, MADE_DIR)):
        command.add_argument("--out", type=Path, default=out, help="the folder of the weights")
        command.add_argument("--work", type=Path, help="where checkpoints are kept and gone on from")
        command.add_argument("--tiny", action="store_true", help="a training of seconds, to try the recipe")
        command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train")
    attribution = commands.add_parser(
        "attribution", help="write weights/ATTRIBUTION.md and the table of licenses in weights/README.md"
    )
    for command in (train, weights, evaluate, attribution):
        command.add_argument("--data", type=Path, help="the folder that holds the data sets")
    for tool, what in (
        ("prepare", "read sounds into shards; goes on where it was stopped"),
        ("search", "try settings and keep the best ones"),
        ("report", "figures and plots of the shipped networks over a collection"),
    ):
        command = commands.add_parser(tool, help=what)
        command.add_argument("name", choices=sorted(TOOLS[tool]))
        command.add_argument("--data", type=Path, required=True)
        command.add_argument("--work", type=Path, required=True, help="where what is made is kept")
        if tool == "search":
            command.add_argument("--trials", type=int, default=20)
        if tool == "prepare":
            command.add_argument(
                "--scheduler", default="", help="address of a Dask scheduler, tcp://HOST:8786"
            )
    commands.add_parser("pipeline", help="write dvc.yaml, one stage a recipe")
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except (DashboardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    """Do what was asked for and print what came of it."""
    if options.command == "weights" and options.dry_run:
        print(list_all(_split_names(options.only)))
        return
    if options.command == "pipeline":
        _function("pipeline:write_pipeline")()
        return
    data: Path | None = options.data
    if data is None:
        raise NotADirectoryError("Give the folder that holds the data with --data.")
    if not (data.is_dir() or (data.is_file() and data.suffix == ".npz")):
        raise NotADirectoryError(
            f"{data} is neither a folder nor an .npz file. Give the folder that holds the data with --data."
        )
    if options.command in ("train", "weights"):
        _train(options)
    elif options.command == "attribution":
        print(_function("attribution:write_terms")(data))
    elif options.command in TOOLS:
        extra: dict[str, Any] = {}
        if options.command == "search":
            extra["n_trials"] = options.trials
        if options.command == "prepare":
            extra["scheduler"] = options.scheduler
        print(_function(TOOLS[options.command][options.name])(data, options.work, **extra))
    else:
        print(json.dumps(_function(EVALUATE[options.name])(data), ensure_ascii=False, allow_nan=False))


def _train(options: argparse.Namespace) -> None:
    """One recipe, its check, or all recipes; in as many processes as were started."""
    from training import distributed, weights

    if options.check:
        if options.command == "train":
            print(weights.check(options.name, options.data))
        else:
            weights.check_all(options.data, names=_split_names(options.only), n_whole=options.whole)
        return
    device = distributed.begin(options.device)
    try:
        names = [options.name] if options.command == "train" else _split_names(options.only)
        weights.make_all(
            options.data, options.out, names=names, work=options.work, device=device, tiny=options.tiny
        )
    finally:
        distributed.end()


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    # One thread a process, before numpy is imported: the same numbers on machines of any number of cores.
    for library in ("OMP", "MKL", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    sys.exit(main())

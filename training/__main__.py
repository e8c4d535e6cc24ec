"""Command line of the training: train, evaluate, prepare, search, report.

    python -m training train NAME --data PATH [--out FOLDER]
    python -m training evaluate NAME --data PATH
    python -m training prepare|search|report audioviz --data PATH [--work FOLDER] [--out FOLDER]

``evaluate`` scores the shipped weights on any folder that is laid out like the set they were trained on, and
prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import DashboardError
from core.nn.card import WEIGHTS_DIR

# Where each command's work is done: imported only when it is asked for, because each brings libraries of its own.
TRAIN = {
    "audioviz": "audioviz.train:train",
    "emotion-classic": "emotion.classic_train:train",
    "extrapolate": "extrapolate.train:train",
    "face": "emotion.face_train:train",
    "folk": "folk.train:train",
    "mood": "emotion.mood_train:train",
    "piano": "emotion.piano_train:train",
    "sonify-melody": "sonify.melody_train:train",
    "sonify-piece": "sonify.piece_train:train",
    "sonify-original": "baselines.sonify_original.train:train",
    "voice": "voice.train:train",
}
EVALUATE = {
    "audioviz": "audioviz.evaluate:evaluate",
    "emotion-control": "emotion.control_evaluate:evaluate",
    "extrapolate": "extrapolate.evaluate:evaluate",
    "face": "emotion.face_evaluate:evaluate",
    "folk": "folk.evaluate:evaluate",
    "folk-chords": "folk.chords_evaluate:evaluate_chords",
    "folk-endings": "folk.endings_evaluate:evaluate_endings",
    "folk-form": "folk.form_evaluate:evaluate_form",
    "mood": "emotion.mood_evaluate:evaluate",
    "piano": "emotion.piano_evaluate:evaluate",
    "sonify": "sonify.evaluate:evaluate_pieces",
    "sonify-fidelity": "sonify.fidelity:evaluate_tables",
    "voice": "voice.evaluate:evaluate",
}
# What else can be done with a model's data; each prints one line.
TOOLS = {
    "prepare": {"audioviz": "audioviz.train:prepare_sounds"},
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
    train = commands.add_parser("train", help="train a model and write its weights and card")
    train.add_argument("name", choices=sorted(TRAIN))
    train.add_argument("--data", type=Path, required=True, help="the folder that holds the data sets")
    train.add_argument("--out", type=Path, default=WEIGHTS_DIR)
    evaluate = commands.add_parser("evaluate", help="score the shipped weights; prints one line of JSON")
    evaluate.add_argument("name", choices=sorted(EVALUATE))
    evaluate.add_argument("--data", type=Path, required=True)
    train.add_argument("--work", type=Path, help="audioviz: shards and checkpoints, to go on from")
    train.add_argument("--config", type=Path, help="audioviz: settings as JSON or TOML")
    train.add_argument("--only", help="audioviz: names with commas, such as ae_skip,vgg")
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
    options = parser.parse_args(arguments)
    try:
        if not options.data.is_dir() and not (options.data.is_file() and options.data.suffix == ".npz"):
            raise NotADirectoryError(
                f"{options.data} is neither a folder nor an .npz file. Give the folder that holds the data."
            )
        if options.command == "train":
            extra = {key: getattr(options, key) for key in ("work", "config") if getattr(options, key)}
            if options.only:
                extra["only"] = options.only.split(",")
            for card in _function(TRAIN[options.name])(options.data, options.out, **extra):
                print(card.stem)
        elif options.command in TOOLS:
            extra = {"n_trials": options.trials} if options.command == "search" else {}
            print(_function(TOOLS[options.command][options.name])(options.data, options.work, **extra))
        else:
            print(
                json.dumps(
                    _function(EVALUATE[options.name])(options.data), ensure_ascii=False, allow_nan=False
                )
            )
    except (DashboardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

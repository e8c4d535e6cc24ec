"""Train models and score what is shipped.

    python -m training train NAME --data PATH [--out FOLDER]
    python -m training evaluate NAME --data PATH

``evaluate`` scores the shipped weights on any folder that is laid out like the set they were trained on, and
prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import DashboardError
from core.weights import WEIGHTS_DIR


def _train_melody(data: Path, out: Path) -> Any:
    from training.sonify_melody import train

    return train(data, out)


def _train_piece(data: Path, out: Path) -> Any:
    from training.sonify_piece import train

    return train(data, out)


def _train_seed(data: Path, out: Path) -> Any:
    from training.sonify_seed import train

    return train(data, out)


def _train_folk(data: Path, out: Path) -> Any:
    from training.folk import train

    return train(data, out)


def _evaluate_sonify(data: Path) -> dict[str, Any]:
    from training.sonify_evaluate import evaluate_pieces

    return evaluate_pieces(data)


def _evaluate_fidelity(data: Path) -> dict[str, Any]:
    from training.sonify_fidelity import evaluate_tables

    return evaluate_tables(data)


def _evaluate_folk(data: Path) -> dict[str, Any]:
    from training.folk import evaluate

    return evaluate(data)


def _train_voice(data: Path, out: Path) -> Any:
    from training.voice import train

    return train(data, out)


def _train_face(data: Path, out: Path) -> Any:
    from training.face import train

    return train(data, out)


def _train_mood(data: Path, out: Path) -> Any:
    from training.mood import train

    return train(data, out)


def _train_classic(data: Path, out: Path) -> Any:
    from training.emotion_classic import train

    return train(data, out)


def _train_piano(data: Path, out: Path) -> Any:
    from training.piano import train

    return train(data, out)


def _evaluate_voice(data: Path) -> dict[str, Any]:
    from training.voice import evaluate

    return evaluate(data)


def _evaluate_face(data: Path) -> dict[str, Any]:
    from training.face import evaluate

    return evaluate(data)


def _evaluate_mood(data: Path) -> dict[str, Any]:
    from training.mood import evaluate

    return evaluate(data)


def _evaluate_piano(data: Path) -> dict[str, Any]:
    from training.piano import evaluate

    return evaluate(data)


def _evaluate_control(data: Path) -> dict[str, Any]:
    from training.emotion_control import evaluate

    return evaluate(data)


TRAIN: dict[str, Callable[[Path, Path], Any]] = {
    "emotion-classic": _train_classic,
    "face": _train_face,
    "folk": _train_folk,
    "mood": _train_mood,
    "piano": _train_piano,
    "sonify-melody": _train_melody,
    "sonify-piece": _train_piece,
    "sonify-seed": _train_seed,
    "voice": _train_voice,
}
EVALUATE: dict[str, Callable[[Path], dict[str, Any]]] = {
    "emotion-control": _evaluate_control,
    "face": _evaluate_face,
    "folk": _evaluate_folk,
    "mood": _evaluate_mood,
    "piano": _evaluate_piano,
    "sonify": _evaluate_sonify,
    "sonify-fidelity": _evaluate_fidelity,
    "voice": _evaluate_voice,
}


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
    options = parser.parse_args(arguments)
    try:
        if not options.data.is_dir() and not (options.data.is_file() and options.data.suffix == ".npz"):
            raise NotADirectoryError(
                f"{options.data} is neither a folder nor an .npz file. Give the folder that holds the data."
            )
        if options.command == "train":
            for card in TRAIN[options.name](options.data, options.out):
                print(card.stem)
        else:
            print(json.dumps(EVALUATE[options.name](options.data), ensure_ascii=False, allow_nan=False))
    except (DashboardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Score the shipped face network on files of faces.

python -m training evaluate face --data PATH
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from core.emotion.face.expression import FaceReader
from core.errors import InputError
from training.emotion.face_prepare import find_file, find_files, read_faces
from training.emotion.face_scores import figures
from training.emotion.face_train import TRAINED_ON


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped network on every face of a file laid out like FER2013's or muxspace's here.

    Happy against sad counts the pictures labeled happy or sad: right is where the labeled one of the two is
    likelier than the other, whatever neutral gets. The original project's rule, a ratio of mouth landmarks, finds no
    landmarks in 48 x 48 pixels; the baselines are the commonest class and, from the card, principal components with
    logistic regression on the test part.

    Parameters
    ----------
    data : Path
        An ``.npz``, or a folder with one in it or beneath it; of several, FER2013's, and the others under
        ``others``.

    Returns
    -------
    dict
        ``accuracy_3, accuracy_happy_sad, n, intervals, baselines`` and more of `face_scores.figures`.

    Raises
    ------
    InputError
        If there is no such file.
    """
    torch.set_num_threads(1)
    reader = FaceReader.from_weights()
    chosen = find_file(data, TRAINED_ON)
    result = _score_file(reader, chosen)
    test = reader.card.metrics.get("test", {}).get("baselines", {})
    if "pca_logistic_regression" in test:
        result["baselines"]["pca_logistic_regression_on_our_test_part"] = test["pca_logistic_regression"]
    others = {}
    for path in find_files(data):
        if path != chosen:
            try:
                others[path.parent.name] = _score_file(reader, path)
            except InputError:
                continue  # an .npz of another kind
    if others:
        result["others"] = others
    return result


def _score_file(reader: FaceReader, path: Path) -> dict[str, Any]:
    faces = read_faces(path)
    if len(faces) == 0:
        raise InputError("The file of faces has no happy, sad or neutral ones. It needs these three labels.")
    return {"set": path.stem, **figures(reader.probabilities(faces.images), faces.labels)}

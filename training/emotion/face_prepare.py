"""Read FER2013 and other labeled faces from ``.npz`` files, and split them without near-duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import BoolArray, Float32Array, IntArray
from core.emotion.face.config import EXPRESSIONS
from core.errors import InputError
from training.splits import hash_number

SIDE = 48  # pixels
ALIKE = 0.95  # correlation of two thumbnails from which two pictures count as the same photograph
THUMBNAIL = 16  # pixels a side
MIN_DEVIATION = 4.0  # gray steps; a picture with less is blank
TEST_MODULUS = 11
VALIDATION_MODULUS = 5


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Pictures of one kind.

    Attributes
    ----------
    images : ndarray of uint8, shape=(n, 48, 48)
    labels : ndarray of int64, shape=(n,)
        Index into ``EXPRESSIONS``.
    usage : ndarray of str, shape=(n,)
        ``"train"`` or ``"validation"`` where the file says so, else empty.
    """

    images: NDArray[np.uint8]
    labels: IntArray
    usage: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, chosen: NDArray[Any]) -> Faces:
        """A selection, by mask or by index."""
        return Faces(images=self.images[chosen], labels=self.labels[chosen], usage=self.usage[chosen])


def find_file(data: Path, folder: str | None = None) -> Path:
    """The ``.npz`` meant by a path: the file itself, or the first one in the folder or beneath it.

    Parameters
    ----------
    data : Path
    folder : str, optional
        Prefer a file that lies in a folder of this name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = find_files(data)
    preferred = [path for path in found if folder is not None and path.parent.name == folder]
    if not found:
        raise InputError("There is no .npz file of faces there. Give the file, or a folder that holds it.")
    return (preferred or found)[0]


def find_files(data: Path) -> list[Path]:
    """Every ``.npz`` meant by a path: the file itself, or those in the folder and beneath it, sorted."""
    if data.is_file():
        return [data] if data.suffix == ".npz" else []
    return sorted(data.rglob("*.npz")) if data.is_dir() else []


def read_faces(path: Path) -> Faces:
    """Read ``images`` (uint8, n x 48 x 48), ``labels``, ``label_names`` and, where there is one, ``usage``.

    Other expressions than the three are left out, and so are blank pictures.

    Raises
    ------
    InputError
        If an array is missing or has another form.
    """
    with np.load(path, allow_pickle=False) as file:
        lacking = [key for key in ("images", "labels", "label_names") if key not in file.files]
        if lacking:
            raise InputError(
                f"The file of faces lacks {', '.join(lacking)}. It needs images, labels, label_names."
            )
        images, given, names = file["images"], file["labels"], file["label_names"].tolist()
        usage = file["usage"].astype(str) if "usage" in file.files else np.full(len(given), "", dtype="<U10")
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
        raise InputError(
            f"Faces must be {SIDE} x {SIDE} pixels of uint8, not {images.shape} of {images.dtype}."
        )
    if not len(images) == len(given) == len(usage):
        raise InputError("The file of faces has not as many labels as images.")
    if len(given) and int(given.max()) >= len(names):
        raise InputError(
            "The file of faces has a label without a name. Its label_names must name all labels."
        )
    index = np.array([EXPRESSIONS.index(name) if name in EXPRESSIONS else -1 for name in names])
    labels = index[given.astype(np.int64)]
    blank = images.reshape(len(images), -1).std(axis=1) < MIN_DEVIATION
    kept = (labels >= 0) & ~blank
    return Faces(images=images[kept], labels=labels[kept], usage=usage[kept])


def thumbnails(images: NDArray[np.uint8]) -> Float32Array:
    """Small, smooth, zero-mean, unit-norm versions, whose products are correlations.

    Returns
    -------
    ndarray of float32, shape=(n, 256)
    """
    step = SIDE // THUMBNAIL
    small = images.reshape(-1, THUMBNAIL, step, THUMBNAIL, step).mean(axis=(2, 4), dtype=np.float32)
    flat = small.reshape(len(small), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6))


def alike(images: NDArray[np.uint8], others: NDArray[np.uint8], *, least: float = ALIKE) -> BoolArray:
    """Which pictures occur among others, as they are or mirrored.

    Returns
    -------
    ndarray of bool, shape=(n,)
    """
    if len(others) == 0:
        return np.zeros(len(images), dtype=bool)
    mine = thumbnails(images)
    theirs = np.concatenate([thumbnails(others), thumbnails(others[:, :, ::-1])])
    best = [(mine[begin : begin + 1024] @ theirs.T).max(axis=1) for begin in range(0, len(mine), 1024)]
    return np.concatenate(best) >= least if best else np.zeros(0, dtype=bool)


def split(faces: Faces) -> dict[str, Faces]:
    """Train, validation and test parts that share no photograph.

    Of the pictures that the file has for validation, those with ``int(sha1(image bytes)[8:16], 16) % 5 == 0`` are
    the validation part, and the others serve for training. Of the file's training pictures, those with
    ``int(sha1(image bytes)[:8], 16) % 11 == 0`` are the test part. A picture that is alike one of the test part is
    left out of both others, one of the file's training pictures that is alike one it has for validation is left
    out, and so is one of the validation part that is alike another of that lot.
    """
    lot = faces.usage == "validation"
    contents = [image.tobytes() for image in faces.images]
    drawn = np.array([hash_number(content) % TEST_MODULUS == 0 for content in contents], dtype=bool)
    test = drawn & ~lot
    in_test = alike(faces.images, faces.images[test])
    train = ~lot & ~test & ~in_test
    lot &= ~in_test
    train &= ~alike(faces.images, faces.images[lot])
    kept = np.array([hash_number(c, start=8) % VALIDATION_MODULUS == 0 for c in contents], dtype=bool)
    train |= lot & ~kept
    validation = lot & kept & ~alike(faces.images, faces.images[lot & ~kept])
    return {"train": faces.of(train), "validation": faces.of(validation), "test": faces.of(test)}

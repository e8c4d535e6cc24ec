"""Face detection: find the faces in a picture and cut them out for the network.

Viola and Jones (2001) with the cascades that come with OpenCV. FER2013's pictures were cut out by such a cascade,
too: on 400 of them, in a blurred frame, the box found has .96 of the picture's side at the median and the same
center. So a face is cut out 1.04 times as large as its box, and the network gets what it was trained on.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.emotion.face.photograph import Picture
from core.errors import InputError
from core.limits import MAX_FACES

if TYPE_CHECKING:
    import cv2

FACE_SIDE = 48  # pixels of what the network sees
MARGIN = 1.04  # side of the cut over the side of the box
SEARCH_SIDE = 480  # pixels of the longer side in which faces are looked for
SMALLEST = 1 / 12  # of the shorter side; smaller faces have too few pixels to read an expression
TILTS = (-20.0, 20.0)  # degrees, tried where no upright face is found
CLOSE_UP_SIDE = 112  # up to here a nearly square picture may be a face and nothing else
CLOSE_UP_FRAME = 1 / 3  # of a close-up's side is put around it, blurred, so that a box fits in
OVERLAP = 0.3  # shared area over joint area from which two boxes are one face
CONFIRM_SIDE = 120  # pixels to which the surroundings of a box are brought for a second look
CONFIRM_NEIGHBORS = 2
BLANK_DEVIATION = 6.0  # gray steps; a close-up with less shows nothing

GrayArray = NDArray[np.uint8]
# Cascades, and how many neighboring windows must agree: strict first, lenient where that finds nothing.
_ATTEMPTS = (("haarcascade_frontalface_alt2", 4), ("haarcascade_frontalface_default", 6))
_lock = threading.Lock()  # a cascade keeps its place in itself, so one search runs at a time


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face of a picture.

    Attributes
    ----------
    gray : ndarray of uint8, shape=(48, 48)
        The face, cut out upright as FER2013's are.
    left, top, side : float
        Its square in the picture, pixels; partly outside where the face is cut off.
    tilt_degrees : float
        By how much the face leans, clockwise, as far as it had to be looked for: -20, 0 or 20.
    found : bool
        False where no face was found and a small picture was taken as one, as a whole.
    """

    gray: GrayArray
    left: float
    top: float
    side: float
    tilt_degrees: float = 0.0
    found: bool = True

    @property
    def notes(self) -> list[str]:
        """Notes for the visitor on this face."""
        if self.found:
            return []
        return ["No face was found in this small picture, so the whole picture is used as a face."]


def find_faces(picture: Picture) -> list[Face]:
    """Find the faces of a picture, the largest first.

    Upright faces that look at the camera are found, and where there is none, faces that lean by some 20 degrees.
    A nearly square picture of up to 112 pixels may be a face alone: it is looked through with a blurred frame
    around it, and where even that shows no face, the whole picture is taken as one and says so.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    list of Face
        From 1 to 20.

    Raises
    ------
    InputError
        If there is none.
    """
    gray = to_gray(picture.rgb)
    height, width = gray.shape
    close_up = max(height, width) <= CLOSE_UP_SIDE and max(height, width) <= 1.25 * min(height, width)
    faces = _search(_add_frame(gray) if close_up else gray, frame=_frame_width(gray) if close_up else 0)
    if not faces and close_up and float(gray.std()) >= BLANK_DEVIATION:
        faces = [_take_whole(gray)]
    if not faces:
        raise InputError(
            "No face was found in this picture. Use one taken from the front, upright, in good light, with the face at least a "
            "tenth of the picture's height, or use the mood pad."
        )
    return faces[:MAX_FACES]


def to_gray(rgb: NDArray[np.uint8]) -> GrayArray:
    """Luma as in JPEG (ITU-R BT.601), shape=(height, width)."""
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


@cache
def _load_cascade(name: str) -> cv2.CascadeClassifier:
    import cv2

    # The server runs one search a visitor; more threads would only take turns.
    cv2.setNumThreads(1)
    # The cascades lie beside the library, in a package that its type hints do not know.
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"{name}.xml"))


def _search(gray: GrayArray, *, frame: int) -> list[Face]:
    """Faces in a gray picture around which a frame of so many pixels was put."""
    height, width = gray.shape
    for tilts in ((0.0,), TILTS):
        for name, neighbors in _ATTEMPTS:
            found = [box for tilt in tilts for box in _run_cascade(gray, name, neighbors, tilt)]
            # A face in the frame alone is none.
            inside = [
                box for box in found if frame < box.x < width - frame and frame < box.y < height - frame
            ]
            kept = [box for box in _drop_overlapping(inside) if _confirm(gray, box, name)]
            if kept:
                return [_cut(gray, box, frame) for box in kept]
    return []


@dataclass(frozen=True, kw_only=True)
class _Box:
    """A square in the picture by its center; ``tilt`` is by how many degrees the face leans clockwise."""

    x: float
    y: float
    side: float
    tilt: float


def _run_cascade(
    gray: GrayArray, name: str, neighbors: int, tilt: float, smallest: float = SMALLEST
) -> list[_Box]:
    """Run a cascade on the picture rotated by a tilt."""
    import cv2

    height, width = gray.shape
    # Close-ups and small pictures are enlarged: the cascade's window has 20 pixels, its steps are whole pixels.
    scale = min(4.0, SEARCH_SIDE / max(height, width))
    scale = min(scale, max(1.0, 240 / min(height, width))) if scale > 1 else scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(gray, size, interpolation=method)
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), tilt, 1.0)
    if tilt:
        small = cv2.warpAffine(small, turn, size, borderMode=cv2.BORDER_REPLICATE)
    least = max(24, round(min(size) * smallest))
    with _lock:
        found = _load_cascade(name).detectMultiScale(
            cv2.equalizeHist(small), scaleFactor=1.12, minNeighbors=neighbors, minSize=(least, least)
        )
    back = cv2.invertAffineTransform(turn)
    boxes = []
    for left, top, side, _ in np.asarray(found, dtype=float).reshape(-1, 4):
        x, y = back @ np.array([left + side / 2, top + side / 2, 1.0])
        boxes.append(_Box(x=x / scale, y=y / scale, side=side / scale, tilt=tilt))
    return boxes


def _confirm(gray: GrayArray, box: _Box, finder: str) -> bool:
    """Confirm a face with a second cascade, against false positives on textures."""
    other = next(name for name, _ in _ATTEMPTS if name != finder)
    around = _cut_upright(gray, box, 1.8 * box.side, CONFIRM_SIDE)
    return bool(_run_cascade(around, other, CONFIRM_NEIGHBORS, 0.0, smallest=1 / 3))


def _drop_overlapping(boxes: list[_Box]) -> list[_Box]:
    """Non-maximum suppression: largest first, without boxes that mostly overlap or lie within one of them."""
    kept: list[_Box] = []
    for box in sorted(boxes, key=lambda box: -box.side):
        if all(_overlap(box, other) < OVERLAP and not _lies_within(box, other) for other in kept):
            kept.append(box)
    return kept


def _shared_area(a: _Box, b: _Box) -> float:
    sides = [
        min(p + a.side / 2, q + b.side / 2) - max(p - a.side / 2, q - b.side / 2)
        for p, q in ((a.x, b.x), (a.y, b.y))
    ]
    return max(0.0, sides[0]) * max(0.0, sides[1])


def _overlap(a: _Box, b: _Box) -> float:
    shared = _shared_area(a, b)
    return shared / (a.side**2 + b.side**2 - shared)


def _lies_within(small: _Box, large: _Box) -> bool:
    return _shared_area(small, large) > 0.6 * small.side**2


def _cut(gray: GrayArray, box: _Box, frame: int) -> Face:
    """Crop a box upright with its margin; edge pixels are repeated beyond the border."""
    side = box.side * MARGIN
    # First at the picture's own resolution, then averaged down: sampling 48 points would leave out the rest.
    fine = max(FACE_SIDE, min(8 * FACE_SIDE, math.ceil(side)))
    return Face(
        gray=_scale_to_network(_cut_upright(gray, box, side, fine)),
        left=box.x - side / 2 - frame,
        top=box.y - side / 2 - frame,
        side=side,
        tilt_degrees=box.tilt,
    )


def _cut_upright(gray: GrayArray, box: _Box, side: float, n_pixels: int) -> GrayArray:
    """The square of a side around a box's middle, upright, shape=(n_pixels, n_pixels)."""
    import cv2

    turn = cv2.getRotationMatrix2D((box.x, box.y), box.tilt, n_pixels / side)
    turn[:, 2] += np.array([n_pixels / 2 - box.x, n_pixels / 2 - box.y])
    return np.asarray(
        cv2.warpAffine(
            gray, turn, (n_pixels, n_pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        dtype=np.uint8,
    )


def _scale_to_network(gray: GrayArray) -> GrayArray:
    import cv2

    method = cv2.INTER_AREA if gray.shape[0] > FACE_SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, (FACE_SIDE, FACE_SIDE), interpolation=method), dtype=np.uint8)


# Close-ups.


def _frame_width(gray: GrayArray) -> int:
    longer: int = max(gray.shape)
    return math.ceil(longer * CLOSE_UP_FRAME)


def _add_frame(gray: GrayArray) -> GrayArray:
    """Pad a picture with blurred edges; mirrored ones would contain further faces."""
    import cv2

    frame = _frame_width(gray)
    wide = cv2.copyMakeBorder(gray, frame, frame, frame, frame, cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(wide, (0, 0), max(gray.shape) / 16)
    soft[frame:-frame, frame:-frame] = gray
    return np.asarray(soft, dtype=np.uint8)


def _take_whole(gray: GrayArray) -> Face:
    """The middle square of a picture as a face."""
    height, width = gray.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return Face(
        gray=_scale_to_network(gray[top : top + side, left : left + side]),
        left=float(left),
        top=float(top),
        side=float(side),
        found=False,
    )

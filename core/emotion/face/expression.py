"""Facial expression: probabilities of happy, neutral and sad, and the mood that they suggest as a starting point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.emotion.face.config import EXPRESSIONS, FaceConfig
from core.emotion.face.detect import Face
from core.emotion.face.inference import FaceNetwork
from core.emotion.moods import NAMED_MOODS, Mood
from core.errors import InputError
from core.nn.card import RESEARCH, SET_VARIABLE, Card, has_card
from core.nn.weights import load_arrays

#: Why there is no face network in the open set of weights, for a reader who may be without a page.
FACES_OFF = (
    "Faces are not read: no openly licensed pictures of faces were found to train on. Give the mood itself, or, for "
    f"non-commercial research only, set {SET_VARIABLE}={RESEARCH} and start again."
)


def can_read_faces() -> bool:
    """Whether the chosen set of weights has a face network; the open set has none."""
    return has_card("face")


@dataclass(frozen=True, kw_only=True)
class FaceMood:
    """Rated expression of a face in one picture.

    Attributes
    ----------
    p_happy, p_sad, p_neutral : float in [0, 1]
        They sum to one and are calibrated: of the faces read with .8, about eight in ten are labeled so.
    mood : Mood
        The mean of the three named moods, each weighted with its probability; where the point on the mood pad starts.
    """

    p_happy: float
    p_sad: float
    p_neutral: float
    mood: Mood

    @classmethod
    def of(cls, probabilities: NDArray[np.floating]) -> FaceMood:
        """From probabilities in the order happy, sad, neutral."""
        p = np.asarray(probabilities, dtype=np.float64)
        p = p / p.sum()
        centers = [NAMED_MOODS[name] for name in EXPRESSIONS]
        valence = float(sum(share * center.valence for share, center in zip(p, centers, strict=True)))
        arousal = float(sum(share * center.arousal for share, center in zip(p, centers, strict=True)))
        happy, sad, neutral = p.tolist()
        return cls(p_happy=happy, p_sad=sad, p_neutral=neutral, mood=Mood(valence=valence, arousal=arousal))

    @property
    def expression(self) -> str:
        """The most likely of happy, sad and neutral."""
        return max(zip((self.p_happy, self.p_sad, self.p_neutral), EXPRESSIONS, strict=True))[1]


class FaceReader:
    """Facial expression classifier; can be shared by all visitors."""

    def __init__(self, network: FaceNetwork, card: Card) -> None:
        self._network = network
        self.card = card

    @classmethod
    def from_weights(cls, version: int | None = None) -> FaceReader:
        """Load the shipped network.

        Raises
        ------
        InputError
            If the chosen set of weights has none.
        WeightsError
            If it was changed.
        """
        if not can_read_faces():
            raise InputError(FACES_OFF)
        config, tensors, card = load_arrays("face", FaceConfig, version=version)
        return cls(FaceNetwork(config, tensors), card)

    def read(self, face: Face) -> FaceMood:
        """Rate the expression of one face, about 40 ms on one core."""
        return FaceMood.of(self.probabilities(face.gray[None])[0])

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities of many cut-out faces.

        Parameters
        ----------
        images : ndarray of uint8, shape=(n, 48, 48)

        Returns
        -------
        ndarray of float32, shape=(n, 3)
            In the order happy, sad, neutral.
        """
        return self._network.probabilities(images)

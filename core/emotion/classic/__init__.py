"""Classic steering, as in the original: two clusters of pieces, and how far a note leads from each."""

from core.emotion.classic.steering import ClassicSteering, nine_features

__all__ = ["ClassicSteering", "nine_features"]

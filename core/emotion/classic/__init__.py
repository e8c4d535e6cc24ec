"""The original's way to steer: two clusters of pieces, and how far a note leads from each; kept to be compared."""

from core.emotion.classic.steering import ClassicSteering, nine_features

__all__ = ["ClassicSteering", "nine_features"]

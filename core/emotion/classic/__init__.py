"""Two-cluster steering, as in the original: K-means clusters of pieces, and the distance of a candidate note from each."""

from core.emotion.classic.steering import ClassicSteering, nine_features

__all__ = ["ClassicSteering", "nine_features"]

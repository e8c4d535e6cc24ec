"""Audio Viz: ten features a moment, measured or by a network, move a scene in step with a sound."""

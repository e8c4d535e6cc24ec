"""Audio Viz: sound becomes ten numbers a moment, measured or heard by a network, and these move a scene."""

"""Audio Viz: sound source, controls, scenes, legend, charts, video."""

"""Audio Viz: source, settings, looks, scenes, legend, charts, video."""

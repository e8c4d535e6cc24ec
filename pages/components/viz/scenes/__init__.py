"""Scenes: seven WebGL2 visualizations animated by a sound."""

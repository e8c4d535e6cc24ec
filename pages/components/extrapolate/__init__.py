"""Extrapolate: sound source, controls, result."""

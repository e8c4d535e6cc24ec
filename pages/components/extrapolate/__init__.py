"""Extrapolate: source, settings, result."""

"""Melody: a learned composer of melodies that is steered by data."""

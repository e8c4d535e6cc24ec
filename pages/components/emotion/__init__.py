"""Emotion Music: mood pad, mood from a face or music, beginning, result."""

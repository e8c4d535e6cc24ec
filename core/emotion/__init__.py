"""Emotion Music: compose piano music for a mood, with or without opening notes, and rate its mood."""

"""Emotion Music: a mood, and notes of one's own, become a piano piece whose mood can be measured."""

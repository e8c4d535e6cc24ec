"""Mood classifier of notes, trained apart from the network that composes."""

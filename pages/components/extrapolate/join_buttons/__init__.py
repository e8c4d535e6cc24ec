"""Buttons that play one join each."""

"""Prepare, train and score the models of the voice input."""

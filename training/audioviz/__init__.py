"""Prepare, train and score the models of Audio Viz."""

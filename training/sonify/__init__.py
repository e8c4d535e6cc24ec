"""Prepare, train and score the models of Sonify Data."""

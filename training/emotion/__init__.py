"""Prepare, train and score the models of Emotion Music."""

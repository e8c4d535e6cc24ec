"""Prepare, train and score the models of Folk Generator."""

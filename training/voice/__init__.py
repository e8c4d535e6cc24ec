"""Prepare, train and score the models of voice."""

"""Baselines of the evaluations: n-grams, and the networks of the original projects."""

"""The network of the seed project, kept as a row of the evaluation."""

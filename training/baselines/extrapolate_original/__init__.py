"""The seed project's own network, kept for comparison."""

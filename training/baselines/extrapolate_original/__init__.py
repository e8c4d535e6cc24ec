"""The original project's own network, kept for comparison."""

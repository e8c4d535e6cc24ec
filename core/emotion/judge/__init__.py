"""The mood of a piece, from its notes alone; it knows nothing of the network that composes."""

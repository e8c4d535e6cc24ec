"""The original's folk generator: one network over a sixteenth-note grid, kept for comparison."""

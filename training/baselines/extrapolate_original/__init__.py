"""The original's waveform network of Extrapolate, kept for comparison."""

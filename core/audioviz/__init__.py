"""Audio Viz: ten features over time, measured or learned, animate a scene in sync with a sound."""

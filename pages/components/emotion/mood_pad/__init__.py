"""The mood pad: the valence-arousal plane on which a visitor sets a mood or a path from one to another."""

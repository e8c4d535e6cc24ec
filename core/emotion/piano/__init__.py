"""The piano model: notes as they are played, steered by a mood and by measured attributes."""

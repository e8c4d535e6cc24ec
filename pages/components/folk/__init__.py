"""Folk Generator: controls, opening notes, result, descriptions."""

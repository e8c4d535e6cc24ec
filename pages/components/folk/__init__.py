"""Folk Generator: controls, beginning of one's own, result, descriptions."""

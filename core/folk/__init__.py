"""Folk tunes: composing new ones, measuring originality and quality."""

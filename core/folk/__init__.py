"""Folk tunes: reading and writing them, composing new ones, and saying how new they are."""

"""The player: sound, score or piano roll, playhead, point-by-point listening."""

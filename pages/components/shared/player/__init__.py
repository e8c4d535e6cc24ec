"""The player: sound, picture, playhead, exploring by ear."""

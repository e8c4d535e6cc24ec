"""Scenes: seven pictures that move with a sound, drawn with WebGL2."""

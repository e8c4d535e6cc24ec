"""Mood from a face: read a photograph, find the faces in it, rate their expression."""

"""Sonify Data: table source, controls, composition, result, trend quiz."""

"""Originality: how new a tune is, against the tunes that the network was trained on."""

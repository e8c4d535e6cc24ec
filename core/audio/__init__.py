"""Waveforms: decode what visitors bring, encode what they download, measure loudness, stretch time."""

from core.audio.codec import Audio, Container, decode, encode

__all__ = ["Audio", "Container", "decode", "encode"]

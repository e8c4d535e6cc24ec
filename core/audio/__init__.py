"""Waveforms: decode what visitors bring, encode what they download, measure loudness, stretch time."""

from core.audio.decoding import decode
from core.audio.encoding import Container, encode
from core.audio.waveform import Audio

__all__ = ["Audio", "Container", "decode", "encode"]

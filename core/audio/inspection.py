"""Summary of a sound file as plain data: its length, decoded whole."""

from __future__ import annotations

from typing import Any

from core.audio.decoding import decode


def inspect_sound(data: bytes, name: str) -> dict[str, Any]:
    """The length of a sound file, decoded whole.

    Raises
    ------
    InputError
        If it cannot be decoded.
    """
    audio = decode(data, name=name)
    n_samples = audio.y.shape[-1]
    return {
        "file": name,
        "error": None,
        "kind": "sound",
        "duration_sec": round(n_samples / audio.sr, 3),
        "told": [],
    }


def describe_sound(facts: dict[str, Any]) -> str:
    """The same in words."""
    told = [f"  - {sentence}" for sentence in facts["told"]]
    return "\n".join([f"{facts['file']}: a sound of {facts['duration_sec']:.1f} s", *told, ""])

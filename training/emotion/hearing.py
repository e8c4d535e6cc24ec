"""Clips played by the synthesizer and transcribed: what the judges of moods hear in a recording."""

from __future__ import annotations

from typing import Any

from core.emotion.judge.piano_transcription import transcribe_notes
from core.music.performance import Performance
from core.synth import render

HEARD_SR = 22_050


def hear(performance: Performance) -> Performance:
    """Notes transcribed from a rendering."""
    return transcribe_notes(render(performance.to_midi(), sr=HEARD_SR).audio)


def describe_synthesizer() -> dict[str, Any]:
    """Engine and SoundFont of the renderings, for the card: another SoundFont gives other figures of recordings."""
    played = render(Performance.of([60], [0.0], [0.5], [64]).to_midi(), sr=HEARD_SR).report()
    return {"engine": played["engine"], "soundfont": played["soundfont"]}

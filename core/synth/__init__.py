"""Notes to sound: FluidSynth, or the built-in SoundFont synthesizer."""

from core.synth.rendering import (
    Engine,
    Rendering,
    default_soundfont,
    fluidsynth_available,
    limit_peaks,
    render,
)

__all__ = ["Engine", "Rendering", "default_soundfont", "fluidsynth_available", "limit_peaks", "render"]

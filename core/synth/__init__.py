"""Notes to sound: FluidSynth, or the built-in SoundFont synthesizer."""

from core.synth.font_choice import default_soundfont, installed_soundfonts, soundfont_name
from core.synth.rendering import Engine, Rendering, fluidsynth_available, limit_peaks, render

__all__ = [
    "Engine",
    "Rendering",
    "default_soundfont",
    "fluidsynth_available",
    "installed_soundfonts",
    "limit_peaks",
    "render",
    "soundfont_name",
]

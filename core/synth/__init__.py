"""Notes to sound: FluidSynth, or the built-in SoundFont synthesizer."""

from core.audio.limiting import limit_peaks
from core.synth.font_choice import default_soundfont, installed_soundfonts, soundfont_name
from core.synth.rendering import Engine, Rendering, fluidsynth_available, mix_rendering, render

__all__ = [
    "Engine",
    "Rendering",
    "default_soundfont",
    "fluidsynth_available",
    "installed_soundfonts",
    "limit_peaks",
    "mix_rendering",
    "render",
    "soundfont_name",
]

"""Which SoundFont plays: the best of those that are installed, and the next one where it is damaged."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pretty_midi

from core.errors import InputError
from core.synth.sf2 import soundfont as soundfonts

VARIABLE = "SONOSCOPE_SOUNDFONT"
"""Environment variable with the path of a font that is tried before all others."""

_FOLDERS = (
    "/usr/share/sounds/sf3",
    "/usr/share/sounds/sf2",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
)
_FONTS = (
    # Debian's musescore-general-soundfont-small, its larger sister, fluidr3mono-gm-soundfont, timgm6mb-soundfont.
    ("MuseScore_General_Lite.sf3", "MuseScore General (small)"),
    ("MuseScore_General.sf3", "MuseScore General"),
    ("FluidR3Mono_GM.sf3", "FluidR3 Mono"),
    ("TimGM6mb.sf2", "TimGM6mb"),
)


def bundled_soundfont() -> Path:
    """The small font that is installed with pretty_midi (TimGM6mb, 6 MB), which is always there."""
    return Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")


def installed_soundfonts() -> list[Path]:
    """The fonts that are installed here, the best one first, and the one that comes with pretty_midi.

    Examples
    --------
    >>> bundled_soundfont() in installed_soundfonts()
    True
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    return list(_installed(chosen))


@cache
def _installed(chosen: str) -> tuple[Path, ...]:
    found = [Path(chosen)] if chosen else []
    for name, _ in _FONTS[:-1]:
        paths = (Path(folder, name) for folder in _FOLDERS)
        found += [path for path in paths if path.is_file()][:1]
    found.append(bundled_soundfont())
    # Debian has one file under several names.
    first_of: dict[Path, Path] = {}
    for path in found:
        first_of.setdefault(path.resolve(), path)
    return tuple(first_of.values())


def default_soundfont() -> Path:
    """The font that plays where none is chosen: the first that can be read."""
    return Path(open_default()[0].key[0])


def soundfont_name(path: Path) -> str:
    """What a font is called in reports and on pages; that of a visitor is "your SoundFont".

    Examples
    --------
    >>> soundfont_name(bundled_soundfont()), soundfont_name(Path("/tmp/5feb0f4a.sf2"))
    ('TimGM6mb', 'your SoundFont')
    """
    if path in installed_soundfonts():
        return dict(_FONTS).get(path.name, path.stem[:60])
    return "your SoundFont"


def open_default() -> tuple[soundfonts.SoundFont, str | None]:
    """The default font, and a sentence where a better one that is installed could not be read.

    Raises
    ------
    InputError
        If not even the last one can be read.
    """
    return open_next(installed_soundfonts())


def open_next(paths: list[Path]) -> tuple[soundfonts.SoundFont, str | None]:
    """The first of `paths` that can be read, and a sentence on those before it."""
    failed: list[str] = []
    for path in paths:
        try:
            font = soundfonts.load(path)
        except InputError:
            if path == paths[-1]:
                raise
            failed.append(soundfont_name(path))
            continue
        return font, describe_failure(failed, soundfont_name(path))
    raise InputError("There is no SoundFont to play with.")


def describe_failure(failed: list[str], playing: str) -> str | None:
    """A sentence that says which fonts could not be read; None where all could."""
    if not failed:
        return None
    return f"The SoundFont {' and '.join(failed)} could not be read; {playing} plays instead."

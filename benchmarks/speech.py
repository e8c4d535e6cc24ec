"""Spoken captions, measured: when words begin, how loud they are over the data, and what an offline recognizer understands.

``python -m benchmarks.speech`` sonifies examples with captions, laid over the notes as in the app, and prints

- onsets and ends of the words in the finished sound against the script, by level, in milliseconds;
- how far the data duck, and whether any other sample of them has changed;
- loudness of speech above the ducked data under each caption;
- word accuracy of pocketsphinx (a dozen megabytes, its model in the wheel; US English) within a grammar of years, months and
  values: for the speech alone, over the data as ducked, and over the data at full level.

The recognizer was trained on people, not on espeak-ng; without the grammar it understands little of it. Its accuracy for the speech
alone is what to compare with.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Float32Array
from core.audio.loudness import loudness_lufs
from core.audio.waveform import Audio
from core.presentation.presentation import SpokenCaption
from core.sonify.audibility import play
from core.sonify.compose import Composers, compose
from core.sonify.descriptions import units_of
from core.sonify.direct_mapping import Sonification
from core.sonify.examples import load_example
from core.sonify.spoken_captions import add_captions, speak_over
from core.sonify.suggestion import suggest
from core.speech.captions import DUCK_DB
from core.speech.espeak import speak
from core.speech.languages import LANGUAGES
from core.speech.mixing import DUCK_SEC, RETURN_SEC, lay_over, speech_lufs

SCENES = (
    ("co2", "direct"),
    ("nile", "direct"),
    ("elnino", "direct"),
    ("gapminder", "direct"),
    ("co2", "piece"),
)
_HEARD = 10 ** (-40 / 20)
_RECOGNIZER_SR = 16_000
# Noise of a quiet room, 44 dB below full scale: the recognizer hears speech alone best with that (0.001: 90 %, 0.006: 99 %).
_ROOM = 0.006

_UNITS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_GRAMMAR = f"""#JSGF V1.0;
grammar captions;
<digit> = {" | ".join(["zero", *_UNITS[:9]])};
<two> = {" | ".join(_UNITS)} | ({" | ".join(_TENS)}) [{" | ".join(_UNITS[:9])}];
<year> = nineteen <two> | nineteen oh <digit> | nineteen hundred | two thousand [<digit>] | twenty <two>;
<month> = {" | ".join(_MONTHS)};
<value> = [minus] ([<digit> hundred] <two> | <digit> hundred) [point <digit> [<digit>]];
<unit> = parts per million | percent | degrees celsius | millimeters;
<extreme> = (minimum | maximum) <value> <unit>;
public <caption> = <year> | <month> | <month> <year> | <extreme>;
"""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A captioned sonification: the notes alone behind their introduction, and with the words."""

    captions: tuple[SpokenCaption, ...]
    notes: Float32Array
    mixed: Float32Array
    sr: int
    begins_at: int


def make_scene(example: str, mode: str, language: str, composers: Composers) -> Scene:
    """Sonify an example with captions."""
    table = load_example(example)
    settings = replace(suggest(table).settings, mode=mode, captions=True, language=language)
    made, rendering = play(compose(table, settings, composers))
    captioned, spoken = speak_over(made, rendering, units_of(table))
    track = captioned.captions
    assert track is not None and track.is_in_sound, "espeak-ng is not installed"
    sr, mixed = rendering.audio.sr, spoken.audio.y
    begin = round(track.introduction_sec * sr)
    notes = np.zeros_like(mixed)
    notes[:, begin : begin + rendering.audio.n_samples] = rendering.audio.y
    return Scene(captions=track.captions, notes=notes, mixed=mixed, sr=sr, begins_at=begin)


def measure_scene(scene: Scene) -> dict[str, float | bool]:
    """Errors of onsets and ends in ms, loudness of speech above the ducked notes in dB, and whether the rest is untouched."""
    sr, ducked = scene.sr, 10 ** (-DUCK_DB / 20) * scene.notes
    onsets, ends, above = [], [], []
    outside = np.ones(scene.mixed.shape[1], dtype=bool)
    for caption in scene.captions:
        begin, end = (round(at * sr) for at in (caption.onset_sec, caption.onset_sec + caption.duration_sec))
        outside[max(0, begin - round((DUCK_SEC + 0.01) * sr)) : end + round((RETURN_SEC + 0.01) * sr)] = False
        words = scene.mixed[:, begin:end] - ducked[:, begin:end]
        heard = np.flatnonzero(np.abs(words).max(axis=0) > _HEARD * np.abs(words).max())
        onsets.append(1000 * heard[0] / sr)
        ends.append(1000 * (words.shape[1] - heard[-1]) / sr)
        if begin >= scene.begins_at:
            under = loudness_lufs(Audio(ducked[:, begin:end], sr))
            above.append(loudness_lufs(Audio(words, sr)) - under)
    return {
        "captions": len(scene.captions),
        "worst onset ms": float(max(onsets)),
        "worst end ms": float(max(ends)),
        "speech above notes dB, least": min(above),
        "median": float(np.median(above)),
        "rest untouched": bool(np.array_equal(scene.mixed[:, outside], scene.notes[:, outside])),
    }


def list_script(seed: int = 0, n: int = 24) -> list[tuple[str, str]]:
    """Captions as they are written, and as they are said in words."""
    rng = np.random.default_rng(seed)
    script = []
    for i in range(n):
        year, tenth = int(rng.integers(1910, 2000)), int(rng.integers(1, 10))
        value, month = int(rng.integers(101, 999)), _MONTHS[int(rng.integers(12))]
        kind = i % 4
        if kind == 0:
            script.append((str(year), spell_year(year)))
        elif kind == 1:
            script.append((f"{month.capitalize()} {year}", f"{month} {spell_year(year)}"))
        else:
            word = "maximum" if kind == 2 else "minimum"
            unit = ("parts per million", "percent", "degrees Celsius", "millimeters")[i % 16 // 4]
            said = f"{word} {spell_value(value)} point {['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'][tenth]}"
            script.append((f"{word.capitalize()}, {value}.{tenth} {unit}", f"{said} {unit.lower()}"))
    return script


def spell_two(number: int) -> str:
    """A number below a hundred in words.

    Examples
    --------
    >>> spell_two(7), spell_two(40), spell_two(58)
    ('seven', 'forty', 'fifty eight')
    """
    if number < 20:
        return _UNITS[number - 1]
    return " ".join(filter(None, (_TENS[number // 10 - 2], _UNITS[number % 10 - 1] if number % 10 else "")))


def spell_year(year: int) -> str:
    """A year of the twentieth century after 1909 in words."""
    return f"nineteen {spell_two(year - 1900)}"


def spell_value(value: int) -> str:
    """A number from 101 to 999 in words."""
    rest = f" {spell_two(value % 100)}" if value % 100 else ""
    return f"{_UNITS[value // 100 - 1]} hundred{rest}"


class Recognizer:
    """Pocketsphinx with the grammar of captions."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=_RECOGNIZER_SR, lm=None, loglevel="FATAL")
        self._decoder.add_jsgf_string("captions", _GRAMMAR)
        self._decoder.activate_search("captions")

    def hear(self, sound: Audio) -> list[str]:
        """Words that it hears."""
        y = sound.mono().resample(_RECOGNIZER_SR).y
        # It was trained on rooms, and takes digital silence for a fault.
        room = np.random.default_rng(0).normal(0, _ROOM, len(y) + _RECOGNIZER_SR)
        room[_RECOGNIZER_SR // 2 : _RECOGNIZER_SR // 2 + len(y)] += y
        self._decoder.start_utt()
        samples = (np.clip(room, -1, 1) * 32_767).astype("<i2")
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return re.findall(r"[a-z]+", found.hypstr) if found else []


def recognize(script: list[tuple[str, str]], notes: Audio, recognizer: Recognizer) -> dict[str, float]:
    """Share of the words of a script that are understood: alone, over ducked notes, and over notes at full level."""
    right, n_words = {"alone": 0, "over ducked notes": 0, "over full notes": 0}, 0
    level = speech_lufs(notes)
    for i, (text, said) in enumerate(script):
        words, speech = said.split(), speak(text, "en").resample(notes.sr)
        begin = (i * notes.sr) % max(1, notes.n_samples - speech.n_samples)
        under = Audio(notes.y[:, begin : begin + speech.n_samples], notes.sr)
        caption = SpokenCaption(onset_sec=0.0, duration_sec=speech.duration_sec, text=text)
        silence = Audio(np.zeros_like(under.y), notes.sr)
        gain = 10 ** ((level - loudness_lufs(Audio(np.stack([speech.y] * 2), notes.sr))) / 20)
        sounds = {
            "alone": lay_over(silence, [caption], [speech]),
            "over ducked notes": Audio(
                under.y * 10 ** (-DUCK_DB / 20) + speech.y * np.float32(gain), notes.sr
            ),
            "over full notes": Audio(under.y + speech.y * np.float32(gain), notes.sr),
        }
        n_words += len(words)
        for name, sound in sounds.items():
            heard = recognizer.hear(sound)
            matches = difflib.SequenceMatcher(a=words, b=heard, autojunk=False).get_matching_blocks()
            right[name] += sum(block.size for block in matches)
    return {name: count / n_words for name, count in right.items()}


def count_languages() -> dict[str, str]:
    """What is said of one table in each language."""
    table = load_example("co2")
    settings = replace(suggest(table).settings, captions=True)
    made: Sonification = compose(table, settings, Composers.from_weights())
    told = {}
    for language in LANGUAGES:
        track = add_captions(replace(made, settings=replace(settings, language=language)), units_of(table))[
            0
        ].captions
        assert track is not None
        told[language] = " / ".join(caption.text for caption in track.captions[:4])
    return told


def main() -> None:
    """Print everything."""
    composers, recognizer = Composers.from_weights(), Recognizer()
    script = list_script()
    for example, mode in SCENES:
        scene = make_scene(example, mode, "en", composers)
        print(
            example,
            mode,
            {
                name: value if isinstance(value, bool) else round(value, 1)
                for name, value in measure_scene(scene).items()
            },
        )
        notes = Audio(scene.notes[:, scene.begins_at :], scene.sr)
        if (example, mode) != ("nile", "direct"):
            shares = recognize(script, notes, recognizer)
            print("  words understood", {name: f"{share:.0%}" for name, share in shares.items()}, flush=True)
    for language, words in count_languages().items():
        print(language, words)


if __name__ == "__main__":
    main()

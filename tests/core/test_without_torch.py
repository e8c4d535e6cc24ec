"""What a page shows first is made without torch, whose import alone takes a second and 200 MB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SONIFY = """
import dataclasses
from core.sonify.compose import Composers, compose, trade
from core.sonify.settings import Settings, Voice
from core.tables.table import read_text
table = read_text("month,rain\\n" + "\\n".join(f"{k},{30 + k * k % 17}" for k in range(40)))
composers = Composers.from_weights()
"""

JOBS = {
    "voice": """
import numpy as np
from core.audio import Audio
from core.voice.transcribe import transcribe
t = np.arange(22_050) / 22_050
tone = 0.2 * sum(np.sin(2 * np.pi * 220.0 * k * t) / k for k in range(1, 6))
assert [note.pitch for note in transcribe(Audio(tone.astype(np.float32), 22_050)).notes] == [57]
""",
    "melody": SONIFY
    + """
settings = Settings(voices=(Voice(column="rain"),), mode="melody")
assert compose(table, settings, composers).composition is not None
assert compose(table, dataclasses.replace(settings, rhythm="composed"), composers).composition is not None
assert len(trade(table, settings, composers)) > 3
""",
    "piece": SONIFY
    + """
piece = compose(table, Settings(voices=(Voice(column="rain"),), mode="piece"), composers, engine="embedded")
assert piece.composition is not None
""",
    "folk": """
from core.folk.generate import FolkComposer
from core.folk.originality.fingerprint import Fingerprint
composer = FolkComposer.from_weights()
(tune,) = composer.compose(bars=4, seed=1)
assert composer.bits(tune).shape == (len(tune.events), 2)
assert Fingerprint.from_weights().compare(tune).n_intervals > 3
""",
    "extrapolate": """
import numpy as np
from core.audio import Audio
from core.extrapolate.extend import extend
from core.extrapolate.forecast import find_forecaster
from core.extrapolate.request import Request
t = np.arange(8 * 22_050) / 22_050
strokes = Audio((0.4 * np.sin(2 * np.pi * 440 * t) * np.exp(-6 * (t % 0.5))).astype(np.float32), 22_050)
for engine in ("recompose", "neural"):
    result = extend(strokes, Request(seconds=3.0, engine=engine), forecaster=find_forecaster())
    assert result.duration_sec > 10
""",
    "emotion": """
from core.emotion.compose import Request
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano.generate import PianoComposer
from core.emotion.rating import compose_and_rate
path = MoodPath.still(Mood(valence=0.7, arousal=0.5))
for steering in ("network", "classic"):
    request = Request(path=path, unit="notes", length=12, steering=steering)
    result = compose_and_rate(request, PianoComposer.from_weights(), MoodJudge.from_weights())
    assert len(result.performance) == 12 and result.judgment.p_high_valence > 0
""",
}


def test_no_default_look_imports_torch() -> None:
    # A finder in front of all others: where something asks for torch, the traceback names who asked.
    refuse = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise AssertionError("torch is imported")

sys.meta_path.insert(0, Refused())
"""
    code = refuse + "".join(f"print({name!r})\n{lines}" for name, lines in JOBS.items())
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr

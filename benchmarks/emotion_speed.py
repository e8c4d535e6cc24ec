"""Emotion Music benchmark: time of composing, transcription, photographs and faces, warm and on one core.

python -m benchmarks.emotion_speed voice
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import get_args

from benchmarks.timing import time_fastest

REPEATS = 5


def voice() -> None:
    """Ten seconds and two minutes of singing to notes, with each tracker."""
    import torch

    from core.audio import Audio
    from core.voice.pitch_tracking import Tracker
    from core.voice.transcribe import transcribe
    from tests.core.sung import sung, tune

    torch.set_num_threads(1)
    for seconds in (10, 120):
        audio = sung(tune(([60, 62, 64, 65, 67, 67, 65, 64, 62, 60] * 24)[: 2 * seconds - 1]))
        audio = Audio(audio.y[: seconds * audio.sr], audio.sr)
        for tracker in get_args(Tracker):
            if (seconds, tracker) == (120, "pyin"):
                continue
            clock, processor = time_fastest(partial(transcribe, audio, tracker=tracker), REPEATS)
            print(
                f"voice {seconds:4d} s, {tracker:<9} {1e3 * clock:8.0f} ms, {1e3 * processor:8.0f} ms of processor"
            )


def face() -> None:
    """One face read by the network; a photo of 1600 x 1200 opened; its faces found."""
    import numpy as np
    import torch

    from core.emotion.face.detect import find_faces
    from core.emotion.face.expression import FaceReader
    from core.emotion.face.photograph import read_picture
    from tests.core.drawn_face import as_file, drawn_face

    torch.set_num_threads(1)
    reader = FaceReader.from_weights()
    photo = np.full((1200, 1600, 3), 205, dtype=np.uint8)
    photo[100:1100, 300:1300] = drawn_face(1000)
    data = as_file(photo, "JPEG")
    picture = read_picture(data)
    found = find_faces(picture)[0]
    jobs: dict[str, Callable[[], object]] = {
        "one face read": lambda: reader.read(found),
        "photo opened": lambda: read_picture(data),
        "faces found": lambda: find_faces(picture),
    }
    for name, job in jobs.items():
        clock, processor = time_fastest(job, REPEATS)
        print(f"face {name:<14} {1e3 * clock:8.1f} ms, {1e3 * processor:8.1f} ms of processor")


def compose() -> None:
    """Pieces of 200 notes, four moods and two seeds: two drafts and their choice, and again where they loop."""
    from core.emotion.moods import Mood, MoodPath
    from core.emotion.piano.generate import PianoComposer

    composer = PianoComposer.from_weights()
    name = "stand-in" if composer.card is None else composer.card.stem
    times = []
    for valence, arousal in ((0.75, 0.45), (-0.6, -0.5), (0.5, -0.6), (-0.6, 0.6)):
        path = MoodPath.still(Mood(valence=valence, arousal=arousal))
        for seed in range(2):
            times.append(time_fastest(partial(composer.compose, path, n_notes=200, seed=seed), 2))
    clock, processor = (1e3 * sum(column) / len(times) for column in zip(*times, strict=True))
    print(f"{name}, 200 notes {clock:8.0f} ms, {processor:8.0f} ms of processor")


JOBS: dict[str, Callable[[], None]] = {"compose": compose, "face": face, "voice": voice}


def main() -> None:
    """Run the named jobs, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    for name in parser.parse_args().jobs or JOBS:
        JOBS[name]()


if __name__ == "__main__":
    main()

"""Folk benchmark: time to compose, engrave and print, beside simpler ways, on one core.

    python -m benchmarks.folk_speed [--json OUT.json]

Warm: the networks are loaded and each job has run once; the fastest of some runs counts. Where others use the
machine too, the processor's own time, which stands behind it, says what an idle one would take; it leaves out what
other processes do (FluidSynth, the drawing apart). The tutorial's way is that of the second original project: the classic
network reads its last 64 symbols anew for every sixteenth, one tune after the other. "Click to score" is everything
between the visitor's click and the page: compose, play, draw, measure.
"""

from __future__ import annotations

import argparse
import json
import os
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core, before numpy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

from benchmarks.timing import time_fastest
from core import audio, synth
from core.folk.generate import FolkComposer
from core.folk.originality.fingerprint import Fingerprint
from core.music.score_pdf import PAGE_PX, to_pdf
from core.music.tune import Tune
from core.music.tune_engraving import drawn_notes, engrave_tune
from core.music.tune_files import to_midi
from core.nn.weights import load
from training.baselines.folk_original.model import OriginalLSTM

COUNT, BARS = 8, 16
WINDOW = 64  # symbols that the tutorial reads for each new one
METERS = ("4/4", "6/8")


@torch.inference_mode()
def tutorial_tune(network: OriginalLSTM, n_steps: int, seed: int) -> list[int]:
    """Sixteenths of one tune, the window read anew for each of them."""
    generator = torch.Generator().manual_seed(seed)
    ids = [0] * WINDOW
    for _ in range(n_steps):
        logits, _ = network(torch.tensor([ids[-WINDOW:]]))
        weights = torch.softmax(logits[0, -1].double() / 0.3, dim=-1)
        weights[0] = 0  # goes on to the asked length
        ids.append(int(torch.multinomial(weights, 1, generator=generator)))
    return ids[WINDOW:]


def main() -> None:
    """Print a table of jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    composer, fingerprint = FolkComposer.from_weights(), Fingerprint.from_weights()
    rows: list[dict[str, object]] = []

    def told(job: str, took: tuple[float, float], limit_sec: float | None = None) -> None:
        by_clock, of_processor = took
        rows.append({"job": job, "seconds": by_clock, "processor_sec": of_processor, "limit_sec": limit_sec})
        bound = f"  (at most {limit_sec:g} s)" if limit_sec else ""
        print(f"{job:60}{by_clock:8.3f} s {of_processor:8.3f} s{bound}", flush=True)

    for meter in METERS:
        took = time_fastest(partial(composer.compose, bars=BARS, count=COUNT, meter=meter, seed=1))
        told(f"{COUNT} variants of {BARS} bars in {meter}, side by side", took, 1.0)
    told(
        f"{COUNT} variants of {BARS} bars in 4/4, one after the other",
        time_fastest(lambda: [composer.compose(bars=BARS, seed=n) for n in range(COUNT)]),
    )
    classic, _ = load("folk_original", OriginalLSTM)
    told(
        f"{COUNT} tunes of {BARS} bars in 4/4 in the tutorial's way",
        time_fastest(lambda: [tutorial_tune(classic, BARS * 16, n) for n in range(COUNT)]),
    )
    tune = composer.compose(bars=BARS, seed=1)[0]
    pm = to_midi(tune)
    told("score drawn, with the times of its notes", time_fastest(lambda: draw_score(tune)), 0.3)
    width, height = PAGE_PX
    told(
        "score printed as PDF",
        time_fastest(
            lambda: to_pdf(engrave_tune(tune, width_px=width, height_px=height), title="A", lines=["b"])
        ),
    )
    told("sound rendered and encoded", time_fastest(lambda: audio.encode(synth.render(pm).audio, "wav")))

    def click_to_score() -> None:
        """What happens between the click and the page, three variants as the page begins with."""
        tunes = composer.compose(bars=BARS, count=3, seed=1)
        audio.encode(synth.render(to_midi(tunes[0])).audio, "wav")
        draw_score(tunes[0])
        for other in tunes:
            engrave_tune(other, width_px=430, scale=30)
        composer.bits(tunes[0])
        fingerprint.compare(tunes[0])

    told("click to score, 3 variants", time_fastest(click_to_score))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


def draw_score(tune: Tune) -> None:
    """Both drawings that the page sends, wide and narrow."""
    pm = to_midi(tune)
    for width in (760, 430):
        drawn_notes(engrave_tune(tune, width_px=width), tune, pm)


if __name__ == "__main__":
    main()

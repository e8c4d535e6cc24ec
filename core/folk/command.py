"""Tunes as files in a folder, with a report: the folk job of the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.folk.tune_measures import facts_of
from core.music import midi
from core.music.tune import TICKS, Tune
from core.music.tune_files import to_abc, to_kern, to_midi, to_musicxml

if TYPE_CHECKING:
    from core.folk.generate import FolkComposer
    from core.folk.originality.fingerprint import Fingerprint


def write_tunes(tunes: Sequence[Tune], folder: Path, *, tempo_qpm: float, program: int) -> list[str]:
    """Write every tune as MIDI, MusicXML, ABC and kern.

    Parameters
    ----------
    tunes : sequence of Tune
    folder : Path
        Made if it is not there.
    tempo_qpm : float
        Quarters a minute.
    program : int
        General MIDI program, 0-127.

    Returns
    -------
    list of str
        The common name of each tune's files: ``tune-01`` and so on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, tune in enumerate(tunes, 1):
        name = f"tune-{number:02}"
        made = midi.to_bytes(to_midi(tune, tempo_qpm=tempo_qpm, program=program))
        (folder / f"{name}.mid").write_bytes(made)
        (folder / f"{name}.musicxml").write_text(to_musicxml(tune, title=name), encoding="utf-8")
        (folder / f"{name}.abc").write_text(to_abc(tune, title=name), encoding="utf-8")
        (folder / f"{name}.krn").write_text(to_kern(tune), encoding="utf-8")
        names.append(name)
    return names


def report(
    tunes: Sequence[Tune], request: dict[str, Any], composer: FolkComposer, fingerprint: Fingerprint
) -> dict[str, Any]:
    """What was asked and what came: JSON-ready, every tune with its facts and its events in quarters."""
    told = []
    for tune in tunes:
        key = tune.keys[0]
        told.append(
            {
                "key": key.tonic,
                "mode": key.mode,
                "meter": tune.meters[0].meter,
                "pickup_beat": tune.pickup_tick / TICKS,
                **dataclasses.asdict(facts_of(tune, composer, fingerprint)),
                "events": [
                    {
                        "onset_beat": event.onset_tick / TICKS,
                        "duration_beat": event.duration_tick / TICKS,
                        "pitch": event.pitch,
                    }
                    for event in tune.events
                ],
            }
        )
    return {"job": "folk", "request": request, "n_tunes": len(told), "tunes": told}

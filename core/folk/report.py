"""Report of composed folk tunes: the request, and each tune with its facts and events in quarter notes, ready for JSON."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from core.folk.tune_measures import facts_of, share_in_mode
from core.music.tune import TICKS, Tune

if TYPE_CHECKING:
    from core.folk.generate import FolkComposer
    from core.folk.job import TuneRequest
    from core.folk.originality.fingerprint import Fingerprint
    from core.folk.selection import Selection
    from core.folk.settings import FolkSettings

# Of a request, what a report does not repeat: it has the plan of phrases as it was written.
_NOT_TOLD = {"prompt", "phrase_plan", "phrase_letters"}


def tell_request(request: TuneRequest, settings: FolkSettings) -> dict[str, Any]:
    """What was asked for, for a report."""
    told = {name: value for name, value in vars(request).items() if name not in _NOT_TOLD}
    return told | {"phrases": settings.phrases}


def report(
    selection: Selection, request: dict[str, Any], composer: FolkComposer, fingerprint: Fingerprint
) -> dict[str, Any]:
    """The request and every tune with its measures and its events in quarters, ready for JSON."""
    told = []
    for tune in selection.tunes:
        key = tune.keys[0]
        events = [
            {
                "onset_beat": event.onset_tick / TICKS,
                "duration_beat": event.duration_tick / TICKS,
                "pitch": event.pitch,
            }
            for event in tune.events
        ]
        told.append(
            {
                "key": key.tonic,
                "mode": key.mode,
                "meter": tune.meters[0].meter,
                "pickup_beat": tune.pickup_tick / TICKS,
                **dataclasses.asdict(facts_of(tune, composer, fingerprint)),
                "events": events,
                **_tell_chords(tune),
            }
        )
    counts = {
        "n_composed": selection.n_composed,
        "n_left_out_of_key": selection.n_out_of_key,
        "n_left_out_unusual": selection.n_unusual,
        "n_left_out_alike": selection.n_alike,
        "n_shown_in_spite": selection.n_in_spite,
    }
    return {"job": "folk", "request": request, "n_tunes": len(told), **counts, "tunes": told}


def _tell_chords(tune: Tune) -> dict[str, Any]:
    """Chords, their share in the mode, and repeated sections; nothing where the tune has none."""
    told: dict[str, Any] = {}
    if tune.chords:
        told["chords"] = [
            {"onset_beat": chord.onset_tick / TICKS, "name": chord.name} for chord in tune.chords
        ]
        told["chords_in_mode"] = share_in_mode(tune)
    if tune.repeats:
        told["repeats"] = [
            {
                "onset_beat": repeat.onset_tick / TICKS,
                "turn_beat": repeat.turn_tick / TICKS,
                "end_beat": repeat.end_tick / TICKS,
                "ending_beat": repeat.ending_tick / TICKS,
            }
            for repeat in tune.repeats
        ]
    return told

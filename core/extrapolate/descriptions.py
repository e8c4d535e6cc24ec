"""Sentences about an extension: joins, unchanged part, mood against stated thresholds, tempo, key, loudness."""

from __future__ import annotations

from core.extrapolate.result import Added, Measurements, Portrait

_SIDES = {"after": "After the recording", "before": "Before the recording"}
# A recording itself varies by so much from one window of six seconds to the next; beyond it the mood has changed.
MOOD_LIMIT = 0.15
# A change of loudness that most listeners notice between two pieces of music.
LOUDNESS_LIMIT_LU = 2.0


def joins_in_words(result: Measurements) -> str:
    """How many joins go beyond the recording's own changes, and what the score means."""
    joins = result.joins
    if not joins:
        return "There are no joins."
    bad, total = sum(not join.good for join in joins), len(joins)
    many = "1 join" if total == 1 else f"{total} joins"
    told = (
        f"None of the {many} goes beyond"
        if not bad and total > 1
        else f"The {many} does not go beyond"
        if not bad
        else f"{bad} of {many} {'goes' if bad == 1 else 'go'} beyond"
    )
    beat = ", or the beat is displaced by 30 ms" if joins[0].phase_ms is not None else ""
    return (
        f"{told} what the recording itself does. A score of 1 is the limit: the level jumps as much as at the recording's own "
        f"95th percentile, or the onset is 2 standard deviations stronger than usual{beat}. Lower is better."
    )


def identical_in_words(result: Measurements) -> str:
    """Which part of the whole is the recording itself."""
    start, stop = result.identical_sec
    if not result.identical:
        return "The recording itself was changed."
    return f"From {start:.2f} s to {stop:.2f} s every sample equals the recording's; only the crossfades at its joins differ."


def mood_in_words(result: Measurements) -> list[str]:
    """Whether the mood came out as requested, with the largest departure first; a sentence a side."""
    return [_describe_mood(result, added) for added in result.added]


def _describe_mood(result: Measurements, added: Added) -> str:
    where, wish = _SIDES[added.side], result.request.mood
    before, after = result.recording.mood, added.portrait.mood
    if before is None or after is None:
        return f"{where}: too quiet to measure its mood."
    changes = {
        "arousal": (before.arousal, after.arousal, MOOD_LIMIT),
        "valence": (before.valence, after.valence, MOOD_LIMIT),
        "loudness": (result.recording.loudness_lufs, added.portrait.loudness_lufs, LOUDNESS_LIMIT_LU),
    }
    departures = {name: abs(new - old) / limit for name, (old, new, limit) in changes.items()}
    in_order = sorted(departures, key=departures.__getitem__, reverse=True)
    figures = ", ".join(_describe_change(name, *changes[name][:2]) for name in in_order)
    if wish == "keep":
        verdict = "mood kept" if departures[in_order[0]] <= 1 else "mood not kept"
    else:
        rise = after.arousal - before.arousal
        met = rise >= MOOD_LIMIT if wish == "lift" else rise <= -MOOD_LIMIT
        verdict = ("" if met else "not ") + ("more energetic" if wish == "lift" else "calmer")
    return f"{where}: {verdict}. {figures[0].upper()}{figures[1:]}."


def _describe_change(name: str, old: float, new: float) -> str:
    if name == "loudness":
        return f"loudness {old:.1f} to {new:.1f} LUFS ({new - old:+.1f})"
    return f"{name} {old:+.2f} to {new:+.2f} ({new - old:+.2f})"


def thresholds_in_words() -> str:
    """The thresholds behind :func:`mood_in_words`."""
    return (
        f"“Kept” means that arousal and valence change by no more than {MOOD_LIMIT:g} and loudness by no more than "
        f"{LOUDNESS_LIMIT_LU:g} LU; “more energetic” and “calmer” that arousal rises or falls by at least {MOOD_LIMIT:g}. "
        "The ending is left out."
    )


def portrait_rows(result: Measurements) -> list[dict[str, str]]:
    """Tempo, key and loudness of the recording and of each addition, a row each, for a table.

    Parameters
    ----------
    result : Measurements

    Returns
    -------
    list of dict
    """
    columns: dict[str, Portrait] = {"Recording": result.recording}
    columns |= {_SIDES[added.side]: added.portrait for added in result.added}
    return [
        {"Measure": name, **{title: say(portrait) for title, portrait in columns.items()}}
        for name, say in (("Tempo", _tempo), ("Key", _key), ("Loudness", _loudness))
    ]


def _tempo(portrait: Portrait) -> str:
    return "no steady beat" if portrait.tempo_qpm is None else f"{portrait.tempo_qpm:.1f} BPM"


def _key(portrait: Portrait) -> str:
    return "none found" if portrait.key is None else " ".join(portrait.key)


def _loudness(portrait: Portrait) -> str:
    return "silent" if portrait.loudness_lufs < -70 else f"{portrait.loudness_lufs:.1f} LUFS"

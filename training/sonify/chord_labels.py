"""Chord labels of real pieces: template matching and a Viterbi search; and the key of a passage."""

from __future__ import annotations

import numpy as np

from core.accompaniment.chords import N_CHORDS, NO_CHORD, QUALITIES, TICKS, pitch_class_weights, tone_table
from core.arrays import FloatArray, IntArray
from core.music.key import tonic_and_mode

# Labeling, set by reading the chords of a few validation pieces: how much a chord note outweighs another, what the bass
# adds to its root, and what a change of chord costs on a bar line, at the half bar and on another beat.
_IN_CHORD = 0.88
_BASS_ON_ROOT = 1.6
_CHANGE_COST = (1.2, 2.0, 3.4)
_OTHER_QUALITY_COST = 0.3  # of whatever is not a major or minor triad


def estimate_key(notes: IntArray) -> tuple[int, bool]:
    """Tonic (pitch class) and whether the mode is minor; a note weighs by its length, at most a whole note."""
    tonic, mode = tonic_and_mode(notes[:, 2], np.minimum(notes[:, 1], 4 * TICKS))
    return tonic, mode == "minor"


def label_chords(melody: IntArray, rest: IntArray, *, tonic: int, n_beats: int, bar: int) -> IntArray:
    """Estimate the chord of each beat of a piece.

    Template matching (each chord expects its notes, the lowest note its root) with a Viterbi search over a
    cost for changes, which is lowest on bar lines.

    Parameters
    ----------
    melody, rest : ndarray of int64, shape=(n, 4)
        Onset and duration in ticks, pitch, velocity. The melody counts half: it holds most passing notes.
    tonic : int
        Pitch class from which chords are counted.
    n_beats, bar : int
        Beats to label; ticks in a bar.

    Returns
    -------
    ndarray of int64, shape=(n_beats,)
        Chord ids; `NO_CHORD` where hardly anything sounds.
    """
    weights = pitch_class_weights(rest, n_beats) + 0.5 * pitch_class_weights(melody, n_beats)
    bass = pitch_class_weights(_keep_lowest(rest), n_beats)
    weights, bass = np.roll(weights, -tonic, axis=1), np.roll(bass, -tonic, axis=1)
    amount = weights.sum(axis=1)
    weights *= (np.minimum(amount, 2.0 * TICKS) / np.maximum(amount, 1e-9) / TICKS * 3.0)[:, None]
    bass /= np.maximum(bass.sum(axis=1, keepdims=True), 1e-9)
    tones = tone_table()[:NO_CHORD]
    expected = np.where(tones, _IN_CHORD / tones.sum(axis=1, keepdims=True), 0.0) + (1.0 - _IN_CHORD) / 12.0
    score = np.zeros((n_beats, N_CHORDS))
    score[:, :NO_CHORD] = weights @ np.log(expected).T + _BASS_ON_ROOT * np.tile(bass, len(QUALITIES))
    score[:, 2 * 12 : NO_CHORD] -= _OTHER_QUALITY_COST
    score[:, NO_CHORD] = weights.sum(axis=1) * np.log(1.0 / 12.0) - 1.0
    cost = np.full(n_beats, _CHANGE_COST[2])
    place = np.arange(n_beats) * TICKS % bar
    cost[place == bar // 2] = _CHANGE_COST[1]
    cost[place == 0] = _CHANGE_COST[0]
    return _viterbi(score, cost)


def _keep_lowest(notes: IntArray) -> IntArray:
    """Notes that are the lowest of those that begin with them, below middle C."""
    if not len(notes):
        return notes
    order = np.lexsort((notes[:, 2], notes[:, 0]))
    ordered = notes[order]
    first = np.r_[True, np.diff(ordered[:, 0]) > 0]
    bass: IntArray = ordered[first & (ordered[:, 2] < 60)]
    return bass


def _viterbi(score: FloatArray, cost: FloatArray) -> IntArray:
    n_beats, _ = score.shape
    came_from = np.zeros(score.shape, dtype=np.int64)
    total = score[0]
    for beat in range(1, n_beats):
        best = int(np.argmax(total))
        changed = total[best] - cost[beat]
        stays = total >= changed
        came_from[beat] = np.where(stays, np.arange(len(total)), best)
        total = np.where(stays, total, changed) + score[beat]
    path = np.empty(n_beats, dtype=np.int64)
    path[-1] = int(np.argmax(total))
    for beat in range(n_beats - 1, 0, -1):
        path[beat - 1] = came_from[beat, path[beat]]
    return path

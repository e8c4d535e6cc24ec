"""Copy features: sounding keys, recent keys, and continuations of earlier occurrences of the same pattern.

Piano music repeats its figures, at the same place and moved along the keyboard. A small recurrent network does
not find these places by itself; here they are looked up, and the network weighs them (see ``model.py``).
All of it commutes with transposition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.emotion.piano import tokenizer as tk

# Columns of the dense lookups, one value a key each.
RECENT_NOTES = (4.0, 16.0, 64.0)  # notes in which a struck key fades to 1/e
EXACT_ORDERS = (1, 2, 3, 5)  # what followed the last k pitches, counted
MOVED_ORDERS = (1, 2, 4)  # the same for the last k intervals, moved to the last pitch
N_DENSE = 3 + len(RECENT_NOTES) + 1 + len(EXACT_ORDERS) + len(MOVED_ORDERS)
SOUNDING, CHORD_NOW, CHORD_BEFORE = 0, 1, 2
# Lines of the dense lookups that the recurrent layers read too, as weighted sums of embedded pitches.
HEARD = (SOUNDING, CHORD_NOW, CHORD_BEFORE, 3, 5)
CLASS_LINE = 6  # recent pitch classes, the same in every octave
# Single keys that are looked up: the longest exact match, another that went on differently, the longest moved
# match, and the exact match's own next but one key.
N_SOURCES = 4
FOUND = N_SOURCES + 2  # where step, duration and velocity of the note found begin among the sources
N_MATCHES = 9  # lengths of a match, the last for 8 and more
MAX_MATCH = 16
MAX_HISTORY = 1536  # notes that are searched
PLACES = 6  # of a note in its chord, the last for more


class Lookup:
    """Incremental copy features of one piece, for training and composing."""

    def __init__(self) -> None:
        self._pitch = np.empty(MAX_HISTORY * 2, dtype=np.int64)
        self._exact = np.zeros(MAX_HISTORY * 2, dtype=np.int64)
        self._moved = np.zeros(MAX_HISTORY * 2, dtype=np.int64)
        self._tokens = np.empty((MAX_HISTORY * 2, 3), dtype=np.int64)
        self._n = 0
        self._recent = np.zeros((len(RECENT_NOTES), tk.N_PITCHES), dtype=np.float32)
        self._fade = np.exp(-1.0 / np.array(RECENT_NOTES, dtype=np.float32))[:, None]
        self._until = np.full(tk.N_PITCHES, -1.0)
        self._now_sec = 0.0
        self._chord = np.zeros((2, tk.N_PITCHES), dtype=np.float32)
        self.place = 0  # of the last note in its chord

    def push(self, tokens: NDArray[np.int64], onset_sec: float, duration_sec: float) -> None:
        """Append a note: its four tokens, onset and duration."""
        if self._n == len(self._pitch):
            self._forget()
        n, pitch = self._n, int(tokens[tk.PITCH])
        exact, moved, before = self._exact, self._moved, self._pitch
        # Both arrays hold how long a match ends at each earlier note; the last note's own entry does not count.
        if n:
            same = before[:n] == pitch
            exact[1:n] = np.where(same[1:], np.minimum(exact[: n - 1] + 1, MAX_MATCH), 0)
            exact[0] = int(same[0])
        if n > 1:
            step = np.diff(before[:n]) == pitch - before[n - 1]
            moved[1:n] = np.where(step, np.minimum(moved[: n - 1] + 1, MAX_MATCH), 0)
            moved[0] = 0
        exact[n] = moved[n] = 0
        before[n], self._tokens[n] = pitch, tokens[1:]
        self._n = n + 1
        self._recent *= self._fade
        self._recent[:, pitch] += 1.0
        if tokens[tk.STEP] == tk.CHORD and n:
            self.place += 1
        else:
            self._chord[1], self._chord[0], self.place = self._chord[0], 0.0, 0
        self._chord[0, pitch] = 1.0
        self._now_sec = onset_sec
        self._until[pitch] = onset_sec + duration_sec

    def dense(self) -> Float32Array:
        """Values for every key, shape=(N_DENSE, N_PITCHES)."""
        found = np.zeros((N_DENSE, tk.N_PITCHES), dtype=np.float32)
        n = self._n
        if not n:
            return found
        found[SOUNDING] = self._until > self._now_sec + tk.CHORD_SEC
        found[CHORD_NOW : CHORD_BEFORE + 1] = self._chord
        row = 3
        found[row : row + len(RECENT_NOTES)] = self._recent
        row += len(RECENT_NOTES)
        # Octaves of recent notes count too: the third line is the key, whatever the octave.
        classes = np.zeros(12, dtype=np.float32)
        np.add.at(classes, np.arange(tk.N_PITCHES) % 12, self._recent[1])
        found[row] = classes[np.arange(tk.N_PITCHES) % 12]
        row += 1
        pitch = self._pitch[:n]
        for lengths, orders, is_moved in (
            (self._exact[: n - 1], EXACT_ORDERS, False),
            (self._moved[: n - 1], MOVED_ORDERS, True),
        ):
            at = np.flatnonzero(lengths)
            following = pitch[at + 1]
            if is_moved:
                following = following - pitch[at] + pitch[-1]
                inside = (following >= 0) & (following < tk.N_PITCHES)
                at, following = at[inside], following[inside]
            fresh = np.exp((at - n) / 256.0)
            for order in orders:
                long = lengths[at] >= order
                found[row] = np.bincount(following[long], weights=fresh[long], minlength=tk.N_PITCHES)
                row += 1
        return np.log1p(found)

    def sources(self) -> NDArray[np.int64]:
        """Keys looked up and how long their matches are.

        Returns
        -------
        ndarray of int64, shape=(N_SOURCES + 2 + 3,)
            The keys of the sources; the lengths of the exact and of the moved match; step, duration and velocity
            of the note that the exact match found.
        """
        found = np.full(N_SOURCES + 5, tk.NO_PITCH, dtype=np.int64)
        found[N_SOURCES : N_SOURCES + 2] = 0
        found[N_SOURCES + 2 :] = tk.NO_STEP, tk.NO_DURATION, tk.NO_VELOCITY
        n = self._n
        if n < 2:
            return found
        pitch, exact, moved = self._pitch[:n], self._exact[: n - 1], self._moved[: n - 1]
        back = n - 2 - int(np.argmax(exact[::-1]))
        if exact[back]:
            found[0] = pitch[back + 1]
            found[N_SOURCES] = min(exact[back], N_MATCHES - 1)
            found[N_SOURCES + 2 :] = self._tokens[back + 1]
            if back + 2 < n:
                found[3] = pitch[back + 2]
            others = np.where(pitch[1:] != pitch[back + 1], exact, 0)
            other = n - 2 - int(np.argmax(others[::-1]))
            if others[other]:
                found[1] = pitch[other + 1]
        back = n - 2 - int(np.argmax(moved[::-1]))
        if moved[back]:
            key = pitch[back + 1] - pitch[back] + pitch[-1]
            if 0 <= key < tk.N_PITCHES:
                found[2] = key
                found[N_SOURCES + 1] = min(moved[back], N_MATCHES - 1)
        return found

    def _forget(self) -> None:
        """Drop the oldest half of the history, so that a long piece costs no more a note than a short one."""
        half = MAX_HISTORY
        for kept in (self._pitch, self._exact, self._moved, self._tokens):
            kept[:half] = kept[half:].copy()
        self._n = half

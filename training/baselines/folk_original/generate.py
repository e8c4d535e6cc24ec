"""Compose as the original did: one symbol after the other, in C major or A minor, until the delimiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import InputError
from core.music.tune import Tune
from core.nn.card import Card
from core.nn.weights import load
from training.baselines.folk_original import encoding

if TYPE_CHECKING:
    from training.baselines.folk_original.model import OriginalLSTM

MAX_STEPS = 4000


class OriginalComposer:
    """Composes with the original's network; shared by all visitors, changed by no call."""

    def __init__(self, model: OriginalLSTM, card: Card | None = None) -> None:
        self._model = model.eval()
        self.card = card

    @classmethod
    def from_weights(cls) -> OriginalComposer:
        """The composer with the shipped network."""
        from training.baselines.folk_original.model import OriginalLSTM

        return cls(*load("folk_original", OriginalLSTM))

    def compose(
        self,
        *,
        minor: bool = False,
        meter: str = "4/4",
        prompt: Tune | None = None,
        temperature: float = 0.3,
        seed: int = 0,
        n_steps: int = 500,
    ) -> Tune:
        """Compose one tune, without any constraint on bars, range or ending.

        Parameters
        ----------
        minor, meter
            Only how the result is written: the network is told neither.
        prompt : Tune, optional
            A beginning; it is transposed to C major or A minor.
        temperature : float >= 0
        seed : int
        n_steps : int in [1, 4000]
            Sixteenths at most.

        Raises
        ------
        InputError
            If the beginning has a length or pitch without a symbol, or a number is out of reach.
        """
        if not 0 <= temperature <= 5 or not 1 <= n_steps <= MAX_STEPS or not 0 <= seed < 2**63:
            raise InputError(
                f"Choose a temperature from 0 to 5, a seed from 0 and at most {MAX_STEPS} sixteenths, "
                f"not {temperature:g}, {seed} and {n_steps}."
            )
        if prompt is not None and not encoding.accepts(prompt):
            raise InputError(
                "The beginning has a note that the classic network has no symbol for. "
                "It knows sixteenths, eighths, quarters and halves, dotted or not, and the whole note."
            )
        begun = encoding.encode(prompt) if prompt is not None else []
        ids = self._model.generate(begun, n_steps=n_steps, temperature=temperature, seed=seed)
        return encoding.decode(ids, minor=minor, meter=meter)

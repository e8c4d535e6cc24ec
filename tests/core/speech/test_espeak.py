"""espeak-ng says what it is given, never what a table would have it do; without it there is a sentence."""

import subprocess
import time

import numpy as np
import pytest

from core.speech import espeak
from core.speech.espeak import MAX_SPOKEN_SEC, SpeechError, espeak_available, speak
from core.speech.languages import LANGUAGES

needs_espeak = pytest.mark.skipif(not espeak_available(), reason="espeak-ng is not installed")


@needs_espeak
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_voice(language):
    spoken = speak("1958, Maximum", language)
    assert 0.8 < spoken.duration_sec < 4 and spoken.y.ndim == 1
    assert np.abs(spoken.y).max() > 0.1
    # It begins from nothing and at once.
    assert spoken.y[0] == 0 and np.abs(spoken.y[: spoken.sr // 20]).max() > 0.01


@needs_espeak
@pytest.mark.parametrize(
    "text",
    [
        "--version",
        "-f/etc/passwd",
        "-w /tmp/x.wav",
        "$(touch /tmp/pwned); `id` | cat",
        '<speak><break time="600s"/><audio src="/etc/passwd"/></speak>',
        "[[" + "a" * 300 + "]]",
        "\x01100S \x00 \x1b[31m",
        "9" * 10_000,
        "word " * 2_000,
        "\u202egnp.exe " * 500,
        "😀" * 5_000,
        "\ud800 half",
        "العربية " * 1_000,
    ],
)
def test_a_hostile_name_is_only_ever_text_and_bounded_in_time(text, monkeypatch):
    asked: list[list[str]] = []
    run = subprocess.run

    def watch(command, **options):
        asked.append(command)
        assert "shell" not in options and len(options["input"]) < 2_000
        return run(command, **options)

    monkeypatch.setattr(espeak.subprocess, "run", watch)
    espeak._speak.cache_clear()
    begun = time.monotonic()
    assert speak(text, "en").duration_sec <= MAX_SPOKEN_SEC
    assert time.monotonic() - begun < 5
    assert all(command[1:] == ["-v", "en-us", *command[3:]] and "--stdin" in command for command in asked)
    assert all(len(" ".join(command)) < 200 for command in asked)


def test_nothing_to_say_is_silence_without_the_program(monkeypatch):
    monkeypatch.setattr(espeak.shutil, "which", lambda name: None)
    assert not speak("日本", "de").y.any()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (None, "not installed"),
        (subprocess.TimeoutExpired("espeak-ng", 10), "took too long"),
        (subprocess.CalledProcessError(1, "espeak-ng"), "failed"),
        (OSError("exec format error"), "failed"),
        (subprocess.CompletedProcess([], 0, b"no sound at all"), "wrote no sound"),
        (subprocess.CompletedProcess([], 0, b""), "wrote no sound"),
    ],
)
def test_a_program_that_is_missing_or_broken_is_told_in_a_sentence(outcome, words, monkeypatch):
    def run(*_, **__):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(
        espeak.shutil, "which", lambda name: None if outcome is None else "/usr/bin/espeak-ng"
    )
    monkeypatch.setattr(espeak.subprocess, "run", run)
    espeak._speak.cache_clear()
    with pytest.raises(SpeechError, match=words):
        speak("1958", "en")

"""How the command line ends: signals and pipes that were closed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import CLOSED_PIPE, main

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("arguments", [["folk"], ["--help"]])
def test_a_closed_pipe_ends_quietly(arguments, monkeypatch, capfd):
    monkeypatch.setattr("core.folk.command.run", lambda options: "made")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main(arguments) == CLOSED_PIPE
    assert capfd.readouterr().err == ""


def test_a_pipe_of_a_program_that_a_job_runs_is_an_error(monkeypatch, capsys):
    def run(options):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("core.folk.command.run", run)
    assert main(["folk"]) == 1
    assert capsys.readouterr().err == "error: Broken pipe.\n"


# What is imported first, and a job, stop the program as Ctrl-C does.
EARLY = """
import builtins, os, runpy, signal
real = builtins.__import__
def stopping(name, *given, **named):
    if name == "core.command_line":
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *given, **named)
builtins.__import__ = stopping
runpy.run_module("core", run_name="__main__")
"""
TWICE = """
import os, signal, sys
from core import __main__
def run(options):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
import core.folk.command
core.folk.command.run = run
sys.exit(__main__.main(["folk"]))
"""


@pytest.mark.parametrize(("code", "status"), [(EARLY, 130), (TWICE, 143)])
def test_no_ctrl_c_shows_a_traceback(code, status):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr) == (status, b"")


def test_what_is_ignored_stays_ignored(monkeypatch):
    """As nohup has it."""
    monkeypatch.setattr("core.folk.command.run", lambda options: str(os.kill(os.getpid(), signal.SIGHUP)))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert main(["folk"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)

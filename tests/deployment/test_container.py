"""Dockerfile, Compose file and their documentation agree, and nothing runs with more rights than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CONTEXT = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def services() -> dict[str, dict[str, Any]]:
    """Services of the Compose file."""
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])


def test_the_image_is_made_of_what_the_app_needs_and_of_no_secret_test_or_history() -> None:
    assert [name for name in CONTEXT if not (ROOT / name).exists()] == []
    copied = set(CONTEXT)
    assert {
        "app.py",
        "served_app.py",
        "core",
        "pages",
        "weights",
        "requirements.txt",
        "packages.txt",
    } <= copied
    assert not copied & {"tests", "training", ".git", ".streamlit", ".streamlit/secrets.toml"}
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_the_guide_sends_a_space_the_same_files() -> None:
    (line,) = re.findall(r"git archive HEAD (.+) \| tar", (ROOT / "docs" / "DEPLOY.md").read_text())
    assert sorted(line.split()) == sorted([*CONTEXT, "Dockerfile", ".dockerignore"])


def test_the_image_runs_as_a_user_with_a_health_check_and_without_pip() -> None:
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 1000\n" in last
    assert "/_stcore/health" in last.partition("HEALTHCHECK")[2].partition("\nCMD")[0]
    assert "pip uninstall" in last and "pip install" not in last


def test_every_service_is_read_only_bounded_and_without_capabilities() -> None:
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(key in service for key in ("mem_limit", "cpus", "pids_limit")), name
    assert "cap_add" not in services()["app"]
    assert services()["proxy"]["cap_add"] == ["NET_BIND_SERVICE"]


def test_caddy_is_told_the_names_that_compose_gives_to_replicas() -> None:
    project = yaml.safe_load((ROOT / "compose.yaml").read_text())["name"]
    told = services()["proxy"]["environment"]["SONOSCOPE_REPLICAS"].split()
    assert told == [f"{project}-app-{n}:8501" for n in range(1, len(told) + 1)]
    assert "up to eight" in (ROOT / "docs" / "DEPLOY.md").read_text() and len(told) == 8


def test_the_variables_of_the_compose_file_are_those_of_the_guide() -> None:
    guide = (ROOT / "docs" / "DEPLOY.md").read_text()
    used = set(re.findall(r"\$\{(SONOSCOPE_\w+)", (ROOT / "compose.yaml").read_text()))
    assert [name for name in sorted(used - {"SONOSCOPE_PROXY"}) if f"`{name}`" not in guide] == []
    caddy = set(re.findall(r"\{\$(\w+)", (ROOT / "deploy" / "Caddyfile").read_text()))
    assert caddy <= set(services()["proxy"]["environment"])


def test_every_setting_of_the_app_passes_through_compose_and_stands_in_the_example_of_secrets() -> None:
    operations = (ROOT / "docs" / "OPERATIONS.md").read_text()
    table = operations.partition("\n## Settings\n")[2].partition("\n### ")[0]
    settings = re.findall(r"^\| `(SONOSCOPE_\w+)` \|", table, re.MULTILINE)
    assert len(settings) == 8
    # Names alone: Compose fills in what is set, and leaves out the rest, whose defaults are the app's own.
    handed = services()["app"]["environment"]
    assert set(settings) <= set(handed) and not any("=" in each for each in handed)
    example = (ROOT / ".streamlit" / "secrets.toml.example").read_text()
    assert sorted(re.findall(r"^# (SONOSCOPE_\w+) = ", example, re.MULTILINE)) == sorted(settings)


def test_nginx_does_what_caddy_does() -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    most = re.search(
        r"^maxUploadSize = (\d+)$", (ROOT / ".streamlit" / "config.toml").read_text(), re.MULTILINE
    )
    allowed = re.search(r"client_max_body_size (\d+)m;", nginx)
    assert most is not None and allowed is not None and int(allowed[1]) > int(most[1])
    assert "location = /_stcore/metrics {\n        return 404;" in nginx
    assert "\n    hash $remote_addr consistent;\n" in nginx
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "Upgrade", "Connection"):
        assert f"proxy_set_header {header} $" in nginx, header

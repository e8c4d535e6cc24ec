#!/bin/sh
# Installs requirements into .venv: install_requirements.sh requirements.txt
# uv does in ten seconds what takes pip more than a minute. It gives up where PyTorch's page of links cannot be reached: then it is
# handed the torch that pip finds, and where that does not do either, pip installs everything.
set -eu
file=$1
python=.venv/bin/python
pip() {
    "$python" -m pip "$@" --quiet --disable-pip-version-check
}
uv() {
    "$python" -m uv pip install --quiet --python "$python" "$@"
}
if [ -n "${PIP_FLAGS:-}" ]; then
    # shellcheck disable=SC2086  # one word an option
    pip install $PIP_FLAGS -r "$file"
    exit
fi
if "$python" -c 'import uv' 2>/dev/null || pip install "$(grep '^uv==' requirements-test.txt)"; then
    if UV_HTTP_RETRIES=1 uv -r "$file" 2>/dev/null; then exit; fi
    copies=$(mktemp -d)
    trap 'rm -rf "$copies"' EXIT
    for one in requirements*.txt; do
        sed '/^--find-links /d' "$one" >"$copies/$one"
    done
    "$python" -c 'import importlib.metadata as found; found.version("torch")' 2>/dev/null ||
        pip download --no-deps --dest "$copies" "$(grep '^torch==' requirements.txt)" || true
    if uv --find-links "$copies" -r "$copies/$file"; then exit; fi
fi
pip install -r "$file"

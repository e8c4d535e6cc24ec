#!/bin/sh
# The tests drive a real Chromium, compare the embedded synth with FluidSynth for each SoundFont that the app may find, let
# espeak-ng speak, and start a PostgreSQL server and a Caddy of their own; no test is skipped for want of them. Root on Debian gets
# all of them here, anybody else is told what to install.
set -eu
missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v fluidsynth >/dev/null || missing="$missing fluidsynth"
command -v espeak-ng >/dev/null || missing="$missing espeak-ng"
[ -e /usr/share/sounds/sf3/MuseScore_General_Lite.sf3 ] || missing="$missing musescore-general-soundfont-small"
[ -e /usr/share/sounds/sf3/FluidR3Mono_GM.sf3 ] || missing="$missing fluidr3mono-gm-soundfont"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v caddy >/dev/null || missing="$missing caddy"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # The tests start what they need themselves: no package may start a service, now or with the machine.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
    fi
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    case "$missing" in *caddy*) ! command -v systemctl >/dev/null || systemctl disable --quiet caddy ;; esac
else
    echo "The tests need:$missing. As root: apt-get install$missing" >&2
    exit 1
fi

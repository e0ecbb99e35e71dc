# Sourced by `run` and `long`: a fresh clone of the commit in $work/torusync, and the two README commands in ${commands[@]}.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

say() { printf '\n== %s\n' "$*"; }

say "system packages"
missing=()
command -v git >/dev/null || missing+=(git)
command -v python3 >/dev/null || missing+=(python3)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# the explorer's page is checked by tsc and tried out in a browser, which needs a font with Greek letters and indices
command -v tsc >/dev/null || missing+=(node-typescript)
[[ -x /usr/bin/chromium ]] || missing+=(chromium)
[[ -d /usr/share/fonts/truetype/dejavu ]] || missing+=(fonts-dejavu-core)
# a test that finds no browser fails from here on, and is skipped elsewhere
export TORUSYNC_BROWSER=required
if ((${#missing[@]})); then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed" >&2; exit 1; }

say "fresh clone"
# The checkout may belong to another user. The other half of a local clone does not see `git -c`, only this file.
git config --file "$work/gitconfig" safe.directory '*'
GIT_CONFIG_GLOBAL="$work/gitconfig" git clone --quiet --no-hardlinks "$here" "$work/torusync"
cd "$work/torusync"
git log -1 --oneline

mapfile -t commands < <(grep -E '^python3 -m venv \.venv && ' README.md)
if ((${#commands[@]} != 2)); then
    echo "README.md must hold exactly two set-up commands, but it holds ${#commands[@]}" >&2
    exit 1
fi

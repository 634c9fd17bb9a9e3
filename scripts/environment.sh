# Sourced by ./start and ./test, from the repository's root: sets up .venv and keeps it up to date with requirements.txt.

PYTHON=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }

stop() { say "$@"; exit 1; }

# apt_install PACKAGE… : installs Debian packages; false if that is not possible.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || return 1
        root=(sudo)
    fi
    say "Installing with apt-get: $*"
    ${root[@]+"${root[@]}"} apt-get update -qq >&2 || true
    ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Prints the name of a Python 3.11 or later; false if there is none.
find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

make_environment() {
    local python version
    python=$(find_python) || stop "No Python 3.11 or later was found. Install one (Debian, Ubuntu: apt-get install python3 python3-venv), then run this again."
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say "Python $version has no venv module."
        apt_install "python$version-venv" && "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            stop "Install it (Debian, Ubuntu: apt-get install python$version-venv), then run this again."
    fi
    say "Setting up the environment in .venv with Python $version."
    "$python" -m venv --clear .venv || stop "The environment could not be set up in $PWD/.venv: see the message above."
}

# Sets up .venv if it is missing or broken, and installs the requirements if they changed since the last complete install.
prepare_environment() {
    local stamp=.venv/requirements.sha256 wanted
    if ! { [ -x "$PYTHON" ] && "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && "$PYTHON" -m pip --version; } >/dev/null 2>&1; then
        make_environment
    fi
    wanted=$(cat requirements.txt constraints.txt | "$PYTHON" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "Installing the requirements; the first time this downloads PyTorch and takes a few minutes."
        "$PYTHON" -m pip install --disable-pip-version-check --quiet -r requirements.txt -c constraints.txt ||
            stop "The requirements could not be installed: see the message above. Check the network and the free disk space (about 6 GB), then run this again."
        printf '%s\n' "$wanted" >"$stamp"
    fi
}

# shellcheck shell=bash
# Programs that come as packages for Python, which are the same on every distribution. Needs engine.d/debian.sh, `say`,
# `die`, and OUT, the folder that all goes to.

ZSTANDARD_VERSION=0.25.0

# Sets PYTHON: one that can run the programs of image.d.
image_python() {
    python_package "zstandard==$ZSTANDARD_VERSION" "$OUT/zstandard-$ZSTANDARD_VERSION"
    PYTHON=$OUT/zstandard-$ZSTANDARD_VERSION/bin/python
}

# Installs a package into a virtual environment of its own, unless it is there: PACKAGE==VERSION DIRECTORY.
python_package() {
    local package=$1 directory=$2
    [ ! -e "$directory/done" ] || return 0
    python_ready
    say "fetching $package"
    rm -rf "$directory"
    mkdir -p "$(dirname "$directory")"
    python3 -m venv "$directory"
    "$directory/bin/python" -m pip install -q --disable-pip-version-check "$package" || die "cannot be installed from PyPI: $package"
    touch "$directory/done"
}

python_ready() {
    ! python3 -c 'import ensurepip, venv' 2>/dev/null || return 0
    is_debian_root || die "python3 with its module venv is missing"
    apt_install python3 python3-venv
}

# shellcheck shell=bash
# What comes from Debian: packages of this machine, and roots of their own made by debootstrap.

is_debian_root() {
    [ "$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null
}

# Installs packages on this machine. Waits for another apt-get, which may be another part of this run.
apt_install() {
    local output
    say "installing $*"
    apt_lists
    apt_lock
    output=$(DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o DPkg::Options::=--force-unsafe-io "$@" 2>&1) || { tail -n 5 <<<"$output" >&2; die "cannot install: $*"; }
    apt_unlock
}

# Lets one apt-get of ours run at a time: it waits for another's lock on packages, but fails on one on its lists.
apt_lock() {
    command -v flock >/dev/null || return 0
    exec 7</var/lib/apt
    flock 7
}

apt_unlock() {
    { exec 7<&-; } 2>/dev/null || true
}

# Fetches apt's package lists, once a run.
apt_lists() {
    [ -z "${apt_lists_fresh:-}" ] || return 0
    apt_lock
    apt-get update -qq >/dev/null || die "apt-get update fails"
    apt_unlock
    apt_lists_fresh=yes
}

# Prints the mirror that this machine's apt takes Debian's packages from.
debian_mirror() {
    local mirror=${HLB_DEBIAN_MIRROR:-}
    # The archive of security updates holds no whole suite.
    # shellcheck disable=SC2016 # the fields are apt-get's to expand
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' |
        sed -n 's/^Debian|Debian|main|//p' | head -n 1)
    [ -n "$mirror" ] || die "apt names no mirror of Debian's main component here: set HLB_DEBIAN_MIRROR"
    echo "$mirror"
}

# Makes a root of a suite in the directory given, unless it is there: SUITE DIRECTORY PACKAGE…
debian_root() {
    local suite=$1 root=$2 mirror script
    shift 2
    [ ! -d "$root" ] || return 0
    # The keyring in its newest version knows the keys of newer suites.
    command -v debootstrap >/dev/null || apt_install debootstrap debian-archive-keyring
    apt_lists
    mirror=$(debian_mirror)
    # An older debootstrap does not know the names of newer suites, which are all made as sid is.
    script=/usr/share/debootstrap/scripts/$suite
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
    say "making a root of Debian $suite with $*"
    mkdir -p "$(dirname "$root")"
    # debootstrap mounts in the root; a namespace of its own takes these mounts away even when it is killed.
    rm -rf --one-file-system "$root.part"
    if ! unshare -m --propagation private debootstrap --variant=minbase --include="$(IFS=,; echo "$*")" "$suite" "$root.part" "$mirror" "$script" >"$root.log" 2>&1; then
        tail -q -n 5 "$root.log" "$root.part/debootstrap/debootstrap.log" >&2 2>/dev/null || true
        rm -rf "$root.part"
        die "debootstrap of $suite failed; its output is in $root.log"
    fi
    rm -rf "$root.part"/var/cache/apt/*.bin "$root.part"/var/cache/apt/archives/*.deb "$root.part"/var/lib/apt/lists/*
    rm -f "$root.log"
    mv "$root.part" "$root"
}

# Unpacks one package into a directory, without installing it: PACKAGE DIRECTORY.
unpack_package() {
    local package=$1 directory=$2
    [ ! -d "$directory" ] || return 0
    apt_lists
    rm -rf "$directory.part"
    mkdir -p "$directory.part/deb"
    (cd "$directory.part/deb" && apt-get download -qq -o APT::Sandbox::User=root "$package" >/dev/null) ||
        die "cannot download: $package"
    dpkg -x "$directory.part"/deb/*.deb "$directory.part"
    rm -r "$directory.part/deb"
    mv "$directory.part" "$directory"
}

# Unpacks packages of a suite and all that they need besides what a list of installed packages has, without installing them:
# SUITE STATUS DIRECTORY PACKAGE…
unpack_packages() {
    local suite=$1 status=$2 directory=$3 own=$3.apt package
    shift 3
    mkdir -p "$own"/{lists,archives}/partial
    local -a options=(-qq -o "Dir::State::status=$status" -o "Dir::State::lists=$own/lists" -o "Dir::Cache::archives=$own/archives"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o "Dir::Etc::sourcelist=$own/sources.list" -o Dir::Etc::sourceparts=-
        -o Acquire::Languages=none -o APT::Sandbox::User=root)
    echo "deb $(debian_mirror) $suite main" >"$own/sources.list"
    apt-get "${options[@]}" update >/dev/null || die "apt-get update fails for $suite"
    apt-get "${options[@]}" -y --download-only --no-install-recommends install "$@" >/dev/null || die "cannot download: $*"
    # As the directories of its root are, a link is for a package that has the old name of one.
    mkdir -p "$directory/usr"/{bin,sbin,lib,lib64}
    for package in bin sbin lib lib64; do ln -s "usr/$package" "$directory/$package"; done
    for package in "$own"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -C "$directory" --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' -x
    done
    rm -rf "$own"
}

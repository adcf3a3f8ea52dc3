# shellcheck shell=bash
# Where engines live, and the lock that lets one `up` or `down` run at a time.
# Part of hack/engine and hack/base-images, which define `say` and `die`.

if [ "$(id -u)" = 0 ]; then
    STATE=${HLB_ENGINE_STATE:-/var/lib/hlb-engine}
    CACHE=${HLB_ENGINE_CACHE:-/var/cache/hlb-engine}
else
    STATE=${HLB_ENGINE_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/hlb-engine}
    CACHE=${HLB_ENGINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hlb-engine}
fi
ENGINES=$STATE/engines
KIND=${HLB_ENGINE_KIND:-auto}
REGISTRY=${HLB_REGISTRY:-127.0.0.1:5000}

# Holds the lock until this process ends.
#
# The lock is on the directory that holds STATE: a lock file in STATE would have to be left behind by `down`.
lock() {
    mkdir -p "$(dirname "$STATE")"
    command -v flock >/dev/null || return 0
    exec 9<"$(dirname "$STATE")"
    flock -n 9 || { say "waiting for another run to end"; flock 9; }
}

# Prints the Debian suites that a private engine may be made of, the one to try first in front.
#
# `trixie` is a stable release: what the tests depend on. `sid` moves, and does not install on every day; `forky`, which
# takes what has settled in it, stands in. An engine keeps the suite it was made of until it is taken down, since an older
# daemon cannot read what a newer one stored.
suites() {
    if [ -s "$ENGINES/$1/suite" ]; then
        cat "$ENGINES/$1/suite"
    elif [ -n "${HLB_ENGINE_SUITE:-}" ]; then
        echo "$HLB_ENGINE_SUITE"
    else
        case $1 in newer | newer-*) echo 'sid forky' ;; *) echo trixie ;; esac
    fi
}

# Prints the image store that an engine is to have: `graph` or `containerd`. Only the name says so, since an engine keeps
# its store until it is taken down: neither store reads what the other kept.
store_wanted() {
    case $1 in classic | classic-*) echo graph ;; *) echo containerd ;; esac
}

# Prints the names of the engines that have state, one a line.
engines() {
    [ ! -d "$ENGINES" ] || ls "$ENGINES"
}

# Drops what `env` exported to the calling shell, so that our own engine isn't taken for the user's Docker.
forget_own_environment() {
    case ${DOCKER_CONFIG:-} in "$STATE"/*) unset DOCKER_CONFIG BUILDX_CONFIG ;; esac
    case ${DOCKER_HOST:-} in "unix://$STATE"/*) unset DOCKER_HOST ;; esac
    [ -z "${HLB_ENGINE:-}" ] || unset BUILDX_BUILDER
}

# Prints the export line of a variable; without a value, the line that unsets it.
export_line() {
    if [ -n "$2" ]; then printf 'export %s=%q\n' "$1" "$2"; else printf 'unset %s\n' "$1"; fi
}

# Closes every descriptor but the standard three: a daemon that kept one would keep a pipe of the caller open.
close_inherited() {
    local descriptor
    for descriptor in /proc/self/fd/* /dev/fd/*; do
        descriptor=${descriptor##*/}
        case $descriptor in 0 | 1 | 2 | '*' | 255) ;; *) eval "exec $descriptor>&-" 2>/dev/null || true ;; esac
    done
}

# Runs a command as a daemon: own session, no descriptor of ours, output in the file given first. Prints its pid.
daemon() {
    local log=$1
    shift
    (
        close_inherited
        exec setsid "$@" </dev/null >>"$log" 2>&1
    ) >/dev/null &
    echo $!
}

# Succeeds if the process whose pid stands in the file runs and has the given text in its command line.
alive() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$2"
}

# Waits until a command succeeds, for at most the given seconds.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

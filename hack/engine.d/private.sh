# shellcheck shell=bash
# A private engine: Debian's dockerd, run from a root of its own in a mount namespace of its own, so that all its
# mounts go when its processes do. It shares the host's network: one registry on loopback serves every engine.

PRIVATE_PACKAGES=(ca-certificates docker.io docker-buildx docker-cli docker-registry git iptables iproute2 procps busybox-static)

private_up() {
    local name=$1 dir=$ENGINES/$1 suite root rust
    private_missing
    # Rust and the root have nothing to do with each other, and both mostly wait for the mirror.
    install_rust &
    rust=$!
    private_root "$name"
    wait $rust || die "Rust could not be installed"

    # One that died has left its rules and its bridge.
    private_down "$name"
    rm -rf "${dir:?}"/{run,docker,bin}
    mkdir -p "$dir"/{run,tmp,data,docker/cli-plugins,bin} "$root"/{.old,var/lib/docker}
    case $(stat -f -c %T "$dir/data") in
        overlayfs) die "$dir is on an overlay, which no image store can be made on: set HLB_ENGINE_STATE" ;;
    esac
    echo "$root" >"$dir/root"
    # Not the engine's name alone: below another HLB_ENGINE_STATE there may be one of the same name.
    echo "hlb-engine-$name-$RANDOM$RANDOM" >"$dir/cgroup"
    # Docker makes its containers' resolv.conf of the one in the root.
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    ln -s "$root/usr/libexec/docker/cli-plugins/docker-buildx" "$dir/docker/cli-plugins/"
    command -v docker >/dev/null || ln -s "$root/usr/bin/docker" "$dir/bin/"

    network_up "$name"
    daemon_json "$name" >"$dir/run/daemon.json"
    private_env "$name" "$root" >"$dir/env"
    : >"$dir/log"
    private_start "$name" || {
        tail -n 20 "$dir/log" >&2
        die "the daemon did not start; all of its log is in $dir/log"
    }
    echo "$suite" >"$dir/suite"
    echo "private, $suite" >"$dir/kind"
}

# Starts the daemon of an engine that is made; true once it answers. On a busy machine a daemon gives up by itself when
# its containerd does not answer within 10 s, so one that ended is started again.
private_start() {
    local name=$1 dir=$ENGINES/$1 attempt
    for attempt in 1 2 3; do
        [ $attempt = 1 ] || say "the daemon of $name gave up: $(tail -n 1 "$dir/log")"
        daemon "$dir/log" unshare -m --propagation private \
            "$here/engine.d/inside" "$(cat "$dir/root")" "$dir" --config-file /run/daemon.json -H unix:///run/docker.sock >"$dir/pid"
        wait_for 120 private_answers_or_ended "$name" || return 1
        if private_running "$name"; then return; fi
        # What it started may outlive it.
        private_stop "$name"
    done
    return 1
}

# Sets `suite` and `root`: of the engine's suites, the first that installs.
private_root() {
    local wanted
    wanted=$(suites "$1")
    for suite in $wanted; do
        root=$CACHE/root-$suite
        # In a process of its own, so that one that fails leaves the next to be tried.
        if (debian_root "$suite" "$root" "${PRIVATE_PACKAGES[@]}"); then return; fi
        say "Debian $suite does not install today"
    done
    die "no engine \`$1\`: none of these suites installs: $wanted"
}

# Installs what a private engine needs of the machine itself.
private_missing() {
    local missing=()
    command -v ip >/dev/null || missing+=(iproute2)
    command -v setsid >/dev/null || missing+=(util-linux)
    command -v curl >/dev/null || missing+=(curl ca-certificates)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

# Prints the daemon's configuration. It sets no packet filter rules: engine.d/inside makes the two it needs, so that
# engines don't undo each other's, and `down` can take them away again.
daemon_json() {
    local store='"features": {"containerd-snapshotter": true}'
    # The driver is named, so that where it does not work none is taken that copies every layer.
    [ "$(store_wanted "$1")" = containerd ] || store='"features": {"containerd-snapshotter": false}, "storage-driver": "overlay2"'
    cat <<END
{
  $store,
  "exec-root": "/run/docker-$1",
  "pidfile": "/run/docker-$1.pid",
  "group": "root",
  "cgroup-parent": "/$(cat "$ENGINES/$1/cgroup")",
  "shutdown-timeout": 1,
  "bridge": "$(cat "$ENGINES/$1/bridge")",
  "iptables": false,
  "ip6tables": false
}
END
}

private_env() {
    local dir=$ENGINES/$1
    [ ! -e "$dir/bin/docker" ] || printf "export PATH=%q:\$PATH\n" "$dir/bin"
    export_line DOCKER_HOST "unix://$dir/run/docker.sock"
    export_line DOCKER_CONFIG "$dir/docker"
    export_line DOCKER_CONTEXT ''
    export_line DOCKER_TLS_VERIFY ''
    export_line BUILDX_CONFIG ''
    export_line BUILDX_BUILDER default
    export_line HLB_ENGINE "$1"
    export_line HLB_ENGINE_LOG "$dir/log"
    export_line HLB_REGISTRY "$REGISTRY"
    rust_env
}

private_running() {
    alive "$ENGINES/$1/pid" dockerd && private_answers "$1"
}

private_answers() {
    # The engine's environment is for this call alone.
    (
        # shellcheck source=/dev/null
        . "$ENGINES/$1/env"
        docker version
    ) >/dev/null 2>&1
}

# Ends the wait for a daemon that gave up.
private_answers_or_ended() {
    [ ! -d "/proc/$(cat "$ENGINES/$1/pid")" ] || private_answers "$1"
}

private_down() {
    private_stop "$1"
    bridge_down "$1"
}

# Ends the daemon and everything that it started: one that was killed leaves containerd, its shims and containers.
private_stop() {
    local dir=$ENGINES/$1
    if alive "$dir/pid" dockerd; then
        kill "$(cat "$dir/pid")"
        wait_for 20 not_alive "$dir/pid" dockerd || say "the daemon of $1 does not end by itself"
    fi
    wait_for 10 end_processes "$1" || say "some process of $1 does not end"
    wait_for 5 remove_cgroups "$1" || say "some cgroup of $1 stays"
    rm -f "$dir/pid"
}

# Kills what is left of an engine; true once nothing is. What it started itself has the engine's /run, and its
# containers have its cgroup: a pid or a namespace's number that was noted could be another's by now.
end_processes() {
    local marker=$ENGINES/$1/run/daemon.json process left=0
    for process in /proc/[0-9]*; do
        if [ "$process/root/run/daemon.json" -ef "$marker" ]; then
            left=1
            kill -9 "${process#/proc/}" 2>/dev/null || true
        fi
    done
    for process in $(cgroups "$1" | sed 's|$|/cgroup.procs|' | xargs -r cat 2>/dev/null); do
        left=1
        kill -9 "$process" 2>/dev/null || true
    done
    return $left
}

# Prints the engine's cgroups, the innermost first.
cgroups() {
    local group
    group=$(cat "$ENGINES/$1/cgroup" 2>/dev/null) || return 0
    find /sys/fs/cgroup -depth -type d \( -path "*/$group" -o -path "*/$group/*" \) 2>/dev/null || true
}

remove_cgroups() {
    local group left=0
    for group in $(cgroups "$1"); do
        rmdir "$group" 2>/dev/null || left=1
    done
    return $left
}

# Makes the engine's bridge: the first free name, and the first free network of a private range.
network_up() {
    local dir=$ENGINES/$1 number
    [ -e "$STATE/ip_forward" ] || cat /proc/sys/net/ipv4/ip_forward >"$STATE/ip_forward"
    echo 1 >/proc/sys/net/ipv4/ip_forward
    for ((number = 0; number < 100; number++)); do
        if ! ip link show "hlb$number" >/dev/null 2>&1 && [ -z "$(ip route show "10.213.$number.0/24")" ]; then
            echo "hlb$number" >"$dir/bridge"
            echo "10.213.$number.0/24" >"$dir/network"
            ip link add "hlb$number" type bridge
            ip address add "10.213.$number.1/24" dev "hlb$number"
            ip link set "hlb$number" up
            return
        fi
    done
    die "no network is free for a bridge"
}

bridge_down() {
    local dir=$ENGINES/$1 undo
    [ -s "$dir/bridge" ] || return 0
    if [ -s "$dir/run/undo" ]; then
        # One command a line, as engine.d/inside noted it.
        while read -r undo; do
            # shellcheck disable=SC2086
            chroot "$(cat "$dir/root")" $undo 2>/dev/null || say "this packet filter rule could not be taken back: $undo"
        done <"$dir/run/undo"
    fi
    ip link delete "$(cat "$dir/bridge")" 2>/dev/null || true
    rm -f "$dir/bridge"
}

# Puts the machine's network settings back, after the last engine.
network_down() {
    [ ! -s "$STATE/ip_forward" ] || cat "$STATE/ip_forward" >/proc/sys/net/ipv4/ip_forward
}

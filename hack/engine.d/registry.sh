# shellcheck shell=bash
# The registry that all engines share, on loopback, where every part accepts plain HTTP.

REGISTRY_DIR=$STATE/registry
REGISTRY_CONTAINER=hlb-engine-registry

registry_answers() {
    curl -sS -m 5 -o /dev/null -D - "http://$REGISTRY/v2/" 2>/dev/null | grep -qi '^docker-distribution-api-version:'
}

# Starts the registry, unless one answers: ours, or one that the user keeps there, which `down` then leaves alone.
registry_up() {
    command -v curl >/dev/null || { is_debian_root && apt_install curl ca-certificates; } || die "curl is missing"
    ! registry_answers || return 0
    mkdir -p "$REGISTRY_DIR/data"
    local program
    if program=$(registry_program); then
        registry_config >"$REGISTRY_DIR/config.yml"
        daemon "$REGISTRY_DIR/log" "$program" serve "$REGISTRY_DIR/config.yml" >"$REGISTRY_DIR/pid"
    else
        registry_container || die "no registry can be had: neither docker-registry (Debian's package) nor the image registry:2"
    fi
    wait_for 20 registry_answers || { tail -n 5 "$REGISTRY_DIR/log" >&2 || true; die "no registry answers on $REGISTRY"; }
}

# Prints the path of a registry server, from the machine, an engine's root or, on Debian, its package unpacked.
registry_program() {
    local program
    for program in "$(command -v docker-registry)" "$CACHE"/root-*/usr/bin/docker-registry; do
        [ ! -x "$program" ] || { echo "$program"; return; }
    done
    is_debian_root || return 1
    unpack_package docker-registry "$CACHE/docker-registry"
    echo "$CACHE/docker-registry/usr/bin/docker-registry"
}

registry_config() {
    cat <<END
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$REGISTRY_DIR/data"}
  delete: {enabled: true}
http: {addr: "$REGISTRY"}
END
}

# Runs the registry as a container of the user's Docker.
registry_container() {
    docker run -d --name "$REGISTRY_CONTAINER" -p "$REGISTRY:5000" -e REGISTRY_STORAGE_DELETE_ENABLED=true registry:2 \
        >/dev/null && touch "$REGISTRY_DIR/container"
}

registry_down() {
    if alive "$REGISTRY_DIR/pid" "$REGISTRY_DIR/config.yml"; then
        kill "$(cat "$REGISTRY_DIR/pid")"
        wait_for 10 not_alive "$REGISTRY_DIR/pid" "$REGISTRY_DIR/config.yml" || kill -9 "$(cat "$REGISTRY_DIR/pid")"
    fi
    [ ! -e "$REGISTRY_DIR/container" ] || docker rm -f -v "$REGISTRY_CONTAINER" >/dev/null
}

not_alive() { ! alive "$@"; }

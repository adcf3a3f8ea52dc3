# shellcheck shell=bash
# Which versions run in an engine, and which image store it has. Tests read them, for what one has and another lacks.

# Prints the export lines of an engine's versions and store.
version_env() {
    local engine
    engine=$(engine_version "$1")
    export_line HLB_ENGINE_VERSION "$engine"
    export_line HLB_BUILDKIT_VERSION "$(buildkit_version "$1" "$engine")"
    export_line HLB_ENGINE_STORE "$(engine_store "$1")"
}

# Prints what an engine is, for people.
described() {
    local engine
    engine=$(engine_version "$1")
    echo "$(cat "$ENGINES/$1/kind"): Engine $engine, BuildKit $(buildkit_version "$1" "$engine"), $(engine_store "$1") store"
}

# Prints where the BuildKit of an engine keeps what it makes: `containerd`, or `graph` for Docker's graph drivers.
engine_store() {
    case $(cat "$ENGINES/$1/kind" 2>/dev/null) in
        'user, builder '*) echo containerd ;;
        *) docker_store "$1" ;;
    esac
}

# Prints the image store of the Docker behind an engine, in the same words.
docker_store() {
    if with_env "$1" docker info -f '{{json .DriverStatus}}' 2>/dev/null | grep -qF io.containerd.snapshotter; then
        echo containerd
    else
        echo graph
    fi
}

# Runs a command with an engine's environment: NAME COMMAND…
with_env() (
    # shellcheck source=/dev/null
    . "$ENGINES/$1/env"
    shift
    "$@"
)

# Prints the version of Docker's Engine, without what a distribution adds: `28.5.2`.
engine_version() {
    with_env "$1" docker version -f '{{.Server.Version}}' | sed 's/[^0-9.].*//'
}

# Prints the major and minor version of an engine's BuildKit, or `unknown`: NAME ENGINE-VERSION.
buildkit_version() {
    local said
    said=$(with_env "$1" docker buildx inspect 2>/dev/null | sed -n 's/^BuildKit version: *v\([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $said in
        # What Debian's builds of the Engine say, whatever they contain.
        '' | 0.0) buildkit_of_engine "$2" ;;
        *) echo "$said" ;;
    esac
}

# Prints which BuildKit an Engine contains, by the Engine's release notes (26.1, 28.0 to 28.5, 29.0).
buildkit_of_engine() {
    case $1 in
        26.1.*) echo 0.13 ;;
        28.[0-5].*) echo "0.2$(cut -d. -f2 <<<"$1")" ;;
        29.0.*) echo 0.25 ;;
        *) echo unknown ;;
    esac
}

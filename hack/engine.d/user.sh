# shellcheck shell=bash
# The Docker that the user has. Nothing is installed, and its configuration is only read: docker and buildx get a
# private directory to write in, which knows the user's contexts and plugins but not their credentials.

# Makes an engine of the user's Docker; fails if there is none that answers and has buildx.
user_up() {
    local name=$1 dir=$ENGINES/$1 context='' builder=''
    command -v docker >/dev/null || return 1
    user_config "$dir/docker" || return 1
    [ -n "${DOCKER_HOST:-}" ] || context=$(docker context show 2>/dev/null) || context=default
    user_env "$name" "$context" "${context:-default}" >"$dir/env"
    user_running "$name" || return 1
    if [ "$(docker_store "$name")" = "$(store_wanted "$name")" ] && ! user_direct_taken "$name"; then
        echo "user, its own BuildKit" >"$dir/kind"
        return
    fi
    # A BuildKit in a container has no graph driver.
    [ "$(store_wanted "$name")" = containerd ] || return 1
    builder=hlb-$name
    user_builder "$name" "$builder"
    user_env "$name" "$context" "$builder" >"$dir/env"
    echo "user, builder $builder" >"$dir/kind"
}

# Fills a directory for DOCKER_CONFIG.
user_config() {
    local own=${DOCKER_CONFIG:-$HOME/.docker} plugin
    rm -rf "$1"
    mkdir -p "$1/cli-plugins"
    # A plugin may also stand where only the user's config.json says.
    plugin=$(docker info -f '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}' 2>/dev/null)
    [ -n "$plugin" ] || return 1
    ln -s "$plugin" "$1/cli-plugins/docker-buildx"
    [ ! -d "$own/contexts" ] || ln -s "$own/contexts" "$1/contexts"
}

user_env() {
    local dir=$ENGINES/$1
    if [ -n "${DOCKER_HOST:-}" ]; then
        export_line DOCKER_HOST "$DOCKER_HOST"
        export_line DOCKER_CONTEXT ''
    else
        export_line DOCKER_HOST ''
        export_line DOCKER_CONTEXT "$2"
    fi
    export_line DOCKER_CONFIG "$dir/docker"
    export_line BUILDX_CONFIG ''
    export_line BUILDX_BUILDER "$3"
    export_line HLB_ENGINE "$1"
    # What a frontend writes to stderr is in the daemon's log, which is the user's.
    export_line HLB_ENGINE_LOG ''
    export_line HLB_REGISTRY "$REGISTRY"
    rust_env
}

user_running() {
    with_env "$1" docker version >/dev/null 2>&1 && with_env "$1" docker buildx version >/dev/null 2>&1
}

# Succeeds if another engine is the daemon's own BuildKit already.
user_direct_taken() {
    local each
    for each in $(engines); do
        [ "$each" = "$1" ] || ! grep -qx 'user, its own BuildKit' "$ENGINES/$each/kind" 2>/dev/null || return 0
    done
    return 1
}

# Makes a BuildKit in a container of the user's Docker: NAME BUILDER. It needs the host's network for the registry.
user_builder() {
    local options=(--driver docker-container --driver-opt network=host) output store=''
    # What exports no cache to a registry is no engine for most tests.
    [ "$(docker_store "$1")" = containerd ] || store=old
    [ -z "${HLB_BUILDKIT_IMAGE:-}" ] || options+=(--driver-opt "image=$HLB_BUILDKIT_IMAGE")
    with_env "$1" docker buildx rm "$2" >/dev/null 2>&1 || true
    say "starting a BuildKit in a container of your Docker"
    if ! output=$(with_env "$1" docker buildx create --name "$2" "${options[@]}" --bootstrap 2>&1); then
        with_env "$1" docker buildx rm "$2" >/dev/null 2>&1 || true
        rm -rf "${ENGINES:?}/$1"
        printf '%s\n' "$output" | tail -n 5 >&2
        [ -z "$store" ] || say "your Docker keeps images in its old store: turn the containerd image store on" \
            '({"features":{"containerd-snapshotter":true}} in its daemon.json), and it is used as it is'
        say "a BuildKit in a container of it does not start either: its image must be pulled, or named in HLB_BUILDKIT_IMAGE"
        die "on Debian as root, HLB_ENGINE_KIND=private starts an engine of its own"
    fi
}

user_down() {
    case $(cat "$ENGINES/$1/kind") in
        'user, builder '*) with_env "$1" docker buildx rm "hlb-$1" >/dev/null || say "the builder hlb-$1 could not be removed" ;;
    esac
}

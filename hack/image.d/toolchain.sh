# shellcheck shell=bash
# A Rust that makes static musl programs for both architectures, and zig, which has the libc, the unwinder and the
# linker for them. Part of hack/image, which defines `say` and `die`, and OUT, the folder that all goes to.

ZIG_VERSION=0.17.1
# What the workspace is built with at least: the version that Cargo.toml names.
RUST_MINIMUM=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# Finds the tools, installing what is missing, and sets the environment, and the further options of cargo.
toolchain() {
    zig_ready
    rust_ready
    # Cargo hands its children much that would change what a cargo below it does.
    unset CARGO RUSTC RUSTDOC RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET CARGO_ENCODED_RUSTFLAGS LD_LIBRARY_PATH
    export CARGO_TARGET_DIR=$OUT/cargo
    # A container holds one process: it gains nothing from a position-independent program, which is larger. The libc and
    # start files are zig's, not rustc's. No path of this machine may reach the program, whose bytes would depend on it.
    RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static -C link-self-contained=no"
    RUSTFLAGS+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/src"
    RUSTFLAGS+=" --remap-path-prefix=$(rustc --print sysroot)/lib/rustlib/src/rust=/rust"
    # Warnings are what hack/test is for.
    RUSTFLAGS+=" -A warnings"
    export RUSTFLAGS
    local each
    for each in x86_64 aarch64; do
        ln -sf ../../../hack/image.d/zcc "$OUT/bin/zcc-$each"
        export "CC_${each}_unknown_linux_musl=$OUT/bin/zcc-$each"
        export "CARGO_TARGET_${each^^}_UNKNOWN_LINUX_MUSL_LINKER=$OUT/bin/zcc-$each"
    done
}

# Puts zig into OUT, from its package for Python, which is the same on every distribution.
zig_ready() {
    local zig=$OUT/zig-$ZIG_VERSION
    python_package "ziglang==$ZIG_VERSION" "$zig"
    mkdir -p "$OUT/bin"
    ln -sf "$(echo "$zig"/lib/python3*/site-packages/ziglang/zig)" "$OUT/bin/zig"
}

# Sets PATH, so that the right cargo comes first, and CARGO_OPTIONS.
rust_ready() {
    if rustup_has_musl; then
        return
    fi
    # std for musl is built here, from Debian's sources of the very version that Debian's rustc has. It stands in
    # /usr/bin, where a rustup must not hide it.
    if ! debian_rust_works; then
        # Debian's own rustup can't be there together with it.
        { is_debian_root && ! dpkg-query -W rustup >/dev/null 2>&1; } ||
            die "Rust's std for musl is missing: rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl"
        apt_install rustc-web cargo-web rust-web-src gcc libc6-dev
        debian_rust_works ||
            die "Debian's rustc-web is older than $RUST_MINIMUM: have apt look into the suite of security updates"
    fi
    export PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1
    # Without std's own way to print a stack: of a program without symbols it has no names to print.
    # shellcheck disable=SC2034 # hack/image reads it
    CARGO_OPTIONS=("-Zbuild-std=std,panic_unwind" "-Zbuild-std-features=panic-unwind")
}

rustup_has_musl() {
    local installed each
    installed=$(rustup target list --installed 2>/dev/null) || return 1
    for each in x86_64 aarch64; do
        grep -qx "$each-unknown-linux-musl" <<<"$installed" || return 1
    done
}

debian_rust_works() {
    local version
    [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library/std ] || return 1
    version=$(/usr/bin/rustc -V 2>/dev/null | cut -d' ' -f2)
    [ -n "$version" ] && printf '%s\n' "$RUST_MINIMUM" "$version" | sort -C -V
}

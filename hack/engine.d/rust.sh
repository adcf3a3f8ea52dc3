# shellcheck shell=bash
# Rust, where it is missing.

# Installs Debian's newest Rust, with the sources of std, which the static binary is built from.
#
# rustc-web is what Debian's security suite keeps current; plain rustc of a stable release is too old.
install_rust() {
    ! PATH=$(rust_path) command -v cargo >/dev/null || return 0
    apt_install rustc-web cargo-web rust-web-src gcc libc6-dev
}

# Prints a search path with rustup's programs on it, which a shell that reads no profile lacks.
rust_path() {
    echo "$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
}

rust_env() {
    command -v cargo >/dev/null || [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
        printf "export PATH=\$PATH:%q\n" "${CARGO_HOME:-$HOME/.cargo}/bin"
}

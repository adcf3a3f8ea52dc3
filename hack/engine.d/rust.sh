# shellcheck shell=bash
# Rust, where it is missing.

# Installs Debian's newest Rust, with the sources of std, which the static binary is built from.
#
# rustc-web is what Debian's security suite keeps current; plain rustc of a stable release is too old.
install_rust() {
    rust_missing || return 0
    apt_install rustc-web cargo-web rust-web-src gcc libc6-dev
}

# Rustup's programs may be there and not on the search path of a shell that reads no profile.
rust_missing() {
    ! command -v cargo >/dev/null && [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]
}

rust_env() {
    command -v cargo >/dev/null || [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
        printf "export PATH=\$PATH:%q\n" "${CARGO_HOME:-$HOME/.cargo}/bin"
}

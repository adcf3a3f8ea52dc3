//! What is known of tools: a row a tool, in alphabetical order. `docs/tool-caches.md` is printed from it and from [`super::about`].

use llb::Sharing::{Locked, Shared};

use super::tool::{Default, Directory, File, Projects, Tool};
use Default::{Home, Nowhere, Settable};

/// All tools.
pub static TOOLS: &[Tool] = &[
    Tool::new(
        "apk",
        Locked,
        const { &[Directory::at("packages", "/etc/apk/cache")] },
    ),
    Tool::new(
        "apt",
        Locked,
        const {
            &[
                Directory::at("packages", "/var/cache/apt"),
                Directory::at("lists", "/var/lib/apt/lists"),
            ]
        },
    )
    .with_files(
        const {
            &[File {
                path: "/etc/apt/apt.conf.d/docker-clean",
                content: "APT::Keep-Downloaded-Packages \"true\";\nBinary::apt::APT::Keep-Downloaded-Packages \"true\";\n",
            }]
        },
    ),
    Tool::new(
        "bazel",
        Locked,
        const { &[Directory::new("cache", &[("XDG_CACHE_HOME", "/bazel")], Home(".cache/bazel"))] },
    )
    .apart(),
    Tool::new(
        "bun",
        Locked,
        const {
            &[Directory::new(
                "cache",
                &[("BUN_INSTALL_CACHE_DIR", "")],
                Settable(".bun/install/cache"),
            )]
        },
    ),
    Tool::new(
        "bundler",
        Locked,
        const { &[Directory::new("gems", &[("GEM_HOME", "/cache")], Nowhere)] },
    ),
    Tool::new(
        "cargo",
        Locked,
        const {
            &[
                Directory::new("registry", &[("CARGO_HOME", "/registry")], Home(".cargo/registry")),
                Directory::new("git", &[("CARGO_HOME", "/git")], Home(".cargo/git")),
            ]
        },
    ),
    Tool::new(
        "ccache",
        Shared,
        const { &[Directory::new("cache", &[("CCACHE_DIR", "")], Settable(".cache/ccache"))] },
    ),
    Tool::new(
        "composer",
        Locked,
        const {
            &[Directory::new("cache", &[("COMPOSER_CACHE_DIR", "")], Settable(".cache/composer"))]
        },
    ),
    Tool::new(
        "deno",
        Locked,
        const { &[Directory::new("cache", &[("DENO_DIR", "")], Settable(".cache/deno"))] },
    ),
    Tool::new(
        "dnf",
        Locked,
        const {
            &[
                Directory::at("dnf4", "/var/cache/dnf"),
                Directory::at("dnf5", "/var/cache/libdnf5"),
            ]
        },
    )
    .with_files(
        const {
            &[File {
                path: "/etc/dnf/libdnf5.conf.d/99-hlb-keepcache.conf",
                content: "[main]\nkeepcache=1\n",
            }]
        },
    ),
    Tool::new(
        "go",
        Shared,
        const {
            &[
                Directory::new(
                    "modules",
                    &[("GOMODCACHE", ""), ("GOPATH", "/pkg/mod")],
                    Settable("go/pkg/mod"),
                ),
                Directory::new("builds", &[("GOCACHE", "")], Settable(".cache/go-build")),
            ]
        },
    ),
    Tool::new(
        "gradle",
        Locked,
        const {
            &[
                Directory::new("caches", &[("GRADLE_USER_HOME", "/caches")], Home(".gradle/caches")),
                Directory::new("wrapper", &[("GRADLE_USER_HOME", "/wrapper")], Home(".gradle/wrapper")),
            ]
        },
    ),
    Tool::new(
        "maven",
        Locked,
        const { &[Directory::new("repository", &[], Home(".m2/repository"))] },
    ),
    Tool::new(
        "npm",
        Shared,
        const { &[Directory::new("cache", &[("npm_config_cache", "")], Settable(".npm"))] },
    ),
    Tool::new(
        "nuget",
        Locked,
        const {
            &[
                Directory::new("packages", &[("NUGET_PACKAGES", "")], Settable(".nuget/packages")),
                Directory::new(
                    "http",
                    &[("NUGET_HTTP_CACHE_PATH", "")],
                    Settable(".local/share/NuGet/http-cache"),
                ),
            ]
        },
    ),
    Tool::new(
        "pip",
        Shared,
        const { &[Directory::new("cache", &[("PIP_CACHE_DIR", "")], Settable(".cache/pip"))] },
    ),
    Tool::new(
        "pnpm",
        Shared,
        const {
            &[Directory::new(
                "store",
                &[
                    ("npm_config_store_dir", ""),
                    ("pnpm_config_store_dir", ""),
                    ("PNPM_HOME", "/store"),
                ],
                Settable(".local/share/pnpm/store"),
            )]
        },
    ),
    Tool::new(
        "poetry",
        Locked,
        const {
            &[
                Directory::new("cache", &[("POETRY_CACHE_DIR", "/cache"), ("XDG_CACHE_HOME", "/pypoetry/cache")], Home(".cache/pypoetry/cache")),
                Directory::new(
                    "artifacts",
                    &[("POETRY_CACHE_DIR", "/artifacts"), ("XDG_CACHE_HOME", "/pypoetry/artifacts")],
                    Home(".cache/pypoetry/artifacts"),
                ),
            ]
        },
    ),
    Tool::new(
        "sccache",
        Locked,
        const { &[Directory::new("cache", &[("SCCACHE_DIR", "")], Settable(".cache/sccache"))] },
    ),
    Tool::new(
        "turbo",
        Locked,
        const { &[Directory::new("cache", &[("TURBO_CACHE_DIR", "")], Settable(".cache/turbo"))] },
    )
    .apart(),
    Tool::new(
        "uv",
        Shared,
        const { &[Directory::new("cache", &[("UV_CACHE_DIR", "")], Settable(".cache/uv"))] },
    )
    .with_env(const { &[("UV_LINK_MODE", "copy")] }),
    Tool::new(
        "yarn",
        Locked,
        const {
            &[
                Directory::new("cache", &[("YARN_CACHE_FOLDER", "")], Settable(".cache/yarn")),
                Directory::new("berry", &[("YARN_GLOBAL_FOLDER", "")], Settable(".yarn/berry")),
            ]
        },
    ),
];

impl Tool {
    const fn with_env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    const fn with_files(self, files: &'static [File]) -> Self {
        Self { files, ..self }
    }

    const fn apart(self) -> Self {
        Self { projects: Projects::KeepApart, ..self }
    }
}

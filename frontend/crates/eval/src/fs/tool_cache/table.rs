//! What is known of tools: a row a tool, in alphabetical order. `docs/tool-caches.md` is printed from it.

use llb::Sharing::{Locked, Shared};

use super::tool::{Default, Directory, File, Projects, Tool};
use Default::{Home, Nowhere, Settable};

/// All tools.
pub static TOOLS: &[Tool] = &[
    Tool::new(
        "apk",
        Locked,
        const { &[Directory::at("packages", "/etc/apk/cache")] },
        "apk-tools 2.14 and 3.0: packages and indexes are kept where `/etc/apk/cache` is, if it is there \
         (`doc/apk-cache.5.scd`); its lock is in the filesystem and not in the cache (`src/database.c`).",
    )
    .with_note("`apk add --no-cache` does not use it."),
    Tool::new(
        "apt",
        Locked,
        const {
            &[
                Directory::at("packages", "/var/cache/apt"),
                Directory::at("lists", "/var/lib/apt/lists"),
            ]
        },
        "apt 2.6 to 3.0 needs exclusive access to both (Dockerfile reference, `RUN --mount=type=cache`). Images of Debian and \
         Ubuntu have a file `docker-clean` that removes packages after each command; another one is mounted over \
         it, since apt reads `APT_CONFIG` before that file and can't take back what it says (apt.conf(5)).",
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
        const { &[Directory::new("cache", &[], Home(".cache/bazel"))] },
        "Bazel 7 and 8: the output base of a workspace has its name from the path of the workspace, so all projects at \
         one path have one (`docs/remote/output-directories`), and a server locks it.",
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
        "Bun 1.2: packages by name and version, `~/.bun/install/cache` or `BUN_INSTALL_CACHE_DIR` (`docs/install/cache`). \
         Nothing is said about several at once.",
    ),
    Tool::new(
        "bundler",
        Locked,
        const { &[Directory::new("gems", &[("GEM_HOME", "/cache")], Nowhere)] },
        "Bundler 2: gems are looked for in the `cache` of `GEM_HOME` before they are downloaded (`source/rubygems.rb`). \
         `BUNDLE_GLOBAL_GEM_CACHE` is not set, as it would keep parts of compiled gems, too.",
    )
    .with_note("`GEM_HOME` has to be set, as it is in the official image of Ruby."),
    Tool::new(
        "cargo",
        Locked,
        const {
            &[
                Directory::new("registry", &[("CARGO_HOME", "/registry")], Home(".cargo/registry")),
                Directory::new("git", &[("CARGO_HOME", "/git")], Home(".cargo/git")),
            ]
        },
        "Cargo 1.74 to 1.90: what is downloaded is in `registry` and `git` of `CARGO_HOME`; the locks of it are beside \
         these, where each container has its own (`src/cargo/util/cache_lock.rs`).",
    )
    .with_note("What is compiled is in `target`, which is a `cacheMount` with a `scope`."),
    Tool::new(
        "ccache",
        Shared,
        const { &[Directory::new("cache", &[("CCACHE_DIR", "")], Settable(".cache/ccache"))] },
        "ccache 4: results by hashes of what they are made of; several at once, on several machines, are foreseen \
         (manual, \"Sharing a cache\").",
    ),
    Tool::new(
        "composer",
        Locked,
        const {
            &[Directory::new("cache", &[("COMPOSER_CACHE_DIR", "")], Settable(".cache/composer"))]
        },
        "Composer 2: archives are copied to their names in the cache, so another one may find a part of a file \
         (`src/Composer/Cache.php`, `copyFrom`).",
    ),
    Tool::new(
        "deno",
        Locked,
        const { &[Directory::new("cache", &[("DENO_DIR", "")], Settable(".cache/deno"))] },
        "Deno 2: modules by their addresses, in `DENO_DIR` (`docs/runtime/reference/env_variables`). Nothing is said about \
         several at once.",
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
        "DNF 4 and 5 remove packages after they are installed unless `keepcache` is set (dnf.conf(5)). DNF 5 reads it \
         from a file in `/etc/dnf/libdnf5.conf.d`; locks are in `/run` or in the cache.",
    )
    .with_files(
        const {
            &[File {
                path: "/etc/dnf/libdnf5.conf.d/99-hlb-keepcache.conf",
                content: "[main]\nkeepcache=1\n",
            }]
        },
    )
    .with_note("DNF 4 has no such directory: it keeps packages with `--setopt=keepcache=1`."),
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
        "Go 1.21 to 1.25: modules are unpacked under locks that are in the module cache (`cmd/go/internal/modfetch`); \
         the build cache has results by hashes and is for several at once (`go help cache`).",
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
        "Gradle 8: who holds a lock on the caches is asked for it over the loopback network, which containers \
         do not share (user manual, \"Dependency Caching\").",
    )
    .with_note("Java takes the home directory from `/etc/passwd`, so `HOME` has to say the same if `GRADLE_USER_HOME` is not set."),
    Tool::new(
        "maven",
        Locked,
        const { &[Directory::new("repository", &[], Home(".m2/repository"))] },
        "Maven 3.9: the local repository is not made for several at once unless Maven Resolver is given a lock factory \
         of files (\"Named Locks\").",
    )
    .with_note("Java takes the home directory from `/etc/passwd`, so `HOME` has to say the same."),
    Tool::new(
        "npm",
        Shared,
        const { &[Directory::new("cache", &[("npm_config_cache", "")], Settable(".npm"))] },
        "npm 7 to 11: contents by their digests, written apart and renamed, and checked when they are read (cacache's \
         `README.md`).",
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
        "NuGet 6: packages are unpacked under locks that are in its temporary directory, where each container has its \
         own (`ConcurrencyUtilities`).",
    )
    .with_note("A project's `obj` refers to the packages, so the command that builds mounts them as the one that restores."),
    Tool::new(
        "pip",
        Shared,
        const { &[Directory::new("cache", &[("PIP_CACHE_DIR", "")], Settable(".cache/pip"))] },
        "pip 20 to 25: files are written beside their place and renamed (`src/pip/_internal/network/cache.py`).",
    )
    .with_note("`pip install --no-cache-dir`, or `PIP_NO_CACHE_DIR`, does not use it."),
    Tool::new(
        "pnpm",
        Shared,
        const {
            &[Directory::new(
                "store",
                &[("npm_config_store_dir", ""), ("pnpm_config_store_dir", "")],
                Settable(".local/share/pnpm/store"),
            )]
        },
        "pnpm 8 to 10: a store of files by their digests, which all projects of a machine share (`docs/docker`, \
         `docs/faq`).",
    ),
    Tool::new(
        "poetry",
        Locked,
        const {
            &[
                Directory::new("cache", &[("POETRY_CACHE_DIR", "/cache")], Home(".cache/pypoetry/cache")),
                Directory::new(
                    "artifacts",
                    &[("POETRY_CACHE_DIR", "/artifacts")],
                    Home(".cache/pypoetry/artifacts"),
                ),
            ]
        },
        "Poetry 1.8 and 2: downloads are in these two; beside them are virtual environments, which are no cache \
         (`docs/configuration.md`, `cache-dir`). Nothing is said about several at once.",
    ),
    Tool::new(
        "sccache",
        Locked,
        const { &[Directory::new("cache", &[("SCCACHE_DIR", "")], Settable(".cache/sccache"))] },
        "sccache 0.8 and later: several servers on one directory race and fail (`docs/Local.md`); each container has its own server.",
    ),
    Tool::new(
        "turbo",
        Locked,
        const { &[Directory::new("cache", &[("TURBO_CACHE_DIR", "")], Settable(".cache/turbo"))] },
        "Turborepo 2: outputs of a repository's tasks, which are found by a hash that does not name the repository \
         (`docs/crafting-your-repository/caching`).",
    )
    .apart(),
    Tool::new(
        "uv",
        Shared,
        const { &[Directory::new("cache", &[("UV_CACHE_DIR", "")], Settable(".cache/uv"))] },
        "uv 0.4 and later: the cache is made for several at once and only ever added to (`docs/concepts/cache.md`). `UV_LINK_MODE=copy` says that files are \
         copied out of it, as they would have to be anyway.",
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
        "Yarn 1: several at once need `--mutex` (`docs/cli/install`). Yarn 2 and later: `globalFolder` \
         (`docs/configuration/yarnrc`). Nothing is said about several at once.",
    )
    .with_note("With Plug'n'Play the image would need the files of the cache: this is for `nodeLinker: node-modules`."),
];

impl Tool {
    const fn with_env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    const fn with_files(self, files: &'static [File]) -> Self {
        Self { files, ..self }
    }

    const fn with_note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    const fn apart(self) -> Self {
        Self { projects: Projects::KeepApart, ..self }
    }
}

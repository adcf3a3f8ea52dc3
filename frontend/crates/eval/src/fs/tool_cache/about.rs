//! Where it is said what the table has of tools, and what else a user has to know. `docs/tool-caches.md` is printed from
//! it. The program reads none of it, so the linker leaves it out of the image.

/// What is written about a tool.
pub struct About {
    /// The name of the tool, as the table has it.
    pub tool: &'static str,
    /// What a user has to know, as sentences; may be empty.
    pub note: &'static str,
    /// Where the row is said to be so, with versions, as sentences.
    pub source: &'static str,
}

/// All tools, in the order of the table.
pub static ABOUT: &[About] = &[
    About {
        tool: "apk",
        note: "`apk add --no-cache` does not use it.",
        source: "apk-tools 2.14 and 3.0: packages and indexes are kept where `/etc/apk/cache` is, if it is there \
                  (`doc/apk-cache.5.scd`); the lock, `lib/apk/db/lock`, is in the filesystem and not in the cache \
                  (`src/database.c`).",
    },
    About {
        tool: "apt",
        note: "",
        source: "apt 2.6 to 3.0 needs exclusive access to its data (Dockerfile reference, `RUN \
                  --mount=type=cache`, \"Example: cache apt packages\"). Images of Debian and Ubuntu have a file \
                  `docker-clean` that removes packages after each command; another one is mounted over it, since apt \
                  reads `APT_CONFIG` before that file and can't take back what it says (apt.conf(5)). The command \
                  `apt`, other than `apt-get`, removes packages by itself unless its own setting, which begins with \
                  `Binary::apt`, says otherwise.",
    },
    About {
        tool: "bazel",
        note: "",
        source: "Bazel 7 to 9: the output root is `~/.cache/bazel`, or with Bazel 8 and later \
                  `$XDG_CACHE_HOME/bazel` if that is set, and the output base of a workspace in it has its name from \
                  the path of the workspace, so all projects at one path have one (`docs/remote/output-directories`); \
                  a server locks it.",
    },
    About {
        tool: "bun",
        note: "",
        source: "Bun 1.1 and later: packages by name and version, in `~/.bun/install/cache` or \
                  `BUN_INSTALL_CACHE_DIR` (`docs/pm/global-cache`). They are renamed to their places when they are \
                  complete, but where two do so at once one may remove what the other has just put there \
                  (`src/install/extract_tarball.zig`).",
    },
    About {
        tool: "bundler",
        note: "`GEM_HOME` has to be set, as it is in the official image of Ruby. With `BUNDLE_PATH`, or in \
                deployment mode, Bundler looks elsewhere and the cache is not used.",
        source: "Bundler 2: gems are looked for in `cache` of the directory that they are installed to before they \
                  are downloaded there (`bundler/lib/bundler/source/rubygems.rb`, `fetch_gem`); that is `GEM_HOME` \
                  unless a path is set. Nothing is said about several at once. `BUNDLE_GLOBAL_GEM_CACHE` is not set, \
                  as it would keep parts of compiled gems, too (`extension_cache_path` in the same file).",
    },
    About {
        tool: "cargo",
        note: "What is compiled is in `target`, which is a `cacheMount` with a `scope`.",
        source: "Cargo 1.74 and later: what is downloaded is in `registry` and `git` of `CARGO_HOME`; the locks of \
                  it are beside these, where each container has its own (`src/cargo/util/cache_lock.rs`).",
    },
    About {
        tool: "ccache",
        note: "",
        source: "ccache 4: results by hashes of what they are made of; several at once are foreseen, of several \
                  users, and of several machines with NFS (manual, \"Sharing a local cache\" and \"Sharing a cache on \
                  NFS\").",
    },
    About {
        tool: "composer",
        note: "",
        source: "Composer 2: archives are copied to their names in the cache, so another one may find a part of a \
                  file (`src/Composer/Cache.php`, `copyFrom`); `COMPOSER_CACHE_DIR` goes before all else \
                  (`src/Composer/Factory.php`, `getCacheDir`).",
    },
    About {
        tool: "deno",
        note: "",
        source: "Deno 2: modules by their addresses, in `DENO_DIR` (`docs/runtime/reference/env_variables`). \
                  Packages of npm have a lock file in the cache and are renamed when they are complete \
                  (`libs/npm_cache/lib.rs`); of the databases beside them nothing is said about several at once.",
    },
    About {
        tool: "dnf",
        note: "DNF 4 has no such directory: it keeps packages with `--setopt=keepcache=1`.",
        source: "DNF 4 and 5 remove packages after they are installed unless `keepcache` is set (dnf.conf(5), \
                  dnf5.conf(5), and dnf5-caching(7) for the directory). DNF 5 reads it from a file in \
                  `/etc/dnf/libdnf5.conf.d` since 5.1; locks are in `/run` or in the cache.",
    },
    About {
        tool: "go",
        note: "",
        source: "Go 1.21 to 1.25: modules are downloaded and unpacked under locks that are in the module cache \
                  (`src/cmd/go/internal/modfetch/cache.go`, `lockVersion`); the build cache has results by hashes and \
                  is safe for several processes of one machine (`src/cmd/go/internal/cache/cache.go`, `Open`).",
    },
    About {
        tool: "gradle",
        note: "Java takes the home directory from `/etc/passwd`, so `HOME` has to say the same if `GRADLE_USER_HOME` \
                is not set.",
        source: "Gradle 8: who holds a lock on the caches is asked for it at a port of its own machine, which \
                  is another one in each container (`DefaultFileLockCommunicator.java`, `pingOwner`).",
    },
    About {
        tool: "maven",
        note: "Java takes the home directory from `/etc/passwd`, so `HOME` has to say the same.",
        source: "Maven 3.9: the locks of Maven Resolver 1.9 are of one process unless it is given a lock factory of \
                  files (Maven Resolver 1.9, \"Named Locks\"). Maven 3.10 and 4, with Resolver 2.0, lock with files \
                  in the repository, which other versions that share it do not know of.",
    },
    About {
        tool: "npm",
        note: "",
        source: "npm 7 to 11: contents by their digests, written apart and renamed (cacache 20, \
                  `lib/content/write.js`); an entry of the index is a line with its own hash, added to the end of a \
                  file (`lib/entry-index.js`). Both are checked when they are read. `npm_config_cache` is read in \
                  capitals as well (`@npmcli/config`, `lib/index.js`, `loadEnv`).",
    },
    About {
        tool: "nuget",
        note: "A project's `obj` refers to the packages, so the command that builds mounts them as the one that \
                restores.",
        source: "NuGet 6: packages are unpacked under locks that are files outside of both directories, where each \
                  container has its own (`src/NuGet.Core/NuGet.Common/ConcurrencyUtilities.cs`); \"Managing the \
                  global packages and cache folders\" has the directories and variables.",
    },
    About {
        tool: "pip",
        note: "`pip install --no-cache-dir`, or `PIP_NO_CACHE_DIR`, does not use it.",
        source: "pip 20 and later: files are written beside their place and renamed \
                  (`src/pip/_internal/network/cache.py`, `SafeFileCache`).",
    },
    About {
        tool: "pnpm",
        note: "",
        source: "pnpm 8 to 12: a store of files by their digests, which all projects of a machine share \
                  (`docs/docker`, `docs/faq`). It is in `PNPM_HOME` if that is set (`docs/settings/store`, \
                  `storeDir`), and pnpm 11 reads variables that begin with `pnpm_config_` (its release notes, \
                  11.0.6).",
    },
    About {
        tool: "poetry",
        note: "",
        source: "Poetry 1.8 and 2: downloads are in these two; beside them are virtual environments, which are no \
                  cache (`src/poetry/config/config.py`, `repository_cache_directory` and \
                  `artifacts_cache_directory`). Nothing is said about several at once.",
    },
    About {
        tool: "sccache",
        note: "",
        source: "sccache 0.4 to 0.15: several servers on one directory race and fail (`docs/Local.md`); each \
                  container has its own server.",
    },
    About {
        tool: "turbo",
        note: "",
        source: "Turborepo 2: outputs of a repository's tasks, which are found by a hash that does not name the \
                  repository (`docs/crafting-your-repository/caching`). An archive is written where it is looked for, \
                  so another one may find a part of it (`crates/turborepo-cache/src/fs.rs`, `put`).",
    },
    About {
        tool: "uv",
        note: "",
        source: "uv 0.4 and later: the cache is made for several at once and only ever added to \
                  (`docs/concepts/cache.md`, \"Cache safety\"). `UV_LINK_MODE=copy` says that files are copied out of it, as they would \
                  have to be anyway.",
    },
    About {
        tool: "yarn",
        note: "With Plug'n'Play the image would need the files of the cache: this is for `nodeLinker: node-modules`.",
        source: "Yarn 1: several at once need `--mutex` (`docs/cli`, \"Concurrency\"). Yarn 2 and later: an archive \
                  is moved to `cacheFolder`, and copied to `cache` of `globalFolder`, under a lock that who looks for \
                  it does not take (`packages/yarnpkg-core/sources/Cache.ts`, `fetchPackageFromCache`), so that it may \
                  find a part of it.",
    },
];

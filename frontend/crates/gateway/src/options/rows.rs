use llb::{CacheImport, NoCache, go_bool};

use super::cache_policy::{allowed_caches, trusted_modules};
use super::read::{
    attestation, cache_message, cache_timeout, cpu_list, empty_caches, hostname, import_policy,
    log, multi_platform, needed_caps, now, platforms, positive, proxy_setting, source_timeout,
    warnings,
};
use super::row::{Empty, Key, Row};
use super::sbom::Scan;
use super::source_date::{SOURCE_DATE_FORMS, SourceDate};
use super::value::{hosts, net_mode, resolve_mode, ulimits};

/// All options, in the order in which they are read: one that has its say after another stands below it.
///
/// BuildKit 0.32, `frontend/dockerui/config.go` and `frontend/dockerui/attr.go`.
pub static ROWS: &[Row] = &[
    Row {
        key: Key::Exact("source"),
        value: "image reference",
        doc: "The frontend image. BuildKit starts it and passes the reference on.",
        empty: Empty::Absent,
        read: |options, found| {
            options.source = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cmdline"),
        value: "image reference and words",
        doc: "The whole value of the syntax directive that named this frontend.",
        empty: Empty::Absent,
        read: |options, found| {
            options.cmdline = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("requestid"),
        value: "name",
        doc: "The subrequest to answer in place of a build.",
        empty: Empty::Value,
        read: |options, found| {
            options.request = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("frontend.caps"),
        value: "comma-separated names",
        doc: "Frontend capabilities that the client relies on; the build fails if one is missing.",
        empty: Empty::Absent,
        read: needed_caps,
    },
    Row {
        key: Key::Exact("filename"),
        value: "path",
        doc: "The build file. Without it, `Dockerfile` is tried, then `build.hlb`.",
        empty: Empty::Value,
        read: |options, found| {
            options.filename = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("target"),
        value: "name",
        doc: "The target to build. Without it, that is `default`.",
        empty: Empty::Absent,
        read: |options, found| {
            options.target = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("platform"),
        value: "comma-separated platforms",
        doc: "The platforms to build for, such as `linux/amd64,linux/arm64`, each with a version and features of its system if these matter: `windows(10.0.17763+win32k)/amd64`. Without it, that is the daemon's own.",
        empty: Empty::Absent,
        read: platforms,
    },
    Row {
        key: Key::Exact("multi-platform"),
        value: "boolean",
        doc: "Whether the result has a part for each platform even if there is only one.",
        empty: Empty::Absent,
        read: multi_platform,
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_MULTI_PLATFORM"),
        value: "boolean",
        doc: "The same as `multi-platform`, which it overrides.",
        empty: Empty::Absent,
        read: multi_platform,
    },
    Row {
        key: Key::Prefix("build-arg:"),
        value: "text",
        doc: "A build argument.",
        empty: Empty::Value,
        read: |options, found| {
            options.build_args.insert(found.name.to_owned(), found.value.to_owned());
            if let Some(setting) = proxy_setting(options, found.name) {
                *setting = found.value.to_owned();
            }
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("HLB_"),
        value: "text",
        doc: "The same as the build argument of that name, which overrides it.",
        empty: Empty::Value,
        read: |options, found| {
            let value = options.build_args.get(found.key).map_or(found.value, String::as_str);
            options.settings.insert(found.key.to_owned(), value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("build-arg:HLB_"),
        value: "text",
        doc: "A setting of this frontend.",
        empty: Empty::Value,
        read: |options, found| {
            options.settings.insert(format!("HLB_{}", found.name), found.value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Exact("HLB_LOG"),
        value: "`debug` or `off`",
        doc: "With `debug`, the rounds of evaluation, what is asked of the daemon, solves and containers are written to the daemon's log. Secrets are not.",
        empty: Empty::Absent,
        read: log,
    },
    Row {
        key: Key::Exact("build-arg:HLB_LOG"),
        value: "`debug` or `off`",
        doc: "The same as `HLB_LOG`, which it overrides.",
        empty: Empty::Absent,
        read: log,
    },
    Row {
        key: Key::Exact("HLB_CHECK"),
        value: "`skip=CODE,…;error=true`",
        doc: "Which warnings are left out, by codes or names, or `all`; and whether the others are errors. It is what `BUILDKIT_DOCKERFILE_CHECK` is for a Dockerfile.",
        empty: Empty::Absent,
        read: warnings,
    },
    Row {
        key: Key::Exact("build-arg:HLB_CHECK"),
        value: "`skip=CODE,…;error=true`",
        doc: "The same as `HLB_CHECK`, which it overrides.",
        empty: Empty::Absent,
        read: warnings,
    },
    Row {
        key: Key::Exact("HLB_NOW"),
        value: "seconds since 1970",
        doc: "The time by which `maxAge` is counted, in place of that of the clock.",
        empty: Empty::Absent,
        read: now,
    },
    Row {
        key: Key::Exact("build-arg:HLB_NOW"),
        value: "seconds since 1970",
        doc: "The same as `HLB_NOW`, which it overrides.",
        empty: Empty::Absent,
        read: now,
    },
    Row {
        key: Key::Exact("HLB_CACHE_IMPORT"),
        value: "`off` or `require`",
        doc: "With `off`, no build cache is imported, neither of the program's sections nor of `--cache-from`, and no image of a section (`substitute`) is looked for. With `require`, a cache that would be left out with a warning, such as one whose host does not answer, fails the build before it runs anything. What only the daemon finds out, such as that there is no such cache, does not.",
        empty: Empty::Absent,
        read: import_policy,
    },
    Row {
        key: Key::Exact("build-arg:HLB_CACHE_IMPORT"),
        value: "`off` or `require`",
        doc: "The same as `HLB_CACHE_IMPORT`, which it overrides.",
        empty: Empty::Absent,
        read: import_policy,
    },
    Row {
        key: Key::Exact("HLB_CACHE_MESSAGE"),
        value: "`off`",
        doc: "With `off`, buildx prints no lines after the build about what its sections import. It prints them on its standard output, also with `--quiet` and `--output -`.",
        empty: Empty::Absent,
        read: cache_message,
    },
    Row {
        key: Key::Exact("build-arg:HLB_CACHE_MESSAGE"),
        value: "`off`",
        doc: "The same as `HLB_CACHE_MESSAGE`, which it overrides.",
        empty: Empty::Absent,
        read: cache_message,
    },
    Row {
        key: Key::Exact("HLB_CACHE_FROM_ALLOW"),
        value: "comma-separated patterns",
        doc: "The build caches that may be imported; all others are left out with a warning. A pattern is an image reference, or `gha:SCOPE`, `s3:BUCKET/NAME` and `azblob:CONTAINER/NAME`, or `layout` for those in filesystems; `*` stands for any text. After `@`, a digest says which content a cache in a registry has to have. Of several patterns for one cache, the first counts. Nothing at all allows none.",
        empty: Empty::Value,
        read: allowed_caches,
    },
    Row {
        key: Key::Exact("build-arg:HLB_CACHE_FROM_ALLOW"),
        value: "comma-separated patterns",
        doc: "The same as `HLB_CACHE_FROM_ALLOW`, which it overrides.",
        empty: Empty::Value,
        read: allowed_caches,
    },
    Row {
        key: Key::Exact("HLB_TRUST_CACHE"),
        value: "comma-separated patterns",
        doc: "Modules that may import build caches although they are from elsewhere than the program: the URI of their git repository, or the name of the import whose filesystem they are in (`lib`, or `lib.more` for an import there); `*` stands for any text.",
        empty: Empty::Absent,
        read: trusted_modules,
    },
    Row {
        key: Key::Exact("build-arg:HLB_TRUST_CACHE"),
        value: "comma-separated patterns",
        doc: "The same as `HLB_TRUST_CACHE`, which it overrides.",
        empty: Empty::Absent,
        read: trusted_modules,
    },
    Row {
        key: Key::Exact("HLB_CACHE_TIMEOUT"),
        value: "seconds",
        doc: "How long a host that build caches are imported from may take to answer. Without it, that is 3.",
        empty: Empty::Absent,
        read: cache_timeout,
    },
    Row {
        key: Key::Exact("build-arg:HLB_CACHE_TIMEOUT"),
        value: "seconds",
        doc: "The same as `HLB_CACHE_TIMEOUT`, which it overrides.",
        empty: Empty::Absent,
        read: cache_timeout,
    },
    Row {
        key: Key::Exact("HLB_SOURCE_TIMEOUT"),
        value: "seconds",
        doc: "How long it may take to find out whether a source of a candidate of `firstOf` is there. Without it, that is 10 to look it up, and 900 if it has to be fetched.",
        empty: Empty::Absent,
        read: source_timeout,
    },
    Row {
        key: Key::Exact("build-arg:HLB_SOURCE_TIMEOUT"),
        value: "seconds",
        doc: "The same as `HLB_SOURCE_TIMEOUT`, which it overrides.",
        empty: Empty::Absent,
        read: source_timeout,
    },
    Row {
        key: Key::Exact("HLB_EMPTY_CACHE"),
        value: "comma-separated ids",
        doc: "The cache mounts that are emptied before the build. Steps stay cached.",
        empty: Empty::Absent,
        read: empty_caches,
    },
    Row {
        key: Key::Exact("build-arg:HLB_EMPTY_CACHE"),
        value: "comma-separated ids",
        doc: "The same as `HLB_EMPTY_CACHE`, which it overrides.",
        empty: Empty::Absent,
        read: empty_caches,
    },
    Row {
        key: Key::Prefix("label:"),
        value: "text",
        doc: "A label of each image that the build makes, in place of one of that name in the program.",
        empty: Empty::Value,
        read: |options, found| {
            options.labels.insert(found.name.to_owned(), found.value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Exact("no-cache"),
        value: "nothing, or comma-separated names",
        doc: "Steps run although the cache has them: all, or those of functions and sections with these names.",
        empty: Empty::Value,
        read: |options, found| {
            options.no_cache = match found.value {
                "" => NoCache::All,
                names => NoCache::of_list(names),
            };
            Ok(())
        },
    },
    Row {
        key: Key::Exact("image-resolve-mode"),
        value: "`default`, `pull` or `local`",
        doc: "Where images are looked up: at the registry first, always there, or among the engine's own first.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resolve_mode = resolve_mode(found.value).ok_or_else(|| {
                found.wrong(format_args!("invalid image-resolve-mode: {}", found.value))
            })?;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("force-network-mode"),
        value: "`sandbox`, `host` or `none`",
        doc: "The network of commands that choose none themselves; `none` holds for all.",
        empty: Empty::Absent,
        read: |options, found| {
            let mode = net_mode(found.value)
                .ok_or_else(|| found.wrong(format_args!("invalid netmode {}", found.value)))?;
            options.exec.network = Some(mode);
            Ok(())
        },
    },
    Row {
        key: Key::Exact("add-hosts"),
        value: "comma-separated `host=ip`",
        doc: "Lines of `/etc/hosts` for commands.",
        empty: Empty::Absent,
        read: |options, found| {
            let hosts = hosts(found.value).map_err(|error| found.wrong(error))?;
            options.exec.extra_hosts = hosts;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("hostname"),
        value: "name",
        doc: "The host name that commands see.",
        empty: Empty::Absent,
        read: hostname,
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_SANDBOX_HOSTNAME"),
        value: "name",
        doc: "The same as `hostname`, which it overrides.",
        empty: Empty::Absent,
        read: hostname,
    },
    Row {
        key: Key::Exact("shm-size"),
        value: "bytes",
        doc: "The size of `/dev/shm` of commands.",
        empty: Empty::Absent,
        read: |options, found| {
            let size = found.value.parse().map_err(|_| found.expected("a number of bytes"))?;
            options.exec.shm_size_bytes = Some(size);
            Ok(())
        },
    },
    Row {
        key: Key::Exact("ulimit"),
        value: "comma-separated `name=soft:hard`",
        doc: "Resource limits of commands; −1 is none.",
        empty: Empty::Absent,
        read: |options, found| {
            let limits = ulimits(found.value).map_err(|error| found.wrong(error))?;
            options.exec.ulimits = limits;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cgroup-parent"),
        value: "path",
        doc: "The control group under which commands run.",
        empty: Empty::Absent,
        read: |options, found| {
            options.exec.cgroup_parent = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("memory"),
        value: "bytes",
        doc: "The memory limit of commands. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.memory = positive(found)?;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("memswap"),
        value: "bytes, or -1",
        doc: "The limit of memory and swap together; −1 is none. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            let limit = if found.value == "-1" { -1 } else { positive(found)? };
            options.resources.memory_swap = limit;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cpushares"),
        value: "weight",
        doc: "The share of CPU time of commands, relative to others. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.cpu_shares = positive(found)?.unsigned_abs();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cpuperiod"),
        value: "microseconds",
        doc: "The period over which CPU time is measured. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.cpu_period = positive(found)?.unsigned_abs();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cpuquota"),
        value: "microseconds",
        doc: "The CPU time of commands in each period. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.cpu_quota = positive(found)?;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cpusetcpus"),
        value: "list such as `0-3,5`",
        doc: "The CPUs on which commands run. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.cpuset_cpus = cpu_list(found)?;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cpusetmems"),
        value: "list such as `0-3,5`",
        doc: "The memory nodes that commands use. BuildKit 0.31 and later have it.",
        empty: Empty::Absent,
        read: |options, found| {
            options.resources.cpuset_mems = cpu_list(found)?;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_CACHE_MOUNT_NS"),
        value: "text",
        doc: "Goes before the ids of cache mounts, so that builds with different values share none.",
        empty: Empty::Absent,
        read: |options, found| {
            options.cache_mount_namespace = found.value.to_owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cache-imports"),
        value: "JSON array of `Type` and `Attrs`",
        doc: "Caches that every solve may use.",
        empty: Empty::Absent,
        read: |options, found| {
            // The value may hold tokens, so the error is not to quote it.
            let imports = CacheImport::parse_list(found.value).map_err(|error| {
                found.wrong(format_args!(
                    "expected a JSON array of cache imports, with an error in column {}",
                    error.column()
                ))
            })?;
            options.cache_imports = imports;
            Ok(())
        },
    },
    Row {
        key: Key::Exact("cache-from"),
        value: "comma-separated image references",
        doc: "Images whose cache every solve may use; they come after those of `cache-imports`.",
        empty: Empty::Absent,
        read: |options, found| {
            let references = found.value.split(',').filter(|reference| !reference.is_empty());
            options.cache_imports.extend(references.map(CacheImport::registry));
            Ok(())
        },
    },
    Row {
        key: Key::Exact("build-arg:SOURCE_DATE_EPOCH"),
        value: "seconds since 1970, `context`, or the name of a named context",
        doc: "The time that the image and its files get at most; by name it is that of a commit, or of a download. A directory of the client has none.",
        empty: Empty::Absent,
        read: |options, found| {
            let date = SourceDate::parse(found.value, found.all);
            options.source_date = Some(date.ok_or_else(|| found.expected(SOURCE_DATE_FORMS))?);
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("attest:"),
        value: "comma-separated `key=value`",
        doc: "An attestation that the client wants: `sbom`, which a scanner makes, or `provenance`, which the daemon makes.",
        empty: Empty::Value,
        read: attestation,
    },
    Row {
        key: Key::Prefix("build-arg:BUILDKIT_ATTEST_"),
        value: "comma-separated `key=value`",
        doc: "The same as `attest:` with the name in lower case.",
        empty: Empty::Value,
        read: attestation,
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_SBOM_SCAN_CONTEXT"),
        value: "boolean, or comma-separated names",
        doc: "Whether the scanner looks at the main context, too: always, or for targets with these names.",
        empty: Empty::Absent,
        read: |options, found| {
            options.scan.context = Scan::parse(found.value);
            Ok(())
        },
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_SBOM_SCAN_STAGE"),
        value: "boolean, or comma-separated names",
        doc: "Whether the scanner looks at what the result takes of other functions, too: of all, or of those with these names.",
        empty: Empty::Absent,
        read: |options, found| {
            options.scan.stages = Scan::parse(found.value);
            Ok(())
        },
    },
    Row {
        key: Key::Exact("override-copy-image"),
        value: "image reference",
        doc: "An error: BuildKit 0.11 removed it from Docker's frontend.",
        empty: Empty::Absent,
        read: |_, found| Err(found.wrong("support for it was removed in BuildKit 0.11")),
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_DISABLE_FILEOP"),
        value: "boolean",
        doc: "An error if it is true: BuildKit 0.11 removed it from Docker's frontend.",
        empty: Empty::Absent,
        read: |_, found| match go_bool(found.value) {
            Some(true) => Err(found.wrong("support for it was removed in BuildKit 0.11")),
            _ => Ok(()),
        },
    },
    Row {
        key: Key::Exact("context"),
        value: "git or HTTP URL",
        doc: "The main context, if it is not a directory of the client.",
        empty: Empty::Absent,
        read: |options, found| {
            options.context.url = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("contextkey"),
        value: "option name",
        doc: "The option that holds the main context's URL in place of `context`.",
        empty: Empty::Value,
        read: |options, found| {
            options.context.url = found.all.get(found.value).filter(|url| !url.is_empty()).cloned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("dockerfilekey"),
        value: "local name",
        doc: "The local directory with the build file; the file is read from there whatever the context is.",
        empty: Empty::Value,
        read: |options, found| {
            options.context.dockerfile_key = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("contextsubdir"),
        value: "path",
        doc: "The directory of a remote context that is used.",
        empty: Empty::Value,
        read: |options, found| {
            options.context.subdir = found.owned();
            Ok(())
        },
    },
    Row {
        key: Key::Exact("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR"),
        value: "boolean",
        doc: "Whether the main git context keeps its `.git`. What is no boolean is ignored, as Docker does.",
        empty: Empty::Absent,
        read: |options, found| {
            options.context.keep_git_dir = go_bool(found.value);
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("local-sessionid:"),
        value: "session id",
        doc: "The session that serves a local directory, if it is not that of the build.",
        empty: Empty::Absent,
        read: |options, found| {
            let sessions = &mut options.context.local_sessions;
            sessions.insert(found.name.to_owned(), found.value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("sharedkey:localdir:"),
        value: "text",
        doc: "Identifies the transfers of a named local context, so that builds share them.",
        empty: Empty::Absent,
        read: |options, found| {
            let keys = &mut options.context.shared_keys;
            keys.insert(found.name.to_owned(), found.value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("context:"),
        value: "`kind:…`",
        doc: "A named context, which replaces an image or a target of that name; `::` and a platform may follow the name.",
        empty: Empty::Absent,
        read: |options, found| {
            options.context.named.insert(found.name.to_owned(), found.value.to_owned());
            Ok(())
        },
    },
    Row {
        key: Key::Prefix("input-metadata:"),
        value: "JSON object",
        doc: "What the build behind a frontend input said about its result.",
        empty: Empty::Absent,
        read: |options, found| {
            let metadata = &mut options.context.input_metadata;
            metadata.insert(found.name.to_owned(), found.value.to_owned());
            Ok(())
        },
    },
];

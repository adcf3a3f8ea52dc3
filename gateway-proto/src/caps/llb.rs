//! What a definition may hold: the list `LLBCaps` of a `Pong` (BuildKit 0.32, `solver/pb/caps.go`).

use super::Cap;

super::rows! { Llb, LLB_CAPS:
    /// `docker-image://`.
    SOURCE_IMAGE "source.image" "0.3";
    SOURCE_IMAGE_RESOLVEMODE "source.image.resolvemode" "0.3";
    /// Only the first layers of an image.
    SOURCE_IMAGE_LAYERLIMIT "source.image.layerlimit" "0.11";
    SOURCE_IMAGE_CHECKSUM "source.image.checksum" "0.25";
    /// `local://`.
    SOURCE_LOCAL "source.local" "0.3";
    SOURCE_LOCAL_UNIQUE "source.local.unique" "0.3";
    SOURCE_LOCAL_SESSIONID "source.local.sessionid" "0.3";
    SOURCE_LOCAL_INCLUDEPATTERNS "source.local.includepatterns" "0.3";
    SOURCE_LOCAL_FOLLOWPATHS "source.local.followpaths" "0.3";
    SOURCE_LOCAL_EXCLUDEPATTERNS "source.local.excludepatterns" "0.3";
    SOURCE_LOCAL_SHAREDKEYHINT "source.local.sharedkeyhint" "0.3";
    SOURCE_LOCAL_DIFFER "source.local.differ" "0.9";
    /// Files of which only the metadata is transferred.
    SOURCE_LOCAL_METADATATRANSFER "source.local.metadatatransfer" "0.21";
    /// `git://`.
    SOURCE_GIT "source.git" "0.3";
    SOURCE_GIT_KEEPGITDIR "source.git.keepgitdir" "0.3";
    SOURCE_GIT_FULLURL "source.git.fullurl" "0.3";
    SOURCE_GIT_HTTPAUTH "source.git.httpauth" "0.8";
    SOURCE_GIT_KNOWNSSHHOSTS "source.git.knownsshhosts" "0.8";
    SOURCE_GIT_MOUNTSSHSOCK "source.git.mountsshsock" "0.8";
    /// A directory in the fragment.
    SOURCE_GIT_SUBDIR "source.git.subdir" "0.9";
    SOURCE_GIT_CHECKSUM "source.git.checksum" "0.22";
    SOURCE_GIT_SKIPSUBMODULES "source.git.skipsubmodules" "0.24";
    SOURCE_GIT_SIGNATUREVERIFY "source.git.signatureverify" "0.26";
    SOURCE_GIT_MTIME "source.git.mtime" "0.29";
    SOURCE_GIT_FETCHBYCOMMIT "source.git.fetchbycommit" "0.30";
    SOURCE_GIT_BUNDLE "source.git.bundle" "0.30";
    SOURCE_GIT_CHECKOUTBUNDLE "source.git.checkoutbundle" "0.30";
    /// `http://` and `https://`.
    SOURCE_HTTP "source.http" "0.3";
    SOURCE_HTTP_AUTH "source.http.auth" "0.21";
    SOURCE_HTTP_CHECKSUM "source.http.checksum" "0.3";
    SOURCE_HTTP_PERM "source.http.perm" "0.3";
    /// The id is misspelt in BuildKit, and immutable.
    SOURCE_HTTP_UIDGID "soruce.http.uidgid" "0.3";
    SOURCE_HTTP_HEADER "source.http.header" "0.21";
    SOURCE_HTTP_SIGNATUREVERIFY "source.http.signatureverify" "0.28";
    /// `docker-image+blob://` and `oci-layout+blob://`.
    SOURCE_IMAGEBLOB "source.imageblob" "0.28";
    /// `oci-layout://`.
    SOURCE_OCILAYOUT "source.ocilayout" "0.11";
    SOURCE_BUILDOP_LLBFILENAME "source.buildop.llbfilename" "0.3";
    /// `ExecOp`.
    EXEC_META_BASE "exec.meta.base" "0.3";
    EXEC_META_CGROUP_PARENT "exec.meta.cgroup.parent" "0.10";
    /// A network mode other than the default.
    EXEC_META_NETWORK "exec.meta.network" "0.3";
    /// The daemon-wide proxy mode.
    EXEC_META_NETWORK_PROXY "exec.meta.network.proxy" "0.31";
    EXEC_META_PROXYENV "exec.meta.proxyenv" "0.3";
    /// `SecurityMode::Insecure`.
    EXEC_META_SECURITY "exec.meta.security" "0.5";
    EXEC_META_SECURITY_DEVICES_V1 "exec.meta.security.devices.v1" "0.7";
    /// The daemon adds a `PATH` where there is none.
    EXEC_META_SETSDEFAULTPATH "exec.meta.setsdefaultpath" "0.3";
    EXEC_META_ULIMIT "exec.meta.ulimit" "0.10";
    EXEC_META_CDI "exec.meta.cdi" "0.20";
    EXEC_META_LINUX_RESOURCES "exec.meta.linux.resources" "0.31";
    EXEC_MOUNT_BIND "exec.mount.bind" "0.3";
    /// A bind mount that may be written to and has no output.
    EXEC_MOUNT_BIND_READWRITE_NOOUTPUT "exec.mount.bind.readwrite-nooutput" "0.6.1";
    EXEC_MOUNT_CACHE "exec.mount.cache" "0.3";
    EXEC_MOUNT_CACHE_SHARING "exec.mount.cache.sharing" "0.3";
    EXEC_MOUNT_SELECTOR "exec.mount.selector" "0.3";
    EXEC_MOUNT_TMPFS "exec.mount.tmpfs" "0.3";
    EXEC_MOUNT_TMPFS_SIZE "exec.mount.tmpfs.size" "0.10";
    EXEC_MOUNT_SECRET "exec.mount.secret" "0.3";
    EXEC_MOUNT_SSH "exec.mount.ssh" "0.3";
    /// `Mount.contentCache`.
    EXEC_MOUNT_CACHE_CONTENT "exec.mount.cache.content" "0.13";
    /// A cgroup filesystem is mounted.
    EXEC_CGROUP "exec.cgroup" "0.3";
    EXEC_SECRETENV "exec.secretenv" "0.10";
    /// `Meta.validExitCodes`.
    ///
    /// Also the one to ask for `FileActionCopy.modeStr`, which came with the same release and has no id that counts.
    EXEC_VALIDEXITCODE "exec.validexitcode" "0.17";
    /// `FileOp`.
    FILE_BASE "file.base" "0.5";
    FILE_RM_WILDCARD "file.rm.wildcard" "0.7";
    FILE_COPY_INCLUDEEXCLUDEPATTERNS "file.copy.includeexcludepatterns" "0.9";
    FILE_COPY_REQUIREDPATHS "file.copy.requiredpaths" "0.26";
    /// Removing a symbolic link leaves its target.
    FILE_RM_NOFOLLOWSYMLINK "file.rm.nofollowsymlink" "0.10";
    FILE_COPY_ALWAYSREPLACEEXISTINGDESTPATHS "file.copy.alwaysreplaceexistingdestpaths" "0.14";
    /// `FileActionSymlink`.
    FILE_SYMLINK_CREATE "file.symlink.create" "0.19";
    /// `Op.constraints`; right for every op.
    CONSTRAINTS "constraints" "0.3";
    PLATFORM "platform" "0.3";
    META_IGNORECACHE "meta.ignorecache" "0.3";
    META_DESCRIPTION "meta.description" "0.3";
    META_EXPORTCACHE "meta.exportcache" "0.3";
    CACHE_GHA "cache.gha" "0.9";
    CACHE_S3 "cache.s3" "0.11";
    CACHE_AZBLOB "cache.azblob" "0.11";
    /// `MergeOp`; an engine with graph drivers names it and has it disabled.
    MERGEOP "mergeop" "0.10";
    /// `DiffOp`; an engine with graph drivers names it and has it disabled.
    DIFFOP "diffop" "0.10";
    PASSTHROUGHOP "passthroughop" "0.31";
    EXPORTER_IMAGE_ANNOTATIONS "exporter.image.annotations" "0.11";
    EXPORTER_IMAGE_ATTESTATIONS "exporter.image.attestations" "0.11";
    EXPORTER_SOURCEDATEEPOCH "exporter.sourcedateepoch" "0.11";
    EXPORTER_MULTIPLE "exporter.multiple" "0.13";
    EXPORTER_SESSION "exporter.session" "0.21";
    SOURCE_POLICY "source.policy" "0.11";
    SOURCE_POLICY_SESSION "source.policy.session" "0.26";
    GC_FREESPACEFILTER "gc.freespacefilter" "0.17";
    HISTORY_FILTER "history.filter" "0.20";
}

/// What daemons could do before they said so.
pub(super) static LLB_MINIMUM: &[Cap] = &[
    SOURCE_IMAGE,
    SOURCE_LOCAL,
    SOURCE_LOCAL_UNIQUE,
    SOURCE_LOCAL_SESSIONID,
    SOURCE_LOCAL_INCLUDEPATTERNS,
    SOURCE_LOCAL_FOLLOWPATHS,
    SOURCE_LOCAL_EXCLUDEPATTERNS,
    SOURCE_LOCAL_SHAREDKEYHINT,
    SOURCE_GIT,
    SOURCE_GIT_KEEPGITDIR,
    SOURCE_GIT_FULLURL,
    SOURCE_HTTP,
    SOURCE_HTTP_CHECKSUM,
    SOURCE_HTTP_PERM,
    SOURCE_HTTP_UIDGID,
    SOURCE_BUILDOP_LLBFILENAME,
    EXEC_META_BASE,
    EXEC_META_PROXYENV,
    EXEC_MOUNT_BIND,
    EXEC_MOUNT_CACHE,
    EXEC_MOUNT_CACHE_SHARING,
    EXEC_MOUNT_SELECTOR,
    EXEC_MOUNT_TMPFS,
    EXEC_MOUNT_SECRET,
    CONSTRAINTS,
    PLATFORM,
    META_IGNORECACHE,
    META_DESCRIPTION,
    META_EXPORTCACHE,
];

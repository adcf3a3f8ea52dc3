//! What `LLBBridge` does: the list `FrontendAPICaps` of a `Pong` (BuildKit 0.32, `frontend/gateway/pb/caps.go`).

use super::Cap;

super::rows! { Bridge, BRIDGE_CAPS:
    /// `Solve`.
    SOLVE_BASE "solve.base" "0.3";
    /// The old way to return a result from `Solve`; not to be used.
    SOLVE_INLINERETURN "solve.inlinereturn" "0.3";
    /// `ResolveImageConfig`.
    RESOLVEIMAGE "resolveimage" "0.3";
    RESOLVEIMAGE_RESOLVEMODE "resolveimage.resolvemode" "0.3";
    READFILE "readfile" "0.3";
    /// `Return`.
    RETURN "return" "0.3";
    /// A result of several refs.
    RETURNMAP "returnmap" "0.3";
    READDIR "readdir" "0.3";
    STATFILE "statfile" "0.3";
    /// `SolveRequest.CacheImports`.
    IMPORTCACHES "importcaches" "0.4";
    /// `Ref` and `RefMap` in place of plain ids.
    PROTO_REFARRAY "proto.refarray" "0.7";
    /// `Ref.def`: the result of a solve as an input.
    REFERENCE_OUTPUT "reference.output" "0.7";
    /// `Inputs`, and `SolveRequest.FrontendInputs`.
    FRONTEND_INPUTS "frontend.inputs" "0.7";
    /// A nested frontend's metadata comes back.
    GATEWAY_SOLVE_METADATA "gateway.solve.metadata" "0.7.2";
    /// Gateway containers.
    GATEWAY_EXEC "gateway.exec" "0.8";
    GATEWAY_EXEC_EXTRAHOSTS "gateway.exec.extrahosts" "0.10";
    /// `InitMessage.secretenv`.
    GATEWAY_EXEC_SECRETENV "gateway.exec.secretenv" "0.12";
    GATEWAY_EXEC_SIGNALS "gateway.exec.signals" "0.10";
    /// `ReadFileContainer`, `ReadDirContainer` and `StatFileContainer`.
    GATEWAY_EXEC_FILESYSTEM "gateway.exec.filesystem" "0.27";
    /// The daemon holds an image's `moby.buildkit.frontend.caps` label against the request.
    FRONTEND_CAPS "frontend.caps" "0.8";
    /// `SolveRequest.Evaluate`.
    GATEWAY_SOLVE_EVALUATE "gateway.solve.evaluate" "0.8";
    /// `Evaluate`.
    GATEWAY_EVALUATE "gateway.evaluate" "0.11";
    /// `Warn`.
    GATEWAY_WARNINGS "gateway.warnings" "0.10";
    /// `Result.attestations`.
    REFERENCE_ATTESTATIONS "reference.attestations" "0.11";
    /// `ResolveSourceMeta`.
    SOURCE_METARESOLVER "source.metaresolver" "0.13";
    SOURCE_METARESOLVER_IMAGE_ATTESTATIONS "source.metaresolver.image.attestations" "0.28";
    SOURCE_METARESOLVER_HTTP_CHECKSUMREQUEST "source.metaresolver.http.checksumrequest" "0.28";
}

/// What daemons could do before they said so.
pub(super) static BRIDGE_MINIMUM: &[Cap] =
    &[SOLVE_BASE, SOLVE_INLINERETURN, RESOLVEIMAGE, READFILE];

# The frontend's image, for people who have network access: docker buildx build --tag TAG .
#
# `hack/image` makes the same image without a pull and without an engine. It reads what the image declares from the
# last stage here, so that this is the one place that says it; that stage keeps to ARG, LABEL, ENTRYPOINT and one COPY.

FROM rust:alpine AS build
RUN apk add --no-cache python3
WORKDIR /src
COPY . .
RUN rustc -V && cargo build --release --locked --package hlb-frontend
RUN install -D -m 755 target/release/hlb-frontend /image/hlb-frontend \
    && install -D -m 644 LICENSE /image/licenses/LICENSE \
    && python3 hack/image.d/notices.py cargo x86_64-unknown-linux-musl aarch64-unknown-linux-musl > /notices \
    && install -m 644 /notices /image/licenses/THIRD-PARTY-NOTICES

FROM scratch AS image
# The version that Cargo.toml has, and the commit. `hack/image` gives both; by hand, --build-arg gives them.
ARG VERSION=unknown
ARG REVISION=unknown
# What clients may ask of the frontend: nothing stands here before it works, since BuildKit trusts it.
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests"
# Without this, BuildKit sets a network up for every start, a third of the time of a cached build.
LABEL moby.buildkit.frontend.network.none="true"
LABEL org.opencontainers.image.title="hlb-frontend" \
    org.opencontainers.image.description="A BuildKit gateway frontend for HLB, the High Level Build language" \
    org.opencontainers.image.source="https://github.com/openllb/hlb-frontend" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
# Not /run: BuildKit mounts files below it.
ENTRYPOINT ["/hlb-frontend"]

# The image of the operator: certsync, the libraries that it needs, time zones and roots; no shell, no package manager.
# docs/image.md says how to build it, for amd64 and arm64, and how to check it.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
# The libraries of the base go into the image: with Debian's security updates, which the base may lack.
RUN apt-get update && export DEBIAN_FRONTEND=noninteractive && apt-get upgrade -y && \
    apt-get install -y --no-install-recommends \
      ca-certificates ccache cmake g++ mold ninja-build python3 tzdata \
      libboost-dev libboost-system-dev libcli11-dev libcpprest-dev libexpected-dev libhowardhinnant-date-dev libspdlog-dev \
      libssl-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY controller controller
ARG REVISION=unknown
RUN --mount=type=cache,target=/ccache CCACHE_DIR=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
      -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCERTSYNC_TESTS=OFF -DCERTSYNC_REVISION=${REVISION} && \
    CCACHE_DIR=/ccache cmake --build /build --target certsync
COPY deploy/image deploy/image
# Seconds since 1970: the time of every file in the image.
ARG SOURCE_DATE_EPOCH=0
ARG VERSION=0.1.0
RUN deploy/image/assemble.py --build /build --version "${VERSION}" --revision "${REVISION}" \
      --epoch "${SOURCE_DATE_EPOCH}" --out /image

FROM scratch
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="netscaler-cert-sync" \
      org.opencontainers.image.description="Keeps NetScaler appliances serving the certificates that Kubernetes TLS Secrets hold" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/certsync"]
CMD ["run"]

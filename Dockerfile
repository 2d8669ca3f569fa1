# The image of "lintel serve": one static binary on a base without a shell, run by a user without rights, with nothing to write but its data folder.
#
#   docker build --build-arg VERSION=v0.1.0 --build-arg COMMIT="$(git rev-parse HEAD)" -t lintel:v0.1.0 .
#   docker run --read-only --cap-drop=ALL --security-opt no-new-privileges -v /etc/lintel:/etc/lintel:ro -v lintel:/var/lib/lintel -p 127.0.0.1:8080:8080 lintel:v0.1.0
#
# "lintel check" and "lintel demo" need git, which is not in here: they are for a work tree, where git is.
# scripts/prove-image.sh builds this file and holds the result to these promises.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src

# Empty means Go's own defaults. A build without a network names a folder of modules and switches the checksum database off.
ARG GOPROXY
ARG GOSUMDB

# Modules first: they change more rarely than the code, and the layer is kept.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG VERSION
ARG COMMIT
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
      -ldflags="-s -w -X github.com/lintel-review/lintel/internal/build.stampedVersion=${VERSION} -X github.com/lintel-review/lintel/internal/build.stampedCommit=${COMMIT}" \
      -o /out/lintel ./cmd/lintel \
 && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION
ARG COMMIT
LABEL org.opencontainers.image.title="Lintel" \
      org.opencontainers.image.description="A self-hosted, rules-first pull request reviewer" \
      org.opencontainers.image.source="https://github.com/lintel-review/lintel" \
      org.opencontainers.image.documentation="https://github.com/lintel-review/lintel/blob/main/docs/operations.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"

COPY --from=build /out/lintel /usr/local/bin/lintel
# A new volume takes the owner of the folder that it covers.
COPY --from=build --chown=65532:65532 /out/data /var/lib/lintel

USER 65532:65532
# The database's default, sqlite://lintel.db, is relative to this folder.
WORKDIR /var/lib/lintel
VOLUME /var/lib/lintel
# 8080: webhooks, health, pages by capability. 8081: operators' pages and metrics, never for the public.
EXPOSE 8080 8081

# Whether the process lives, which is no reason to restart it when the forge or the disk is in trouble: /readyz says that, for alarms.
# Images in the OCI format carry no health check (podman build --format docker does), and Kubernetes asks /healthz itself. A container
# that runs a worker names another one, or none.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/local/bin/lintel", "healthcheck", "--config", "/etc/lintel/server.yml"]

ENTRYPOINT ["/usr/local/bin/lintel"]
CMD ["serve", "--config", "/etc/lintel/server.yml"]

# syntax=docker/dockerfile:1
# The server: one static binary, no shell, no root. Build it from the repository's root:
#   docker build -f deploy/serve.Dockerfile -t calback-serve .
# The models are mounted read-only at /models, or baked in: FROM calback-serve, then COPY models /models.

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY . .
ARG TARGETOS=linux
ARG TARGETARCH=amd64
# Only what the server needs is downloaded: the module cache is kept between builds, and never becomes part of the image.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -tags nomsgpack -trimpath -ldflags='-s -w' -o /out/serve ./cmd/serve

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/serve /usr/local/bin/serve
# Metrics and reloads stay on 127.0.0.1:8081 in the container. For a Prometheus beside it: CALBACK_ADMIN=:8081, in your own network only.
ENV CALBACK_ADDR=:8080 CALBACK_MODELS=/models CALBACK_LOG=json
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/serve"]

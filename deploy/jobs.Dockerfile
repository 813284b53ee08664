# syntax=docker/dockerfile:1
# The batch jobs etl, train and score, with the embedded warehouse, which is C++. Build it from the repository's root:
#   docker build -f deploy/jobs.Dockerfile -t calback-jobs .
#   docker run --rm calback-jobs etl status --warehouse=bigquery://PROJECT/DATASET
# The secret of the user keys comes from the environment (CALBACK_KEY), never from the image.

# The Debian release of the two stages must be the same: the binaries are linked against its libstdc++ and libc.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /out && CGO_ENABLED=1 go build -trimpath -ldflags='-s -w' -o /out/ ./cmd/etl ./cmd/train ./cmd/score

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
# Models and reports are mounted: a bucket on Cloud Run, a volume elsewhere. Warehouse files, if any, go under the home.
ENV CALBACK_MODELS=/models CALBACK_REPORTS=/reports
WORKDIR /home/nonroot
USER 65532:65532

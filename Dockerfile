# Not built yet: no container engine was at hand. Run by hand instead: the second stage's commands in a fresh bookworm, the
# server there as this user, its health check up and down, SIGTERM; the lock file in a copy of the context; hadolint.
FROM rust:1.95-slim-bookworm AS build
# The image's own toolchain, without the components that only development needs.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package gateway \
    && install -D target/release/sallyport /out/sallyport

FROM debian:bookworm-slim
# The distribution's newest certificates are wanted, not a pinned version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 sallyport \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sallyport \
    && install -d -o sallyport -g sallyport -m 0700 /data
COPY --from=build /out/sallyport /usr/local/bin/sallyport
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["/usr/local/bin/sallyport"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--data", "/data"]

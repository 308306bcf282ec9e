#!/bin/sh
# Compares jemap with programs that do the same job by hand: builds all, makes the data, runs, checks, prints.
#   benches/compare/run.sh [check] [--size 100M] [--form nested|pretty|ndjson] [--wild] [--rounds 7] [--markdown FILE]
# All arguments go to src/bin/compare.rs. The data and the outputs stay in target/compare-data.
set -eu
cd "$(dirname "$0")/../.."
cargo build --quiet --release --bin jemap
cargo build --quiet --release --manifest-path benches/compare/Cargo.toml --target-dir target/compare
# The limit is built for AVX2, which jemap finds out at run time.
if RUSTFLAGS="-C target-cpu=x86-64-v3 -C target-feature=+pclmulqdq" cargo build --quiet --release --bin limit \
    --manifest-path benches/compare/Cargo.toml --target-dir target/compare-avx2; then
    cp target/compare-avx2/release/limit target/compare/release/limit
else
    rm -f target/compare/release/limit
fi
exec target/compare/release/compare --jemap target/release/jemap "$@"

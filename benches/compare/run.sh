#!/bin/sh
# Compares jemap with programs that do the same job: builds all, makes the data, runs, checks, prints.
#   benches/compare/run.sh [check] [--size 100M] [--form nested|pretty|ndjson] [--wild] [--rounds 7] [--markdown FILE]
#   benches/compare/run.sh peers [--size 20M] [--rounds 3] [--markdown FILE]     jq, jaq, VRL, lxml, Saxon, JSONata
#   benches/compare/run.sh figures                                  start-up, compiling, flat cost, memory, threads
# All other arguments go to src/bin/compare.rs. The data and the outputs stay in target/compare-data.
set -eu
cd "$(dirname "$0")/../.."
cargo build --quiet --release --bin jemap
cargo build --quiet --release --manifest-path benches/compare/Cargo.toml --target-dir target/compare

# What the peers need; what cannot be had is named in the table.
install_peers() {
    command -v jq >/dev/null || apt-get install -y -qq jq >/dev/null 2>&1 || true
    [ -x target/peers-venv/bin/python ] || python3 -m venv target/peers-venv || true
    target/peers-venv/bin/python -c 'import lxml, saxonche' 2>/dev/null ||
        target/peers-venv/bin/python -m pip install --quiet lxml==6.1.3 saxonche==13.1.1 || true
    [ -d target/peers-npm/node_modules/jsonata ] || npm install --silent --prefix target/peers-npm jsonata@2.2.2 || true
    [ -x target/peers-jaq/bin/jaq ] || cargo install --quiet --root target/peers-jaq jaq@3.1.2 || true
    cargo build --quiet --release --manifest-path benches/compare/peers/vrl/Cargo.toml --target-dir target/peers-vrl || true
}

case "${1:-}" in
peers)
    shift
    install_peers
    exec python3 benches/compare/peers/measure.py "$@"
    ;;
figures)
    shift
    exec python3 benches/compare/figures.py "$@"
    ;;
esac

# The limit is built for AVX2, which jemap finds out at run time.
if RUSTFLAGS="-C target-cpu=x86-64-v3 -C target-feature=+pclmulqdq" cargo build --quiet --release --bin limit \
    --manifest-path benches/compare/Cargo.toml --target-dir target/compare-avx2; then
    cp target/compare-avx2/release/limit target/compare/release/limit
else
    rm -f target/compare/release/limit
fi
exec target/compare/release/compare --jemap target/release/jemap "$@"

#!/bin/sh
# How fast entries are taken and posted, and what it needs: see benches/delivery/measure.py for its arguments.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release --bin jemap
exec python3 benches/delivery/measure.py "$@"

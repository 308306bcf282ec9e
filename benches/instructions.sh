#!/bin/sh
# Counts the instructions of the release build (callgrind) on fixed data and compares them with benches/instructions.txt:
#   benches/instructions.sh [keep]      `keep` writes the new figures into the file
# Instructions do not depend on what else the machine does: 1 % is a change, 5 % is said loudly. It never fails for it.
set -eu
cd "$(dirname "$0")/.."
figures=benches/instructions.txt
work=target/instructions
loud=5
command -v valgrind >/dev/null || { apt-get install -y -qq valgrind >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq valgrind; } >/dev/null 2>&1; } ||
    { echo "skipped: there is no valgrind" && exit 0; }
mkdir -p "$work"
cargo build --quiet --release --bin jemap
cargo build --quiet --release --manifest-path benches/compare/Cargo.toml --target-dir target/compare
generate=target/compare/release/generate
$generate nested 3M "$work/nested.json" 42 >/dev/null
$generate ndjson 3M "$work/ndjson.json" 42 >/dev/null
$generate nested 3M "$work/wild.json" 42 wild >/dev/null
sh benches/big_map.sh 1000 >"$work/big.map"

count() { # NAME ARGUMENTS...
    name=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/jemap "$@" >"$work/$name.out" 2>"$work/$name.log" ||
        # Documents that were refused are no failure; a program that did not run is.
        [ $? -lt 3 ] || { tail -5 "$work/$name.log" >&2 && exit 1; }
    instructions=$(sed -n 's/.*Collected *: *//p' "$work/$name.log")
    [ -n "$instructions" ] || { echo "callgrind counted nothing for $name" >&2 && exit 1; }
    echo "$name $instructions"
}
run() { # NAME MAP INPUT
    count "$1" transform "benches/job/$2" "$work/$3" -o "$work/$1.xml" --rejects "$work/$1.rejects" --threads 1 \
        --run-id BATCH-2026-000042 --run-time 2026-01-31T23:59:00Z
}
{
    run nested nested.map nested.json
    run ndjson flat.map ndjson.json
    run wild nested.map wild.json
    count compile check "$work/big.map"
} >"$work/new.txt"
[ -f "$figures" ] || cp "$work/new.txt" "$figures"
awk -v loud=$loud '
    NR == FNR { kept[$1] = $2; next }
    FNR == 1 { printf "%-10s %15s %15s %9s\n", "what", "kept", "now", "change" }
    !($1 in kept) { printf "%-10s %15s %15d %9s\n", $1, "-", $2, "new"; next }
    {
        change = ($2 - kept[$1]) * 100 / kept[$1]
        printf "%-10s %15d %15d %+8.2f%%\n", $1, kept[$1], $2, change
        if (change >= loud) worse = worse sprintf("\n*** %s takes %.1f %% MORE INSTRUCTIONS than benches/instructions.txt says ***", $1, change)
    }
    END { if (worse) print worse }' "$figures" "$work/new.txt"
[ "${1:-}" != keep ] || cp "$work/new.txt" "$figures"

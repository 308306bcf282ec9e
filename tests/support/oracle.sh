#!/bin/sh
# Holds the expected XML of the mappings against judges that share no code with jemap:
#   valid   the schemas inside the service's WSDL accept the body (every expected file)
#   equal   zeep, given that WSDL and the tree oracle_trees.py makes of the sample input, builds the same body
#           (every expected file that program has rules for)
#
# The WSDL and the zeep program lie in the folder JEMAP_SHARED, by default ../shared beside the project.
# Without that folder or without zeep it says so and skips. Status: 0 all agree, 1 something differs.
set -u
cd "$(dirname "$0")/../.." || exit 1
shared=${JEMAP_SHARED:-../shared}
wsdl=$shared/sap/wsdl/journal_entry_post_sync.2024.wsdl
zeep=$shared/tools/oracle_zeep.py
trees=tests/support/oracle_trees.py
export PYTHONDONTWRITEBYTECODE=1

if [ ! -d "$shared" ]; then
    echo "skipped: there is no folder $shared"
    exit 0
fi
if ! python3 -c 'import zeep, lxml' 2>/dev/null; then
    echo "skipped: there is no zeep"
    exit 0
fi

agree=0 differ=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

judge() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        agree=$((agree + 1))
        echo "agrees   $name"
    else
        differ=$((differ + 1))
        echo "DIFFERS  $name"
        sed 's/^/         /' "$work/said" | head -40
    fi
}

equal() { # EXPECTED
    python3 "$trees" "$1" "$work/tree.json" &&
        python3 "$zeep" compare --wsdl "$wsdl" --json "$work/tree.json" --ours "$1"
}

for expected in mappings/*/*expected.xml; do
    judge "valid  $expected" python3 "$zeep" validate --wsdl "$wsdl" --ours "$expected"
done
python3 "$trees" >"$work/rules" || exit 1
while read -r expected; do
    judge "equal  $expected" equal "$expected"
done <"$work/rules"
echo "$agree agree, $differ differ"
[ "$agree" -gt 0 ] && [ "$differ" -eq 0 ]

#!/usr/bin/env bash
# Builds ten programs on axum, each with one mistake, makes the mistake happen, and prints a table of what was observed. Fails if
# a program no longer compiles, behaves otherwise, or does what docs/same-mistakes.md does not say. Every request stays within
# the process. The first run downloads and builds about 170 packages.
#
#   tests/elsewhere/check.sh
set -eu
cd "$(dirname "$0")"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target/elsewhere}"
page=../../docs/same-mistakes.md
out=$(mktemp)
trap 'rm -f "$out"' EXIT

if ! cargo test --quiet --locked --test mistakes -- --nocapture --test-threads=1 > "$out"; then
    cat "$out"
    exit 1
fi

untold=0
while IFS=$'\t' read -r mistake observed; do
    printf '%-12s %s\n' "$mistake" "$observed"
    grep -qF "Observed: $observed." "$page" || { echo "             ^ is not in docs/same-mistakes.md"; untold=1; }
done < <(grep -o 'observed:.*' "$out" | cut -f 2-)
exit "$untold"

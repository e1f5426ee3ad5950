#!/bin/sh
# Builds the program as it is shipped, into a folder: `palisade` without symbols, and `palisade.debug` with them.
#
#   build-dist.sh [--static] [--target TRIPLE] FOLDER
#
#   --static         contains the C library: the program needs no other file, as in an image that has none
#   --target TRIPLE  for another kind of machine, as `rustc --print target-list` names it
#
# Backtraces and debuggers find `palisade.debug` by its name while it lies beside the program or in a folder `.debug` there.
# Needs binutils, which come with every C compiler for Linux.
set -eu

fail() {
    echo "build-dist: $1" >&2
    exit 1
}

static=no
target=$(rustc -vV | sed -n 's/^host: //p')
folder=
while [ $# -gt 0 ]; do
    case $1 in
    --static) static=yes ;;
    --target)
        [ $# -ge 2 ] || fail "--target needs a value"
        target=$2
        shift
        ;;
    -*) fail "unknown option $1" ;;
    *) folder=$1 ;;
    esac
    shift
done
[ -n "$folder" ] || fail "name the folder to write into"

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")/.."
# With --target, so that the flags hold for the program and not for what runs while it is built.
[ "$static" = no ] || export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
cargo build --locked --profile dist --target "$target" --package palisade

built=$(cd "${CARGO_TARGET_DIR:-target}/$target/dist" && pwd)/palisade
cd "$folder"
objcopy --only-keep-debug --compress-debug-sections "$built" palisade.debug
objcopy --strip-all --add-gnu-debuglink=palisade.debug "$built" palisade
chmod 644 palisade.debug
ls -l palisade palisade.debug

#!/bin/sh
# Installs palisade with its manual pages and its completions for bash, zsh and fish. `install.sh --help` says how.
set -eu

usage() {
    cat <<'HELP'
Usage: install.sh [--prefix FOLDER] SOURCE [--sha256 SUM]
       install.sh [--prefix FOLDER] --uninstall

SOURCE is one of
  --file PATH        a program that is on this machine
  --url ADDRESS      a program to download with curl; needs --sha256
  --build            the checkout in which this script lies (takes minutes)

Options
  --prefix FOLDER    where to install; without it PREFIX, else /usr/local
  --sha256 SUM       the SHA-256 digest that the program must have
  --symbols          with --file: also its symbols, a file palisade.debug beside it; with --build: those of the build
  --uninstall        remove everything that this script installs, and nothing else
  --help             print this
HELP
}

fail() {
    echo "install: $1" >&2
    exit 1
}

prefix=${PREFIX:-/usr/local}
source=
place=
sum=
symbols=no
while [ $# -gt 0 ]; do
    case $1 in
    --help)
        usage
        exit 0
        ;;
    --build | --uninstall)
        [ -z "$source" ] || fail "$source and $1: one at a time"
        source=$1
        ;;
    --symbols) symbols=yes ;;
    --file | --url | --prefix | --sha256)
        [ -n "${2:-}" ] || fail "$1 needs a value"
        case $1 in
        --prefix) prefix=$2 ;;
        --sha256) sum=$2 ;;
        *)
            [ -z "$source" ] || fail "$source and $1: one at a time"
            source=$1
            place=$2
            ;;
        esac
        shift
        ;;
    *) fail "unknown argument $1; --help lists all" ;;
    esac
    shift
done

bin=$prefix/bin
bash=$prefix/share/bash-completion/completions
zsh=$prefix/share/zsh/site-functions
fish=$prefix/share/fish/vendor_completions.d
man=$prefix/share/man/man1

remove_described() {
    rm -f "$bash/palisade" "$zsh/_palisade" "$fish/palisade.fish" "$man/palisade.1" "$man"/palisade-*.1
}

digest() {
    if command -v sha256sum > /dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

if [ "$source" = --uninstall ]; then
    remove_described
    rm -f "$bin/palisade" "$bin/.debug/palisade.debug"
    rmdir "$bin/.debug" 2> /dev/null || true
    echo "palisade is gone from $prefix. Its settings and its data are where they were."
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
case $source in
--file)
    [ -f "$place" ] || fail "$place is no file"
    cp "$place" "$work/palisade"
    [ $symbols = no ] || cp "$(dirname "$place")/palisade.debug" "$work/" || fail "there are no symbols beside $place"
    ;;
--url)
    [ -n "$sum" ] || fail "--url needs --sha256: the digest from SHA256SUMS of the release"
    [ $symbols = no ] || fail "--symbols needs --file or --build"
    curl --fail --silent --show-error --location --output "$work/palisade" "$place" || fail "$place could not be downloaded"
    ;;
--build) "$(dirname "$0")/build-dist.sh" "$work" ;;
*)
    usage >&2
    exit 2
    ;;
esac

if [ -n "$sum" ]; then
    found=$(digest "$work/palisade")
    [ "$found" = "$(echo "$sum" | tr 'A-F' 'a-f')" ] || fail "the digest is $found, not $sum: nothing was installed"
fi
chmod 755 "$work/palisade"
version=$("$work/palisade" --version) || fail "the program does not run on this machine: nothing was installed"

# Everything is made before anything is installed.
mkdir "$work/man"
"$work/palisade" man --to "$work/man"
for shell in bash zsh fish; do "$work/palisade" completions $shell > "$work/$shell"; done

mkdir -p "$bin" "$bash" "$zsh" "$fish" "$man"
remove_described
cp "$work/bash" "$bash/palisade"
cp "$work/zsh" "$zsh/_palisade"
cp "$work/fish" "$fish/palisade.fish"
cp "$work/man"/*.1 "$man/"
chmod 644 "$bash/palisade" "$zsh/_palisade" "$fish/palisade.fish" "$man/palisade.1" "$man"/palisade-*.1
rm -f "$bin/.debug/palisade.debug"
if [ $symbols = yes ]; then
    mkdir -p "$bin/.debug"
    cp "$work/palisade.debug" "$bin/.debug/"
fi
# Renamed at the end: a server that runs keeps its file, and a start finds the old program or the new one, whole.
cp "$work/palisade" "$bin/.palisade.new"
mv "$bin/.palisade.new" "$bin/palisade"
echo "$version is installed in $prefix."

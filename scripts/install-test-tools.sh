#!/usr/bin/env bash
# Installs what `cargo xtask test` needs beside the Rust toolchain: Chromium, on Debian and as root.
# Anywhere else it says what to install.
set -eu
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium curl > /dev/null
else
    echo "Please install: bash, curl 7.82 or newer, Node.js 20.9 or newer with npm, and Chromium." >&2
fi
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' 2> /dev/null ||
    echo "Please install Node.js 20.9 or newer with npm." >&2

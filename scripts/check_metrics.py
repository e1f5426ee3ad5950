"""Has a real Prometheus read a running palisade, and asks it for every alert and every panel; check-deploy.sh calls it.

    check_metrics.py PROGRAM PROMETHEUS PROMTOOL

The program serves in development from an empty folder, without a shared store of limits.
"""

import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

DEPLOY = pathlib.Path(__file__).resolve().parent.parent / "deploy"
RULES = DEPLOY / "prometheus-rules.yaml"
# Without a shared store of limits nobody says whether it is down; and no call fails here.
MAY_BE_EMPTY = ["palisade_limit_store_down", 'outcome!="success"', "palisade_outbox_"]


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetched(url, body=None):
    headers = {"content-type": "application/json"} if body else {}
    data = json.dumps(body).encode() if body else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(what, attempt, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found := attempt():
                return found
        time.sleep(0.2)
    raise SystemExit(f"{what}: not within {seconds} seconds")


@contextlib.contextmanager
def running(command, log, **options):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **options)
    try:
        yield
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended: {pathlib.Path(log).read_text()[-2000:]}")
    finally:
        process.terminate()
        process.wait()


def use(server):
    """What gives each series a value: a registration with its mail, and sign-ins until the limit."""
    fetched(f"{server}/api/v1/auth/register", {"email": "ada@example.org", "password": "a long enough passphrase"})
    for _ in range(12):
        fetched(f"{server}/api/v1/auth/login", {"email": "ada@example.org", "password": "not the password"})


def classic(text):
    """OpenMetrics as the older text format, which is all that `promtool check metrics` reads: there the `_total` of a counter
    belongs to its name."""
    counters = re.findall(r"^# TYPE (\S+) counter$", text, re.MULTILINE)
    for name in counters:
        text = re.sub(rf"^# (TYPE|HELP) {name} ", rf"# \1 {name}_total ", text, flags=re.MULTILINE)
    return text.removesuffix("# EOF\n")


def check_text(promtool, text):
    ran = subprocess.run([promtool, "check", "metrics"], input=classic(text), capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"promtool check metrics: {ran.stdout}{ran.stderr}")
    print("  promtool finds nothing in the text of the running server")


def check_rules(prometheus):
    def evaluated():
        groups = json.loads(fetched(f"{prometheus}/api/v1/rules")[1])["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None

    rules = until("evaluating the rules", evaluated)
    if wrong := [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] != "ok"]:
        raise SystemExit(f"rules that Prometheus cannot evaluate: {wrong}")
    named = set(re.findall(r"^ +- alert: (\w+)$", RULES.read_text(), re.MULTILINE))
    if named != {rule["name"] for rule in rules}:
        raise SystemExit(f"rules that Prometheus does not have, or has under another name: {named}")
    if firing := [rule["name"] for rule in rules if rule["state"] == "firing"]:
        raise SystemExit(f"a server that is well sets off {firing}")
    print(f"  Prometheus evaluates {len(rules)} alerts; none fires")


def check_panels(prometheus):
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
    asked = [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]
    for title, expression in asked:
        query = urllib.parse.quote(expression.replace("$__rate_interval", "20s"))

        def answered(title=title, query=query, expression=expression):
            status, answer = fetched(f"{prometheus}/api/v1/query?query={query}")
            if status != 200:
                raise SystemExit(f"{title}: {answer}")
            found = json.loads(answer)["data"]["result"]
            return found or any(part in expression for part in MAY_BE_EMPTY)

        until(f"{title}: {expression}", answered)
    print(f"  Prometheus answers the {len(asked)} questions of the dashboard")


def main():
    program, prometheus_program, promtool = sys.argv[1:]
    port, operator, watcher = free_port(), free_port(), free_port()
    server, prometheus = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{watcher}"
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        scrape = {"job_name": "palisade", "static_configs": [{"targets": [f"127.0.0.1:{operator}"]}]}
        every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        # JSON is YAML.
        config.write_text(json.dumps({"global": every, "rule_files": [str(RULES)], "scrape_configs": [scrape]}))
        variables = {"PORT": str(port), "METRICS_ADDR": f"127.0.0.1:{operator}"}
        watching = [prometheus_program, f"--config.file={config}", f"--storage.tsdb.path={folder}/data"]
        watching.append(f"--web.listen-address=127.0.0.1:{watcher}")
        with running([program, "serve"], f"{folder}/palisade.log", env=variables, cwd=folder):
            until("starting palisade", lambda: fetched(f"{server}/api/v1/health/ready")[0] == 200)
            with running(watching, f"{folder}/prometheus.log"):
                up = f"{prometheus}/api/v1/query?query=up"
                until("reading palisade", lambda: '"1"]' in fetched(up)[1])
                use(server)
                # A rate needs two readings; a series that has just begun to exist rises only with the next use.
                time.sleep(3)
                use(server)
                check_text(promtool, fetched(f"http://127.0.0.1:{operator}/metrics")[1])
                check_rules(prometheus)
                check_panels(prometheus)


main()

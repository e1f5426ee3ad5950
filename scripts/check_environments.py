"""Checks with `palisade check` the environments that compose.yaml and kubernetes.yaml give the server; check-deploy.sh calls it."""

import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent / "deploy"
PROGRAM = sys.argv[1]


def checked(name, variables, secrets):
    with tempfile.TemporaryDirectory() as folder:
        for file, value in secrets.items():
            (pathlib.Path(folder) / file).write_text(value)
        placed = {key: re.sub(r"^/run/secrets(/palisade)?", folder, value) for key, value in variables.items()}
        ran = subprocess.run([PROGRAM, "check"], env=placed, cwd=folder, capture_output=True, text=True)
        if ran.returncode != 0:
            raise SystemExit(f"{name}: {ran.stdout[-600:]}{ran.stderr}")
        print(f"  {name}: the environment is valid")
        print("".join(f"  {line}\n" for line in ran.stdout.splitlines() if line.startswith("warning:")), end="")


def main():
    keys = subprocess.run([PROGRAM, "keys", "new"], check=True, capture_output=True, text=True).stdout
    image = dict(re.findall(r"\b(APP_ENV|HOST|PORT)=(\S+)", (DEPLOY / "Containerfile").read_text()))
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["palisade"]["environment"]
    defaults = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in compose.items()}
    checked("Compose", image | defaults, {"secret_keys": keys, "smtp_url": "smtp://127.0.0.1:1025"})
    resources = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    (settings,) = [one["data"] for one in resources if one["kind"] == "ConfigMap"]
    secrets = {
        **{"DATABASE_URL": "mongodb://palisade:kV7xQ2mR9tLw4z@mongodb.example.org/palisade?replicaSet=rs0&tls=true", "SECRET_KEYS": keys},
        **{"RATE_LIMIT_URL": "rediss://:hT4nW8bYc2KsPq@redis.example.org", "SMTP_URL": "smtps://mailer:Zr6vD1fUo9GjXe@smtp.example.org:465"},
    }
    checked("Kubernetes", image | settings, secrets)


main()

"""PyPI `nanoidp`: it says that it does not name itself in callbacks, and takes Basic without encoding."""

import json
import os
import tempfile
from pathlib import Path

from nanoidp.app import create_app
from serving import CLIENTS, PASSWORD, PEOPLE, serve


def application_at(origin):
    folder = Path(tempfile.mkdtemp())
    # It keeps its keys where it is started.
    os.chdir(folder)
    clients = [
        {"client_id": client["id"], "client_secret": client["secret"], "redirect_uris": [client["redirectUri"]]}
        for client in CLIENTS
    ]
    settings = {"oauth": {"issuer": origin, "audience": "palisade", "clients": clients}}
    users = {person["login"]: {"password": PASSWORD, "email": person["email"]} for person in PEOPLE}
    # JSON is YAML.
    for name, content in {"settings": settings, "users": {"users": users}}.items():
        (folder / f"{name}.yaml").write_text(json.dumps({"config_version": 1, **content}))
    return create_app(str(folder))


serve(application_at)

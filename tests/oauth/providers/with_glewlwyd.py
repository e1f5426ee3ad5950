"""Debian's `glewlwyd`: RS512 and `azp`; PKCE is off until somebody switches it on. Its page is an app, which a person's browser
replaces by the calls that the app makes."""

import gzip
import json
import os
import signal
import sqlite3
import urllib.request
from pathlib import Path

from beside import folder_of_the_run, free_port, rsa_key, start
from serving import CLIENTS, PASSWORD, PEOPLE

SCOPES = ["openid", "email", "profile"]

program = Path(os.environ["GLEWLWYD"]).resolve()
installed = program.parents[2]
folder = Path(folder_of_the_run())
port = free_port()
origin = f"http://localhost:{port}"

database = sqlite3.connect(folder / "glewlwyd.sqlite")
tables = installed / "usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz"
database.executescript(gzip.decompress(tables.read_bytes()).decode())
# The property that says whether an address is verified.
(parameters,) = database.execute("SELECT gumi_parameters FROM g_user_module_instance").fetchone()
parameters = json.loads(parameters)
parameters["data-format"]["verified"] = {"multiple": False, "read": True, "write": True}
database.execute("UPDATE g_user_module_instance SET gumi_parameters = ?", [json.dumps(parameters)])
database.commit()
database.close()

modules = {
    f"{kind}_module_path": str(installed / "usr/lib/glewlwyd" / name)
    for kind, name in {"user": "user", "client": "client", "user_auth_scheme": "scheme", "plugin": "plugin"}.items()
}
# There are none, and it wants the folder all the same.
(folder / "middlewares").mkdir()
settings = {
    "port": port,
    "bind_address": "127.0.0.1",
    "external_url": origin,
    "static_files_path": f"{installed}/usr/share/glewlwyd/webapp/",
    "log_mode": "console",
    "log_level": "ERROR",
    "cookie_domain": "localhost",
    "cookie_secure": 0,
    "user_middleware_module_path": str(folder / "middlewares"),
    **modules,
}
lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
lines.append(f'database = {{ type = "sqlite3"; path = "{folder}/glewlwyd.sqlite"; }};')
lines.append('static_files_mime_types = ( { extension = ".html"; mime_type = "text/html"; compress = 0; } );')
(folder / "glewlwyd.conf").write_text("\n".join(lines))
start(
    [program, "-c", folder / "glewlwyd.conf"],
    answers_at=origin,
    cwd=folder,
    env={**os.environ, "LD_LIBRARY_PATH": f"{installed}/usr/lib/x86_64-linux-gnu"},
)


def call(path, body, cookie=""):
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    request = urllib.request.Request(f"{origin}/api{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return response.headers.get("Set-Cookie", "").split(";")[0]


cookie = call("/auth/", {"username": "admin", "password": "password"})
private, public = rsa_key()
kinds = ["code", "token", "id-token", "none", "password", "client", "device", "refresh"]
plugin = {
    "iss": f"{origin}/api/oidc",
    # As its page for administrators proposes.
    "jwt-type": "rsa",
    "jwt-key-size": "512",
    "key": private,
    "cert": public,
    "access-token-duration": 3600,
    "refresh-token-duration": 1209600,
    "code-duration": 600,
    **{f"auth-type-{kind}-enabled": kind == "code" for kind in kinds},
    "allow-non-oidc": False,
    "jwks-show": True,
    # Without it, a request with a challenge is an invalid one.
    "pkce-allowed": True,
    # Without these, nobody gets an address.
    "name-claim": "mandatory",
    "email-claim": "mandatory",
    "claims": [
        {
            "name": "email_verified",
            "user-property": "verified",
            "type": "boolean",
            "boolean-value-true": "yes",
            "boolean-value-false": "no",
            "mandatory": True,
        }
    ],
}
named = {"module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "order_rank": 1}
call("/mod/plugin/", {**named, "parameters": plugin}, cookie)
for scope in SCOPES[1:]:
    call("/scope/", {"name": scope, "display_name": scope, "password_required": True, "scheme": {}}, cookie)
for person in PEOPLE:
    verified = {"verified": "yes" if person["verified"] else "no"} if "verified" in person else {}
    user = {"username": person["login"], "name": person["name"], "email": person["email"], "scope": SCOPES, **verified}
    call("/user/", {**user, "password": PASSWORD}, cookie)
for client in CLIENTS:
    known = {"client_id": client["id"], "name": "Palisade", "confidential": True, "scope": []}
    secret = {"password": client["secret"], "client_secret": client["secret"]}
    uses = {"redirect_uri": [client["redirectUri"]], "authorization_type": ["code"]}
    call("/client/", {**known, **secret, **uses, "token_endpoint_auth_method": ["client_secret_basic"]}, cookie)
print(json.dumps({"issuer": plugin["iss"]}), flush=True)
signal.pause()

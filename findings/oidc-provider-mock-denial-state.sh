#!/usr/bin/env bash
# oidc-provider-mock 0.3.4 (PyPI): when the person says no, the answer comes back without the `state` of the request.
#
# Expected: `error=access_denied` and the `state`, which an error must repeat if the request had one (RFC 6749, 4.1.2.1).
# Seen: only `error`. The answer of a person who agrees repeats the `state`. A client that finds its attempt by the state cannot
# say which attempt was refused.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check oidc-provider-mock==0.3.4
cat >ask.py <<'END'
import os

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
import http.client
from urllib.parse import parse_qs, urlencode, urlsplit

from oidc_provider_mock import run_server_in_thread

asked = {
    "client_id": "client",
    "redirect_uri": "http://127.0.0.1:1/callback",
    "response_type": "code",
    "scope": "openid",
    "state": "the-state",
}
with run_server_in_thread() as server:
    for what, form in [("agrees", {"sub": "ada"}), ("says no", {"sub": "ada", "action": "deny"})]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/oauth2/authorize?{urlencode(asked)}", urlencode(form), headers)
        answer = connection.getresponse()
        returned = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        print(f"{what}: {answer.status}, state {returned.get('state', ['missing'])[0]}, error {returned.get('error', ['none'])[0]}")
os._exit(0)
END
seen=$(python/bin/python -u ask.py 2>/dev/null)
echo "$seen"
[ "$seen" = "agrees: 302, state the-state, error none
says no: 302, state missing, error access_denied" ]

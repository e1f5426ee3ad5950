"""PyPI `oidc-provider-mock`: no `kid` in its tokens, `aud` a list, and a document without ways of authentication."""

import json
import os
import sys

# It serves on this machine, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from oidc_provider_mock import User, run_server_in_thread

NAMES = {"email": "email", "verified": "email_verified", "name": "name"}


def user(person):
    claims = {claim: person[key] for key, claim in NAMES.items() if key in person}
    return User(sub=person["login"], claims=claims)


people = [user(person) for person in json.loads(os.environ["PEOPLE"])]
with run_server_in_thread(user_claims=people) as server:
    print(json.dumps({"issuer": f"http://localhost:{server.server_port}"}), flush=True)
    # The parent holds the other end: it closes with the parent, however that ends.
    sys.stdin.read()
    os._exit(0)

"""PyPI `canaille`: RS512, `aud` a list, keys without `alg` and `use`, and nothing about whether an address is verified."""

import tempfile
from datetime import datetime, timezone
from urllib.parse import urlsplit

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from serving import CLIENTS, PASSWORD, PEOPLE, serve


def application_at(origin):
    # In memory it takes every code for every other.
    folder = tempfile.mkdtemp()
    sql = {"DATABASE_URI": f"sqlite:///{folder}/canaille.sqlite", "PASSWORD_SCHEMES": "pbkdf2_sha512"}
    core = {"DATABASE": "sql", "CAPTCHA_ENABLED": False}
    at = {"SERVER_NAME": urlsplit(origin).netloc, "PREFERRED_URL_SCHEME": "http"}
    app = create_app({"SECRET_KEY": "x" * 40, **at, "CANAILLE": core, "CANAILLE_SQL": sql, "CANAILLE_OIDC": {}}, init_backend=True)
    with app.app_context():
        save = Backend.instance.save
        for person in PEOPLE:
            names = {"user_name": person["login"], "formatted_name": person["name"], "family_name": person["name"]}
            save(models.User(**names, emails=[person["email"]], password=PASSWORD))
        for given in CLIENTS:
            client = models.Client(
                client_id=given["id"],
                client_secret=given["secret"],
                client_name="Palisade",
                client_id_issued_at=datetime.now(timezone.utc),
                redirect_uris=[given["redirectUri"]],
                grant_types=["authorization_code"],
                response_types=["code"],
                token_endpoint_auth_method="client_secret_basic",
                scope=["openid", "email", "profile"],
            )
            save(client)
            # Without it, `aud` is an empty list.
            client.audience = [client]
            save(client)
    return app


serve(application_at)

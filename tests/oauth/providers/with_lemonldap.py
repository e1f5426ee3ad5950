"""Debian's `lemonldap-ng`: neither its keys nor its tokens have a `kid`, `aud` is a list, and it says nothing about whether an
address is verified."""

import json
import os
import signal
from pathlib import Path

from beside import folder_of_the_run, free_port, rsa_key, start
from serving import CLIENTS, PEOPLE

program = Path(os.environ["LEMONLDAP"]).resolve()
installed = program.parents[2]
folder = Path(folder_of_the_run())
port = free_port()
origin = f"http://127.0.0.1:{port}"


def made(name):
    (folder / name).mkdir(parents=True)
    return str(folder / name)


def sessions(name):
    return {"Directory": made(name), "LockDirectory": made(f"{name}/lock")}


configuration = json.loads((installed / "var/lib/lemonldap-ng/conf/lmConf-1.json").read_text())
private, public = rsa_key()
clients = {f"client{number}": client for number, client in enumerate(CLIENTS)}
configuration.update(
    {
        "portal": f"{origin}/",
        "domain": "127.0.0.1",
        "globalStorageOptions": {
            **configuration["globalStorageOptions"],
            **sessions("sessions"),
        },
        "persistentStorageOptions": sessions("psessions"),
        "notification": 0,
        # Else it does not start without ImageMagick, although nothing here asks for a captcha.
        "captcha": "::Captcha::None",
        "locationRules": {f"127.0.0.1:{port}": {"default": "accept"}},
        "issuerDBOpenIDConnectActivation": 1,
        "oidcServiceMetaDataIssuer": origin,
        "oidcServicePrivateKeySig": private,
        "oidcServicePublicKeySig": public,
        "oidcRPMetaDataExportedVars": {name: {"email": "mail", "name": "cn"} for name in clients},
        "oidcRPMetaDataOptions": {
            name: {
                "oidcRPMetaDataOptionsClientID": client["id"],
                "oidcRPMetaDataOptionsClientSecret": client["secret"],
                "oidcRPMetaDataOptionsRedirectUris": client["redirectUri"],
                # Without it, a new client gets HS512.
                "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsUserIDAttr": "uid",
                # Without it, nobody looks at a verifier.
                "oidcRPMetaDataOptionsRequirePKCE": 1,
            }
            for name, client in clients.items()
        },
    }
)
configurations = Path(made("conf"))
(configurations / "lmConf-1.json").write_text(json.dumps(configuration))
(folder / "lemonldap-ng.ini").write_text(
    f"""[all]
logLevel = error
[configuration]
type = File
dirName = {configurations}
[portal]
staticPrefix = /static
templateDir = {installed}/usr/share/lemonldap-ng/portal/templates
languages = en
"""
)
# It knows three people by itself; their passwords are their names.
people = json.dumps({p["login"]: {"uid": p["login"], "cn": p["name"], "mail": p["email"]} for p in PEOPLE})
(folder / "people.json").write_text(people)
(folder / "portal.psgi").write_text(
    f"""package Lemonldap::NG::Portal::Captcha::None;
use Mouse; extends 'Lemonldap::NG::Portal::Main::Plugin'; sub init {{ 1 }}
$INC{{'Lemonldap/NG/Portal/Captcha/None.pm'}} = __FILE__;
package main;
use JSON; use Lemonldap::NG::Portal::UserDB::Demo; use Lemonldap::NG::Portal::Main;
local $/; open my $file, '<', '{folder}/people.json' or die;
%Lemonldap::NG::Portal::UserDB::Demo::demoAccounts = %{{ decode_json(<$file>) }};
Lemonldap::NG::Portal::Main->run({{}});
"""
)
libraries = [installed / "usr/share/perl5", *installed.glob("usr/lib/*/perl5/*")]
start(
    [program, "--host", "127.0.0.1", "--port", str(port), folder / "portal.psgi"],
    answers_at=f"{origin}/.well-known/openid-configuration",
    cwd=folder,
    env={
        **os.environ,
        "PERL5LIB": ":".join(map(str, libraries)),
        "LLNG_DEFAULTCONFFILE": str(folder / "lemonldap-ng.ini"),
    },
)
print(json.dumps({"issuer": origin}), flush=True)
signal.pause()

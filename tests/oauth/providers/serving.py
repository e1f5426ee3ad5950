"""As serving.mjs, for the providers of PyPI."""

import json
import logging
import os
import sys
import threading

from werkzeug.serving import make_server

# They serve on this machine, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

CLIENTS = json.loads(os.environ["CLIENTS"])
PEOPLE = json.loads(os.environ["PEOPLE"])
PASSWORD = "correct horse battery"


def _end_with_parent():
    # The parent holds the other end: it closes with the parent, however that ends.
    sys.stdin.read()
    os._exit(0)


def serve(application_at, path=""):
    """Serves what `application_at` makes for an origin. The issuer has this path."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    server = make_server("127.0.0.1", 0, None, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    server.app = application_at(origin)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    print(json.dumps({"issuer": origin + path}), flush=True)
    server.serve_forever()

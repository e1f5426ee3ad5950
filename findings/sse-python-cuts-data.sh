#!/usr/bin/env bash
# sseclient 0.0.27 (PyPI): cuts the data of server-sent events, at letters as ordinary as Å.
#
# Expected: some client for Python cuts data at U+2028, which JSON may have as it is (the guess named other packages, which do not).
# Seen: this one cuts at U+2028 and U+0085. Where the server sends `text/event-stream` without `charset`, as the standard has it
# (a stream of events is always UTF-8), it reads the bytes as ISO 8859-1, so that the second byte of Å (C3 85) is the end of a
# line. The rest of the event is lost without an error.
set -eu
place=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; rm -rf "$place"' EXIT
cd "$place"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check sseclient==0.0.27 requests==2.34.2
cat >server.py <<'END'
import http.server, sys

BODY = ('id: 1\ndata: {"text":"a\u2028b"}\n\n' 'id: 2\ndata: {"text":"c\u0085d"}\n\n' 'id: 3\ndata: {"text":"\u00c5sa"}\n\n').encode()


class Stream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" + ("; charset=utf-8" if self.path == "/named" else ""))
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
END
cat >seen.py <<'END'
import sys
import sseclient

for path in ("bare", "named"):
    found = []
    for event in sseclient.SSEClient(f"http://127.0.0.1:{sys.argv[1]}/{path}", retry=1):
        found.append(event.data)
        if len(found) == 3:
            break
    print(path, *map(ascii, found))
END
python3 server.py >port &
server=$!
until [ -s port ]; do sleep 0.1; done
echo "sseclient 0.0.27, $(python3 --version)"
python/bin/python seen.py "$(cat port)" | tee seen
cat >known <<'END'
bare '{"text":"a\xe2\x80\xa8b"}' '{"text":"c\xc2' '{"text":"\xc3'
named '{"text":"a' '{"text":"c' '{"text":"\xc5sa"}'
END
diff known seen && echo "as known"

"""The service: greeter CONFIG."""

import http.server
import json
import sys
import urllib.parse

from . import edition, greet


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
            name = query.get("name", [""])[0]
            body = json.dumps({"says": greet(config["greeting"], name), "edition": edition()}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http.server.ThreadingHTTPServer(("", config["port"]), Handler).serve_forever()


try:
    main()
except KeyboardInterrupt:
    pass

"""Tests of how the image is put together, as far as they need no engine."""

import base64
import http.server
import json
import os
import tempfile
import threading
import unittest
import urllib.parse

import dockerfile
import notices
import oci
import registry


class Licenses(unittest.TestCase):
    def test_of_a_choice_the_one_with_the_least_to_pass_on_is_taken(self):
        for expression, chosen in [
            ("MIT OR Apache-2.0", {"Apache-2.0"}),
            ("MIT/Apache-2.0", {"Apache-2.0"}),
            ("Unlicense OR MIT", {"MIT"}),
            ("GPL-3.0 OR MIT", {"MIT"}),
            ("MIT AND BSD-3-Clause", {"MIT", "BSD-3-Clause"}),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", {"Apache-2.0", "Unicode-3.0"}),
            ("Apache-2.0 WITH LLVM-exception OR MIT", {"Apache-2.0 WITH LLVM-exception"}),
        ]:
            self.assertEqual(notices.choose(expression), chosen, expression)

    def test_what_is_not_listed_is_not_allowed(self):
        for expression in ["GPL-3.0", "MIT AND GPL-3.0", "GPL-2.0 WITH Classpath-exception-2.0", "(GPL-3.0 OR AGPL-3.0) AND MIT"]:
            self.assertIsNone(notices.choose(expression), expression)


class Dockerfile(unittest.TestCase):
    def test_the_last_stage_is_read(self):
        text = """FROM a AS build
        RUN true
        FROM scratch
        ARG VERSION=1
        # A comment.
        LABEL a="x y" \\
            # in between
            b=${VERSION}
        COPY --from=build /out /
        ENTRYPOINT ["/a"]
        """
        stage = dockerfile.last_stage(text, {"VERSION": "2"})
        self.assertEqual(stage.config["Labels"], {"a": "x y", "b": "2"})
        self.assertEqual(stage.config["Entrypoint"], ["/a"])
        self.assertEqual(stage.content, "/out")

    def test_what_is_not_known_is_refused(self):
        for text in [
            "FROM alpine\nCOPY --from=build /a /",
            "FROM scratch\nCOPY --from=build /a /\nUSER 1",
            "FROM scratch\nCOPY --from=build /a /\nENTRYPOINT /a",
            "FROM scratch\nCOPY --from=build /a /\nLABEL a=$B",
            "FROM scratch\nCOPY a /",
            "FROM scratch",
        ]:
            with self.assertRaises(dockerfile.Unknown, msg=text):
                dockerfile.last_stage(text, {})


class Names(unittest.TestCase):
    def test_registry_and_tag_are_supplied(self):
        for name, full in [
            ("a", "docker.io/library/a:latest"),
            ("a/b:1", "docker.io/a/b:1"),
            ("localhost/a", "localhost/a:latest"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b:latest"),
        ]:
            self.assertEqual(registry.full(name), full)

    def test_plain_http_is_for_loopback(self):
        self.assertTrue(registry.is_loopback("127.0.0.1:5000"))
        self.assertFalse(registry.is_loopback("127.0.0.1.example.org"))


class Archive(unittest.TestCase):
    def test_the_same_content_gives_the_same_bytes_whoever_made_it(self):
        made = []
        for mtime in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                for name in ("b", "a") if mtime == 1 else ("a", "b"):
                    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                        file.write(name)
                    os.utime(os.path.join(folder, name), (mtime, mtime))
                made.append(oci.archive(oci.make({"amd64": folder, "arm64": folder}, {}, 7, 3), "x/y:z"))
        self.assertEqual(*made)


class Upload(unittest.TestCase):
    """An upload to a registry that asks for a token, which asks for a password."""

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakeRegistry)
        self.server.stored, self.server.logins = {}, 0
        self.host = f"127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        before = os.environ.get("DOCKER_CONFIG")
        self.addCleanup(lambda: os.environ.update(DOCKER_CONFIG=before) if before else os.environ.pop("DOCKER_CONFIG"))
        os.environ["DOCKER_CONFIG"] = self.folder
        self.image = oci.make({"amd64": self.folder, "arm64": self.folder}, {}, 7, 3)
        self.name = f"{self.host}/a/b:c"

    def log_in(self, password):
        auth = base64.b64encode(f"me:{password}".encode()).decode()
        with open(os.path.join(self.folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump({"auths": {self.host: {"auth": auth}}}, file)

    def test_all_parts_arrive_after_one_log_in(self):
        self.log_in("secret")
        registry.upload(self.image, self.name)
        self.assertEqual(self.server.logins, 1)
        stored = self.server.stored
        self.assertEqual(stored["/v2/a/b/manifests/c"], self.image.blobs[self.image.root["digest"]])
        for digest, data in self.image.blobs.items():
            kinds = [stored.get(f"/v2/a/b/{kind}/{digest}") for kind in ("blobs", "manifests")]
            self.assertTrue(data in kinds or digest == self.image.root["digest"], digest)
        self.assertEqual(registry.digest_of(self.name), self.image.root["digest"])

    def test_a_missing_or_wrong_password_is_said(self):
        with self.assertRaisesRegex(registry.Refused, "docker login"):
            registry.upload(self.image, self.name)
        self.log_in("wrong")
        with self.assertRaisesRegex(registry.Refused, "does not take the credentials"):
            registry.upload(self.image, self.name)


class FakeRegistry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.logins += 1
        good = self.headers["Authorization"] == registry.basic("me", "secret")
        scope = urllib.parse.parse_qs(self.path.partition("?")[2])["scope"][0]
        self.answer(200 if good and scope.startswith("repository:a/b:pull") else 401, body=b'{"token": "t"}')

    def do_HEAD(self):
        data = self.server.stored.get(self.path)
        digest = self.server_digest(data) if data else ""
        self.answer_if_known(200 if data else 404, {"Docker-Content-Digest": digest})

    def do_POST(self):
        self.answer_if_known(202, {"Location": "/v2/a/b/blobs/uploads/1?state=x"})

    def do_PUT(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        path, _, query = self.path.partition("?")
        if path == "/v2/a/b/blobs/uploads/1":
            fields = urllib.parse.parse_qs(query)
            path = f"/v2/a/b/blobs/{fields['digest'][0]}" if fields["state"] == ["x"] else path
        self.server.stored[path] = data
        self.answer_if_known(201)

    @staticmethod
    def server_digest(data):
        return oci.Image().add("", data)["digest"]

    def answer_if_known(self, status, headers=None):
        if self.headers["Authorization"] == "Bearer t":
            self.answer(status, headers)
        else:
            realm = f'Bearer realm="http://{self.headers["Host"]}/token",service="s"'
            self.answer(401, {"WWW-Authenticate": realm})

    def answer(self, status, headers=None, body=b""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    unittest.main()

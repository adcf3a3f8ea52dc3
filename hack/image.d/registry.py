"""Uploads an image to a registry, all platforms of it, with the credentials that `docker login` left.

The protocol is the OCI distribution specification 1.1, the log-in that of the Docker registry's token server. Plain
HTTP is spoken to loopback addresses alone, as every part of Docker does.
"""

import base64
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from oci import INDEX, MANIFEST

TIMEOUT_SECONDS = 60


class Refused(Exception):
    """The registry does not take the image, or does not answer."""


def split(name):
    """The host, repository and tag of an image's full name."""
    host, _, rest = name.partition("/")
    repository, _, tag = rest.partition(":")
    return host, repository, tag


def full(name):
    """An image's name with the registry and tag that Docker supplies where they are left out."""
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif not re.search(r"[.:]|^localhost$", first):
        name = f"docker.io/{name}"
    if ":" not in name.rsplit("/", 1)[-1]:
        name += ":latest"
    if not re.fullmatch(r"[a-zA-Z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+:\w[\w.-]{0,127}", name):
        raise ValueError(f"`{name}` is not the name of an image")
    return name


def is_loopback(host):
    return re.fullmatch(r"(localhost|127(\.\d+){3})(:\d+)?", host) is not None


def digest_of(name):
    """The digest of the image that the registry has under a name, or None."""
    host, repository, tag = split(name)
    status, headers, _ = Registry(host, repository, "pull").send(
        "HEAD", f"manifests/{tag}", headers={"Accept": f"{INDEX}, {MANIFEST}"}, accept=(200, 404)
    )
    return headers["Docker-Content-Digest"] if status == 200 else None


def upload(image, name):
    """Uploads an image, its index or only manifest last."""
    host, repository, tag = split(name)
    registry = Registry(host, repository, "pull,push")
    for descriptor in image.manifests():
        manifest = image.json(descriptor)
        for blob in [manifest["config"], *manifest["layers"]]:
            registry.put_blob(blob["digest"], image.blobs[blob["digest"]])
        registry.put_manifest(descriptor["digest"], descriptor, image.blobs[descriptor["digest"]])
    registry.put_manifest(tag, image.root, image.blobs[image.root["digest"]])


class Registry:
    """One repository of a registry; logs in when the registry first asks for it."""

    def __init__(self, host, repository, actions):
        self.host = host
        self.address = "https://registry-1.docker.io" if host == "docker.io" else f"https://{host}"
        if is_loopback(host):
            self.address = f"http://{host}"
        self.base = f"{self.address}/v2/{repository}/"
        self.scope = f"repository:{repository}:{actions}"
        self.authorization = None

    def put_blob(self, digest, data):
        status, _, _ = self.send("HEAD", f"blobs/{digest}", accept=(200, 404))
        if status == 200:
            return
        _, headers, _ = self.send("POST", "blobs/uploads/", b"", accept=(202,))
        location = urllib.parse.urljoin(self.base, headers["Location"])
        location += ("&" if "?" in location else "?") + urllib.parse.urlencode({"digest": digest})
        self.send("PUT", location, data, {"Content-Type": "application/octet-stream"}, (201,))

    def put_manifest(self, reference, descriptor, data):
        self.send("PUT", f"manifests/{reference}", data, {"Content-Type": descriptor["mediaType"]}, (201,))

    def send(self, method, path, data=None, headers=None, accept=(200,)):
        url = urllib.parse.urljoin(self.base, path)
        # What a registry redirects an upload to is not to see the credentials.
        own = url.startswith(self.address + "/")
        status, found, body = self.once(method, url, data, headers, own)
        if status == 401 and own and self.authorization is None:
            self.log_in(found.get_all("WWW-Authenticate") or [])
            status, found, body = self.once(method, url, data, headers, own)
        if status not in accept:
            raise Refused(f"{method} {url}: status {status} {body[:300].decode(errors='replace')}".rstrip())
        return status, found, body

    def once(self, method, url, data, headers, own):
        request = urllib.request.Request(url, data, headers or {}, method=method)
        if self.authorization and own:
            request.add_unredirected_header("Authorization", self.authorization)
        return fetch(request)

    def log_in(self, challenges):
        for challenge in challenges:
            scheme, _, rest = challenge.partition(" ")
            fields = dict(re.findall(r'(\w+)="([^"]*)"', rest))
            if scheme.lower() == "bearer" and "realm" in fields:
                self.authorization = f"Bearer {self.token(fields)}"
                return
            if scheme.lower() == "basic":
                user, password = self.credentials()
                self.authorization = basic(user, password)
                return
        raise Refused(f"{self.host} asks for a log-in of an unknown kind")

    def token(self, fields):
        query = {"service": fields.get("service", ""), "scope": self.scope}
        user, password = self.credentials()
        if user == "<token>":
            # An identity token instead of a password, as `docker login` may keep it.
            form = {**query, "grant_type": "refresh_token", "refresh_token": password, "client_id": "hack/image"}
            request = urllib.request.Request(fields["realm"], urllib.parse.urlencode(form).encode())
        else:
            request = urllib.request.Request(f"{fields['realm']}?{urllib.parse.urlencode(query)}")
            request.add_unredirected_header("Authorization", basic(user, password))
        status, _, body = fetch(request)
        if status != 200:
            raise Refused(f"{self.host} does not take the credentials: status {status} of {fields['realm']}")
        answer = json.loads(body)
        return answer.get("token") or answer["access_token"]

    def credentials(self):
        """The user's name and password, from where `docker login` puts them."""
        folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
        key = "https://index.docker.io/v1/" if self.host == "docker.io" else self.host
        try:
            with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
                config = json.load(file)
        except FileNotFoundError:
            config = {}
        helper = config.get("credHelpers", {}).get(key) or config.get("credsStore")
        if helper:
            command = [f"docker-credential-{helper}", "get"]
            answer = subprocess.run(command, input=key, stdout=subprocess.PIPE, text=True, check=False)
            if answer.returncode == 0:
                found = json.loads(answer.stdout)
                return found["Username"], found["Secret"]
        entry = config.get("auths", {}).get(key, {})
        if entry.get("identitytoken"):
            return "<token>", entry["identitytoken"]
        if entry.get("auth"):
            user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
            return user, password
        raise Refused(f"{self.host} asks for a log-in: docker login {self.host}")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def fetch(request):
    handlers = []
    if is_loopback(request.host):
        # A proxy does not reach this machine's own registry.
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except (urllib.error.URLError, OSError) as error:
        raise Refused(f"{request.host} does not answer: {getattr(error, 'reason', error)}") from None

"""Engines to build on, and what one build takes there."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime

from measure import run


def environment(here, *name, **settings):
    """What a shell has that builds on an engine, which is brought up; `hack/engine` knows its name if it has none here."""
    run([here / "engine", "up", *name], env={**os.environ, **settings})
    script = 'settings=$("$0" env "$@"); eval "$settings"; env -0'
    shell = subprocess.run(["bash", "-ec", script, here / "engine", *name], check=True, capture_output=True)
    entries = (entry.partition(b"=") for entry in shell.stdout.split(b"\0"))
    return {os.fsdecode(key): os.fsdecode(value) for key, _, value in entries if key}


class Emptied:
    """An engine that nobody else builds on, and that can be made to have nothing; it is of the newest BuildKit."""

    NAME = "bench"

    def __init__(self, here):
        self.here = here

    def __enter__(self):
        suite = os.environ.get("HLB_ENGINE_SUITE", "sid")
        self.environment = environment(self.here, self.NAME, HLB_ENGINE_SUITE=suite)
        return self

    def forget(self):
        # What was pushed is an image of the engine as well, by the same name, and is found there without a registry.
        run(["docker", "image", "prune", "--all", "--force"], env=self.environment)
        run(["docker", "buildx", "prune", "--all", "--force"], env=self.environment)

    def __exit__(self, *_):
        run([self.here / "engine", "down", self.NAME])


class Build:
    """A build that succeeded: how long it took, and each of its steps, in seconds; what ran and said; the bytes fetched for each."""

    def __init__(self, directory, *words, environment=None):
        command = ["docker", "buildx", "build", "--progress=rawjson", *words, directory]
        started = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            done = subprocess.run([str(it) for it in command], stdout=subprocess.DEVNULL, stderr=said, env=environment)
            self.seconds = time.perf_counter() - started
            said.seek(0)
            said = said.read().decode()
        if done.returncode:
            sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{said[-4000:]}")
        self.steps, self.fetched, self.said, names, hit, blobs = {}, {}, "", {}, set(), {}
        for update in updates(said):
            for it in update.get("vertexes") or []:
                names[it["digest"]] = it["name"]
                if it.get("cached"):
                    hit.add(it["digest"])
                elif it.get("completed"):
                    self.steps[it["name"]] = moment(it["completed"]) - moment(it["started"])
            for it in update.get("logs") or []:
                self.said += base64.b64decode(it["data"]).decode(errors="replace")
            for it in update.get("statuses") or []:
                if it["id"].startswith("sha256:"):
                    blobs[it["vertex"], it["id"]] = it["current"]
        # A step that is in a cache may be there twice, the second time to fetch its layer.
        self.ran = {name for digest, name in names.items() if digest not in hit and name in self.steps}
        for (digest, _), size in blobs.items():
            name = names.get(digest)
            self.fetched[name] = self.fetched.get(name, 0) + size

    def and_then(self, other):
        """Takes the time of another build that came after it, and what that said."""
        self.seconds += other.seconds
        self.said += other.said

    def step(self, part):
        """The step with a name that has this in it, and whose work was the longest."""
        found = [seconds for name, seconds in self.steps.items() if part in name]
        if not found:
            sys.exit(f"bench: no step {part!r} ran, but {', '.join(self.steps)}")
        return max(found)


def updates(said):
    """The JSON values of a progress, which have a line each, or many (buildx 0.13), and may have other lines between them."""
    decoder, at = json.JSONDecoder(), 0
    while found := re.compile("^{", re.MULTILINE).search(said, at):
        update, at = decoder.raw_decode(said, found.start())
        yield update


def moment(text):
    """A time as Go writes it, with up to nine digits of a second, in seconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float(f"0.{fraction or 0}")

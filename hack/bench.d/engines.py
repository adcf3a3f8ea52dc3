"""Engines to build on, and what one build takes there."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime

from measure import run


def environment(here, *name):
    """What a shell has that builds on an engine, which is brought up; `hack/engine` knows its name if it has none here."""
    run([here / "engine", "up", *name])
    script = 'settings=$("$0" env "$@"); eval "$settings"; env -0'
    shell = subprocess.run(["bash", "-ec", script, here / "engine", *name], check=True, capture_output=True)
    entries = (entry.partition(b"=") for entry in shell.stdout.split(b"\0"))
    return {os.fsdecode(key): os.fsdecode(value) for key, _, value in entries if key}


class Build:
    """A build that succeeded: how long it took, and each of its steps, in seconds."""

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
        self.steps = {}
        for update in updates(said):
            for it in update.get("vertexes") or []:
                if it.get("completed") and not it.get("cached"):
                    self.steps[it["name"]] = moment(it["completed"]) - moment(it["started"])

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

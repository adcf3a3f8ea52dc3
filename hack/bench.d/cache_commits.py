"""A project over twenty commits, each built in CI on an engine that has nothing: what build caches save, and what they cost.

Each commit is built without a cache, with one cache that the client imports and exports, with a cache for each section, and with
an image for each section, which is published if it is missing. The engine reaches its registry, which has the base images, the frontend and the caches, over one line of limited speed.
"""

import json
import os
import random
import tempfile
import time
from pathlib import Path

from cache_projects import source
from engines import Bake, Build, Emptied
from measure import figure, run
from network import Line, Relay

# Bytes of a second in each direction, as between machines of one cloud.
RATE = 100e6

NOTHING, ONE, SECTIONS = "no cache", "one cache", "a cache for each section"
IMAGES = "an image for each section"

# What each commit changes. The first makes everything.
COMMITS = (
    "all app app site app readme app library app site app app app readme site app library app app app"
).split()

# How many source files there are of each part.
FILES = {"library": 60, "app": 30, "site": 300}

# The command of each part, and its base image.
PARTS = {
    "library": ("make -s -j 2 -f /from/Makefile", "gcc"),
    "app": ("make -s -j 2 -f /from/Makefile", "gcc"),
    "site": ("python3 /from/render.py", "tools"),
}

PART = """fs {part}Made() {{
	image "{registry}/{base}:latest"
	dir "/out"
	run "{command} && echo {ran}" with option {{
		mount fs {{ local "{part}"; }} "/from" with readonly
		{uses}
		mount scratch "/out" as {part}Files
	}}
}}
fs {part}() {{ {made}; }}
"""
# What a part says when it runs. Whether a step is cached does not tell: of a step of several targets, some have it so.
RAN = "made the {part}"

RESULT = """fs default() {{
	image "{registry}/busybox:latest"
	copy app "/app" "/bin/"
	copy site "/" "/site"
}}
"""

MAKEFILES = {
    "library": """sources = $(wildcard /from/*.c)
/out/library.a: $(sources:/from/%.c=/tmp/%.o)
	ar rcsD $@ $^
""",
    "app": """sources = $(wildcard /from/*.c)
/out/app: $(sources:/from/%.c=/tmp/%.o)
	gcc -static -o $@ $^ /library/library.a
""",
}
OBJECT = """/tmp/%.o: /from/%.c
	gcc -O2 -c -o $@ $<
"""
RENDER = """import hashlib, pathlib
for page in sorted(pathlib.Path("/from").glob("*.md")):
    text = page.read_text()
    digest = hashlib.pbkdf2_hmac("sha256", text.encode(), b"page", 10_000).hex()
    body = "".join(f"<p>{line}</p>" for line in text.splitlines())
    (pathlib.Path("/out") / f"{page.stem}.html").write_text(f"<html id={digest}>{body}</html>")
"""


def measured(here, tag):
    with Emptied(here) as engine, tempfile.TemporaryDirectory(dir=here.parent / "target") as name:
        line = Line(RATE)
        job = Job(Path(name), Relay("127.0.0.1:5000", line).address, line, tag, engine)
        ways = {NOTHING: job.plain, ONE: job.one_cache, SECTIONS: job.sections, IMAGES: job.images}
        builds = {way: [] for way in ways}
        for number, changed in enumerate(COMMITS):
            job.commit(number, changed)
            # In turn, so that a drift of the machine meets all.
            for way, build in ways.items():
                engine.forget()
                builds[way].append(job.measure(build))
            said = ", ".join(f"{each[number]['seconds']:.1f} s with {way}" for way, each in builds.items())
            yield figure(f"commit {number + 1}: {changed}", builds[SECTIONS][number]["seconds"], "s", said)
    page = here.parent / "target/commits.md"
    page.write_text("\n".join(summary(builds) + ["", "```text", *plot(builds), "```"]) + "\n")
    nothing = total(builds[NOTHING], "seconds")
    for way, each in builds.items():
        sums = {key: total(each, key) for key in ("down", "up", "ran")}
        against = f"{total(each, 'seconds') / nothing:.2f} times no cache; {sums['ran']} parts made, "
        against += f"{sums['down']:.0f} MB fetched, {sums['up']:.0f} MB sent"
        yield figure(f"{len(COMMITS)} commits: {way}", total(each, "seconds"), "s", against)
    print(f"as a page: {page}")


class Job:
    """What a CI job does on a checkout."""

    def __init__(self, directory, registry, line, tag, engine):
        self.directory, self.registry, self.line, self.tag, self.engine = directory, registry, line, tag, engine
        self.nonce, self.random = f"bench-{os.getpid()}-{os.urandom(4).hex()}", random.Random(1)
        self.name = f"{registry}/hlb-bench/commits"
        for part, makefile in MAKEFILES.items():
            (directory / part).mkdir()
            (directory / part / "Makefile").write_text(makefile + OBJECT)
        (directory / "site").mkdir()
        (directory / "site/render.py").write_text(RENDER)

    def commit(self, number, changed):
        """Changes a file of what a commit changes, or makes all."""
        for part, count in FILES.items():
            for it in range(count) if changed == "all" else [self.random.randrange(count)] if changed == part else []:
                self.write(part, it, number)
        (self.directory / "README.md").write_text(f"Commit {number} of {self.nonce}.\n")

    def write(self, part, it, number):
        said = f"{self.nonce} {part} {it} {number}"
        if part == "site":
            (self.directory / part / f"{it}.md").write_text(f"{said}\n" + "A line of a page.\n" * 200)
            return
        # It has a function of the library, as a program that is linked with one does.
        main = "double f0_0(double *, int);\nint main(void) { return f0_0((double[]){1, 2}, 2) > 9; }\n"
        main = main if (part, it) == ("app", 0) else ""
        text = f'const char *{part}{it} = "{said}";\n'
        (self.directory / part / f"{it}.c").write_text(text + source(it if part == "library" else 1000 + it) + main)

    def program(self, name, made):
        """Writes a build file, in which `made` says how a part is had."""
        text = f"# syntax={self.registry}/hlb-frontend:{self.tag}\n"
        for part, (command, base) in PARTS.items():
            uses = 'mount library "/library" with readonly' if part == "app" else ""
            words = {"part": part, "command": command, "base": base, "uses": uses, "made": made(part)}
            words["ran"] = RAN.format(part=part)
            text += PART.format(registry=self.registry, **words)
        (self.directory / name).write_text(text + RESULT.format(registry=self.registry))

    def measure(self, build):
        """A build's seconds, the parts that it made, and the megabytes that it fetched and sent."""
        down, up = self.line.down, self.line.up
        done = build()
        ran = sum(RAN.format(part=part) in done.said for part in PARTS)
        return {
            "seconds": done.seconds,
            "ran": ran,
            "down": (self.line.down - down) / 1e6,
            "up": (self.line.up - up) / 1e6,
        }

    def build(self, tag, *more):
        file = ["-f", self.directory / "build.hlb", "--push", "-t", f"{self.name}:{self.nonce}-{tag}"]
        return Build(self.directory, *file, *more, environment=self.engine.environment)

    def plain(self):
        self.program("build.hlb", lambda part: f"{part}Files")
        return self.build("plain")

    def one_cache(self):
        self.program("build.hlb", lambda part: f"{part}Files")
        cache = f"type=registry,ref={self.name}:{self.nonce}-cache"
        return self.build("one", f"--cache-from={cache}", f"--cache-to={cache},mode=max")

    def images(self):
        repository = f"{self.name}/sections"
        self.program("build.hlb", lambda part: f'cached fs {{ {part}Files; }} with substitute("{repository}")')
        done = self.build("images")
        started = time.perf_counter()
        words = ["docker", "buildx", "build", "-f", self.directory / "build.hlb", "--call=hlb.cache,format=json", self.directory]
        listed = json.loads(run(words, env=self.engine.environment).stdout)
        for section in listed["sections"]:
            if section["found"] is False:
                words = ["-f", self.directory / "build.hlb", "--target", section["target"], "--push", "-t", section["reference"]]
                Build(self.directory, *words, environment=self.engine.environment)
        done.seconds += time.perf_counter() - started
        return done

    def sections(self):
        cache = lambda part: f"{self.name}:{self.nonce}-cache-{part}"
        self.program("build.hlb", lambda part: f'cached fs {{ {part}Files; }} with cacheFrom("{cache(part)}")')
        common = {"context": str(self.directory), "dockerfile": "build.hlb"}
        targets = {
            part: {
                **common,
                "target": part,
                "output": ["type=cacheonly"],
                "cache-to": [f"type=registry,ref={cache(part)},mode=max"],
            }
            for part in PARTS
        }
        targets["result"] = {**common, "output": [f"type=image,name={self.name}:{self.nonce}-sections,push=true"]}
        bake = {"group": {"default": {"targets": sorted(targets)}}, "target": targets}
        file = self.directory / "bake.json"
        file.write_text(json.dumps(bake))
        return Bake(file, self.engine.environment)


def total(builds, key):
    return sum(it[key] for it in builds)


def summary(builds):
    """A table of all commits together."""
    lines = [
        f"| {len(COMMITS)} commits | time | | parts made | fetched | sent |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    nothing = total(builds[NOTHING], "seconds")
    for way, each in builds.items():
        ratio, took = total(each, "seconds") / nothing, total(each, "seconds")
        sums = f"{total(each, 'ran')} | {total(each, 'down'):.0f} MB | {total(each, 'up'):.0f} MB"
        lines.append(f"| {way} | {ratio:.2f} | {took:.0f} s | {sums} |")
    return lines


WIDTH = 20


def plot(builds):
    """A bar for each commit and way."""
    most = max(it["seconds"] for each in builds.values() for it in each)
    column = WIDTH + 8
    yield f"{'':<11}" + "".join(f"{way:<{column}}" for way in builds).rstrip()
    for number, changed in enumerate(COMMITS):
        cells = []
        for each in builds.values():
            took = each[number]["seconds"]
            cells.append(f"{'█' * max(1, round(took / most * WIDTH))} {took:.1f} s".ljust(column))
        yield f"{number + 1:>2} {changed:<8}" + "".join(cells).rstrip()

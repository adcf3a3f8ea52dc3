"""A project of eight parts over twenty commits, each built in CI on an engine that has nothing: what build caches save and cost.

Each commit is built without a cache; with one cache that the client imports and exports; with a cache for each section, which is
written anew if its part was made; and with an image for each section, which is published if it is missing. The engine reaches
its registry, which has the base images, the frontend and the caches, over one line of limited speed.
"""

import json
import os
import random
import tempfile
import time
from pathlib import Path

from engines import Build, Emptied
from measure import figure, run
from network import Line, Relay

# Bytes of a second in each direction, as between machines of one cloud.
RATE = 100e6

NOTHING, ONE, SECTIONS = "no cache", "one cache", "a cache for each section"
IMAGES = "an image for each section"

# What each commit changes. The first makes everything.
COMMITS = (
    "all api worker docs tool readme blog core api admin worker tool readme docs net api worker tool blog api"
).split()

# The parts of the project: what each is, how many source files it has, and the parts that it is linked with.
PARTS = {
    "core": ("library", 30, []),
    "net": ("library", 20, []),
    "api": ("app", 15, ["core", "net"]),
    "worker": ("app", 10, ["core"]),
    "tool": ("app", 10, ["net"]),
    "docs": ("site", 120, []),
    "blog": ("site", 60, []),
    "admin": ("site", 60, []),
}

# The command that makes a part, and its base image.
COMMANDS = {
    "library": ("make -s -j 2 -f /from/Makefile", "gcc"),
    "app": ("make -s -j 2 -f /from/Makefile", "gcc"),
    "site": ("python3 /from/render.py", "tools"),
}

PART = """fs {part}Made() {{
	image "{registry}/{base}:latest"
	dir "/out"
	run "{command} && echo {ran}" with option {{
		mount fs {{ local "{part}"; }} "/from" with readonly
{uses}		mount scratch "/out" as {part}Files
	}}
}}
fs {part}() {{ {made}; }}
"""

# What a part says when it runs. Whether a step is cached does not tell: of a step of several targets, some have it so.
RAN = "made the {part}."

# How many functions a source file has.
FUNCTIONS = 25

MAKEFILES = {
    "library": """sources = $(wildcard /from/*.c)
/out/library.a: $(sources:/from/%.c=/tmp/%.o)
	ar rcsD $@ $^
""",
    "app": """sources = $(wildcard /from/*.c)
/out/app: $(sources:/from/%.c=/tmp/%.o)
	gcc -static -o $@ $^ $(wildcard /libraries/*/library.a)
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
        for part, (kind, *_) in PARTS.items():
            (directory / part).mkdir()
            name, text = ("render.py", RENDER) if kind == "site" else ("Makefile", MAKEFILES[kind] + OBJECT)
            (directory / part / name).write_text(text)

    def commit(self, number, changed):
        """Changes a file of what a commit changes, or makes all."""
        for part, (_, count, _) in PARTS.items():
            for it in range(count) if changed == "all" else [self.random.randrange(count)] if changed == part else []:
                self.write(part, it, number)
        (self.directory / "README.md").write_text(f"Commit {number} of {self.nonce}.\n")

    def write(self, part, it, number):
        said, (kind, _, libraries) = f"{self.nonce} {part} {it} {number}", PARTS[part]
        if kind == "site":
            (self.directory / part / f"{it}.md").write_text(f"{said}\n" + "A line of a page.\n" * 200)
            return
        # It has a function of each library, as a program that is linked with one does.
        used = [f"f{numbered(library, 0)}_0" for library in libraries]
        main = "".join(f"double {it}(double *, int);\n" for it in used)
        main += f"int main(void) {{ double x[2] = {{1, 2}}; return {' + '.join(f'{it}(x, 2)' for it in used)} > 9; }}\n"
        main = main if (kind, it) == ("app", 0) else ""
        text = f'const char *{part}{it} = "{said}";\n'
        (self.directory / part / f"{it}.c").write_text(text + source(numbered(part, it)) + main)

    def program(self, name, made):
        """Writes a build file, in which `made` says how a part is had."""
        text = f"# syntax={self.registry}/hlb-frontend:{self.tag}\n"
        result = f'fs default() {{\n\timage "{self.registry}/busybox:latest"\n'
        for part, (kind, _, libraries) in PARTS.items():
            command, base = COMMANDS[kind]
            uses = "".join(f'\t\tmount {it} "/libraries/{it}" with readonly\n' for it in libraries)
            words = {"part": part, "command": command, "base": base, "uses": uses, "made": made(part)}
            text += PART.format(registry=self.registry, ran=RAN.format(part=part), **words)
            if kind != "library":
                result += f'\tcopy {part} "/" "/{part}"\n'
        (self.directory / name).write_text(f"{text}{result}}}\n")

    def measure(self, build):
        """A build's seconds, the parts that it made, and the megabytes that it fetched and sent."""
        down, up = self.line.down, self.line.up
        done = build()
        ran = len(parts_made(done))
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
        done.seconds += time.perf_counter() - started
        for section in listed["sections"]:
            if section["found"] is False:
                words = ["-f", self.directory / "build.hlb", "--target", section["target"], "--push", "-t", section["reference"]]
                done.and_then(Build(self.directory, *words, environment=self.engine.environment))
        return done

    def sections(self):
        cache = lambda part: f"{self.name}:{self.nonce}-cache-{part}"
        self.program("build.hlb", lambda part: f'cached fs {{ {part}Files; }} with cacheFrom("{cache(part)}")')
        done = self.build("sections")
        # One after the other: targets that bake builds at once share steps, and each step looks only into the caches of the
        # target that was first.
        for part in parts_made(done):
            export = f"type=registry,ref={cache(part)},mode=max"
            words = ["-f", self.directory / "build.hlb", "--target", part, "--output=type=cacheonly", f"--cache-to={export}"]
            done.and_then(Build(self.directory, *words, environment=self.engine.environment))
        return done


def parts_made(done):
    """The parts that a build made."""
    return [part for part in PARTS if RAN.format(part=part) in done.said]


def source(number):
    """The text of a source file that takes a while to compile."""
    return "".join(
        f"double f{number}_{it}(double *x, int n) {{ double y = {it}; for (int i = 1; i < n; i++) "
        f"{{ x[i] = x[i - 1] * y + i / (x[i] + {it}); if (x[i] > y) y += x[i] - {number}; }} return y; }}\n"
        for it in range(FUNCTIONS)
    )


def numbered(part, it):
    """The number of a source file of a part, which no file of another part has."""
    return 1000 * list(PARTS).index(part) + it


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

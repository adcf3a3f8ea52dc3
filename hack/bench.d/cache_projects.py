"""Projects whose build begins on an engine that has nothing, as in a CI cluster: what cache mounts save there.

What an earlier build has left comes from the machine's engine; each figure is of the benchmark's own. The index and the
registry are behind one line of limited speed, and so is the storage that a CI service has for directories.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from engines import Build, environment
from measure import figure, run
from network import RATE, Index, Line, Relay

TURNS = 3

# Wheels as a service that works with data installs them: how many, and of how many MB. The last is what is new in a build.
WHEELS = [(1, 20), (2, 8), (4, 3), (20, 0.4), (1, 1)]

# Source files of C, and how many functions each has.
SOURCES, FUNCTIONS = 40, 25

PYTHON = """# syntax={image}
fs default() {{
	image "{tools}"
	run "pip install --root-user-action=ignore --index-url {index} --trusted-host {host} --target /app {packages} # {id}" with option {{
		{cache}
	}}
}}
"""

C = """# syntax={image}
fs built() {{
	image "{registry}/gcc:latest"
	run "make -s -C /src # {id}" with option {{
		mount fs {{ local "src"; }} "/src" with readonly
		mount scratch "/out" as out
		{cache}
	}}
}}
fs default() {{ out; }}
"""

# Objects are kept by what they are compiled from, as ccache does.
MAKEFILE = """objects = $(patsubst %.c,/tmp/%.o,$(wildcard *.c))
/out/program: $(objects)
	gcc -o $@ $^
/tmp/%.o: %.c
	mkdir -p /objects; kept=/objects/$$(sha256sum < $< | cut -c 1-64); test -e $$kept || { \
		gcc -O2 -c -o $$kept.new $< && mv $$kept.new $$kept && echo $< >> /out/compiled; }; cp $$kept $@
"""

# How caches are carried today, by hand or by buildkit-cache-dance (`src/inject-cache.ts`, `src/extract-cache.ts`).
INJECT = """FROM {base}
COPY stamp stamp
RUN --mount=type=cache,id={id},target=/c --mount=type=bind,target=/in cp -p -R /in/. /c
"""
EXTRACT = """FROM {base}
COPY stamp stamp
RUN --mount=type=cache,id={id},target=/c mkdir /out && cp -p -R /c/. /out
"""


def measured(here, engine, words):
    first, second = environment(here), engine.environment
    line = Line(RATE)
    for project in PROJECTS:
        with tempfile.TemporaryDirectory(dir=here.parent / "target") as name:
            yield from beside(project(Path(name), line, words), Job(Path(name), first, second, line, words))


class Python:
    """A project that installs wheels."""

    name, what, cache = "wheels", "downloads", "/root/.cache/pip"
    output = "--output=type=cacheonly"

    def __init__(self, directory, line, words):
        sizes = [size for count, size in WHEELS for _ in range(count)]
        self.packages = [f"package{number}" for number in range(len(sizes))]
        for package, size in zip(self.packages, sizes):
            wheel(directory / "index/simple" / package, package, int(size * 1e6))
        self.index, self.words = Index(directory / "index", ".whl", line), words

    def program(self, day, **more):
        packages = " ".join(self.packages[:-1] if day == 1 else self.packages)
        index = {"index": f"http://{self.index.address}/simple", "host": self.index.host}
        return PYTHON.format(packages=packages, **index, **self.words, **more)

    def count(self):
        given, self.index.given = self.index.given, 0
        return given


class Compiled:
    """A project that is compiled."""

    name, what, cache = "C", "files compiled", "/objects"

    def __init__(self, directory, line, words):
        self.source, self.out, self.words = directory / "src", directory / "out", words
        self.output = f"--output=type=local,dest={self.out}"
        self.source.mkdir()
        (self.source / "Makefile").write_text(MAKEFILE)
        for number in range(SOURCES):
            main = "int main(void) { return 0; }\n" if number == 0 else ""
            (self.source / f"{number}.c").write_text(source(number) + main)

    def program(self, day, **more):
        # What is new in a build: one file. The run has it, so that it is not one of an earlier run.
        (self.source / "new.c").write_text(f"const char *day = \"{self.words['nonce']} {day} {more['id']}\";\n")
        return C.format(registry="127.0.0.1:5000", **self.words, **more)

    def count(self):
        return len((self.out / "compiled").read_text().splitlines())


def source(number):
    """The text of a source file that takes a while to compile."""
    return "".join(
        f"double f{number}_{it}(double *x, int n) {{ double y = {it}; for (int i = 1; i < n; i++) "
        f"{{ x[i] = x[i - 1] * y + i / (x[i] + {it}); if (x[i] > y) y += x[i] - {number}; }} return y; }}\n"
        for it in range(FUNCTIONS)
    )


def wheel(folder, name, size):
    """A wheel of a size, of which half is what can't be compressed, and the installed files are twice as large."""
    folder.mkdir(parents=True)
    file, info = f"{name}-1-py3-none-any.whl", f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr(f"{name}/native.so", b"".join(os.urandom(2048) + bytes(2048) for _ in range(size // 2048)))
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: hlb\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f"<a href={file}>{file}</a>")


class Job:
    """What a job of a CI service does on an engine."""

    def __init__(self, directory, first, second, line, words):
        self.directory, self.first, self.second, self.line, self.words = directory, first, second, line, words
        self.registry = Relay("127.0.0.1:5000", line)
        for environment in (first, second):
            # The base images and the frontend are there.
            for base in ("tools", "gcc"):
                self.write(f"# syntax={words['image']}\nfs default() {{ image \"127.0.0.1:5000/{base}:latest\"; run \"true\"; }}\n")
                self.build(environment, "--output=type=cacheonly")

    def write(self, program):
        (self.directory / "build.hlb").write_text(program)

    def build(self, environment, *more):
        return Build(self.directory, "-f", self.directory / "build.hlb", *more, environment=environment).seconds

    def publish(self, environment, image):
        return self.build(environment, "--target=published", "--provenance=false", "--push", "-t", image)

    def inject(self, identity, content):
        """Puts a directory into a cache of the second engine, in a build."""
        started = time.perf_counter()
        (content / "stamp").write_text(str(started))
        self.dockerfile(INJECT, identity)
        Build(content, "-f", self.directory / "Dockerfile", "--output=type=cacheonly", environment=self.second)
        return time.perf_counter() - started

    def extract(self, environment, identity, content):
        """Takes the content of a cache, in a build."""
        started = time.perf_counter()
        context = self.directory / "extract"
        context.mkdir(exist_ok=True)
        (context / "stamp").write_text(str(started))
        self.dockerfile(EXTRACT, identity)
        tag = f"hlb-bench:{self.words['nonce']}"
        Build(context, "-f", self.directory / "Dockerfile", "--load", "-t", tag, environment=environment)
        container = run(["docker", "create", tag, "sh"], env=environment).stdout.strip()
        content.mkdir()
        copy = subprocess.Popen(["docker", "cp", f"{container}:/out/.", "-"], stdout=subprocess.PIPE, env=environment)
        subprocess.run(["tar", "-x", "-C", content], stdin=copy.stdout, check=True)
        copy.wait()
        took = time.perf_counter() - started
        run(["docker", "rm", container], env=environment)
        run(["docker", "rmi", tag], env=environment)
        return took

    def dockerfile(self, text, identity):
        (self.directory / "Dockerfile").write_text(text.format(id=identity, **self.words))

    def carry(self, way, content):
        """Sends a directory over the line, as a tar file."""
        started = time.perf_counter()
        with subprocess.Popen(["tar", "-C", content, "-cf", "-", "."], stdout=subprocess.PIPE) as pack:
            while chunk := pack.stdout.read(1 << 16):
                self.line.carry(way, chunk)
        return time.perf_counter() - started


PROJECTS = [Python, Compiled]


def beside(project, job):
    turns = [turn(project, job, number) for number in range(TURNS)]
    median = lambda name, key: statistics.median(it[name][key] for it in turns)
    nothing = median("nothing", "all")
    for name in turns[0]:
        parts = turns[0][name]
        said = [f"{statistics.median(it[name]['all'] / it['nothing']['all'] for it in turns):.2f} times nothing"]
        said.append(f"{median(name, 'count'):.0f} {project.what}")
        said += [f"{median(name, part):.1f} s to {part}" for part in parts if part not in ("all", "count")]
        yield figure(f"{project.name}: {name}", median(name, "all"), "s", "; ".join(said))


def turn(project, job, number):
    """One build for each way to have a cache, with an engine that has none of it."""
    base = f"{job.words['nonce']}-{project.name.lower()}-{number}"
    seed = f"{job.registry.address}/hlb-bench-{base}"
    ids = {name: f"{base}-{name}" for name in ("first", "nothing", "mounts", "portable", "carried")}
    mount = lambda name, more="": f'cacheMount "{project.cache}" with option {{ id "{ids[name]}"; {more} }} as content'
    published = "fs published() { content; }\n"
    write = lambda day, name, cache, more="": job.write(project.program(day, id=ids[name], cache=cache) + more)

    write(1, "first", mount("first"), published)
    job.build(job.first, project.output)
    job.publish(job.first, f"{seed}:1")
    content = job.directory / f"content-{number}"
    job.extract(job.first, ids["first"], content)
    project.count()

    def counted(name, cache, more=""):
        write(2, name, cache, more)
        took = job.build(job.second, project.output)
        return {"build": took, "count": project.count()}

    measured = {"nothing": counted("nothing", "")}
    measured["cache mounts alone"] = counted("mounts", mount("mounts"))
    seeded = mount("portable", f'seed fs {{ image "{seed}:1"; }}')
    portable = measured["portable cache mounts"] = counted("portable", seeded, published)
    portable["publish"] = job.publish(job.second, f"{seed}:2")
    inject = job.carry("down", content) + job.inject(ids["carried"], content)
    carried = counted("carried", mount("carried"))
    new = job.directory / f"new-{number}"
    extract = job.extract(job.second, ids["carried"], new) + job.carry("up", new)
    measured["carried by two more builds"] = {"put in": inject, **carried, "take out": extract}
    for each in (content, new):
        shutil.rmtree(each)
    for it in measured.values():
        it["all"] = sum(value for part, value in it.items() if part != "count")
    return measured

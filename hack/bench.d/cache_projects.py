"""Projects whose build begins on an engine that has nothing, as in a CI cluster: what cache mounts save there.

What an earlier build has left comes from the machine's engine; each figure is of the benchmark's own. The index and the
registry are behind one line of limited speed, and so is the storage that a CI service has for directories.
"""

import hashlib
import io
import json
import os
import shutil
import statistics
import subprocess
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from engines import Build, environment
from measure import figure, run
from network import RATE, Index, Line, Relay

TURNS = 3
NO_OUTPUT = "--output=type=cacheonly"

# Wheels as a service that works with data installs them: how many, and of how many MB. The last is what is new in a build.
WHEELS = [(1, 20), (2, 8), (4, 3), (20, 0.4), (1, 1)]

# Crates as an application in Rust has them: how many, of how many functions each, and how many bytes that are no source.
CRATES, FUNCTIONS, DATA = 24, 120, 200_000

PYTHON = """# syntax={image}
fs default() {{
	image "{tools}"
	run "pip install --root-user-action=ignore --index-url {index} --trusted-host {host} --target /app {packages} # {id}" with option {{
		{cache}
	}}
}}
"""

RUST = """# syntax={image}
fs default() {{
	image "{registry}/cargo:latest"
	run "cargo build --quiet --release --locked # {id}" with option {{
		dir "/src"
		env "CARGO_HOME" "/c/home"
		env "CARGO_TARGET_DIR" "/c/target"
		mount fs {{ local "src"; }} "/src" with readonly
		{cache}
	}}
}}
"""
MANIFEST = """[package]
name = "app"
version = "1.0.0"
edition = "2021"

[dependencies]
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

    name, cache = "wheels", "/root/.cache/pip"

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


class Rust:
    """A project that downloads crates and compiles them."""

    name, cache = "crates", "/c"

    def __init__(self, directory, line, words):
        self.served, self.source, self.words = directory / "served", directory / "src", words
        self.served.mkdir()
        self.index = Index(self.served, ".crate", line)
        self.registry = f"sparse+http://{self.index.address}/"
        (self.served / "config.json").write_text(json.dumps({"dl": f"http://{self.index.address}/{{crate}}.crate"}))
        self.crates = [f"crate{number}" for number in range(CRATES)]
        self.sums = {name: crate(self.served, name) for name in self.crates}
        (self.source / "src").mkdir(parents=True)
        (self.source / ".cargo").mkdir()
        (self.source / ".cargo/config.toml").write_text(f'[registries.served]\nindex = "{self.registry}"\n')

    def program(self, day, **more):
        crates = self.crates[:-1] if day == 1 else self.crates
        dependencies = "".join(f'{name} = {{ version = "1", registry = "served" }}\n' for name in crates)
        (self.source / "Cargo.toml").write_text(MANIFEST + dependencies)
        (self.source / "Cargo.lock").write_text(self.lock(crates))
        uses = "".join(f"    {name}::f0(&mut [1.0; 10]);\n" for name in crates)
        # The run of this benchmark is part of it, so that it is not that of an earlier one.
        said = f"{self.words['nonce']} {day} {more['id']}"
        (self.source / "src/main.rs").write_text(f'fn main() {{\n{uses}    println!("{said}");\n}}\n')
        return RUST.format(registry="127.0.0.1:5000", **self.words, **more)

    def lock(self, crates):
        app = f'[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = {json.dumps(sorted(crates))}\n'
        source = f'version = "1.0.0"\nsource = "{self.registry}"\n'
        each = (f'[[package]]\nname = "{name}"\n{source}checksum = "{self.sums[name]}"\n' for name in sorted(crates))
        return "\n".join(["version = 4\n", app, *each])


def crate(served, name):
    """Adds a crate to an index, and returns its checksum."""
    manifest = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
    functions = "".join(
        f"pub fn f{it}(x: &mut [f64]) -> f64 {{ let mut y = {it}.5; for i in 1..x.len() "
        f"{{ x[i] = x[i - 1] * y + i as f64 / (x[i] + {it}.0); if x[i] > y {{ y += x[i]; }} }} y }}\n"
        for it in range(FUNCTIONS)
    )
    files = {"Cargo.toml": manifest.encode(), "src/lib.rs": functions.encode(), "data": os.urandom(DATA)}
    with tarfile.open(served / f"{name}.crate", "w:gz", compresslevel=1) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0.0/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    checksum = hashlib.sha256((served / f"{name}.crate").read_bytes()).hexdigest()
    said = {"name": name, "vers": "1.0.0", "deps": [], "cksum": checksum, "features": {}, "yanked": False}
    # Cargo looks for a crate below the first two letters of its name and the next two.
    folder = served / name[:2] / name[2:4]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(said))
    return checksum


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
            for base in ("tools", "cargo"):
                self.write(f"# syntax={words['image']}\nfs default() {{ image \"127.0.0.1:5000/{base}:latest\"; run \"true\"; }}\n")
                self.build(environment, NO_OUTPUT)

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
        Build(content, "-f", self.directory / "Dockerfile", NO_OUTPUT, environment=self.second)
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


PROJECTS = [Python, Rust]


def beside(project, job):
    turns = [turn(project, job, number) for number in range(TURNS)]
    median = lambda name, key: statistics.median(it[name][key] for it in turns)
    nothing = median("nothing", "all")
    for name in turns[0]:
        parts = turns[0][name]
        said = [f"{statistics.median(it[name]['all'] / it['nothing']['all'] for it in turns):.2f} times nothing"]
        said.append(f"{median(name, 'count'):.0f} downloads")
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
    job.build(job.first, NO_OUTPUT)
    job.publish(job.first, f"{seed}:1")
    content = job.directory / f"content-{number}"
    job.extract(job.first, ids["first"], content)
    project.index.counted()

    def counted(name, cache, more=""):
        write(2, name, cache, more)
        took = job.build(job.second, NO_OUTPUT)
        return {"build": took, "count": project.index.counted()}

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

"""Portable cache mounts: what it costs to have, to fill and to publish one, beside what does the same."""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import cache_projects
from engines import Build, Emptied
from measure import benchmark, figure, run
from network import Line, Relay

REGISTRY = "127.0.0.1:5000"
TOOLS = f"{REGISTRY}/tools:latest"

# A cache of many small files, as those of npm and cargo are, and one of few large ones.
TREES = {"small": "100,000 files", "large": "500 MB"}
TURNS, WARM = 3, 7

MAKE = """import os, random, sys
random.seed(1)
def write(path, size):
    with open(path, "wb") as file:
        file.write(os.urandom(size))
if sys.argv[1] == "small":
    for folder in range(1000):
        os.mkdir(f"/made/{folder}")
        for number in range(100):
            write(f"/made/{folder}/{number}", random.randrange(100, 8000))
else:
    for number in range(50):
        write(f"/made/{number}", 10_000_000)
"""

# Each turn has caches of its own, which are empty. `cp` reads and writes what the frontend does: the same bind mount, a cache
# mount and an output. What `copied` has filled is published without a seed, what `primed` has filled over one.
COPIES = """# syntax={image}
fs source(string tree) {{
	image "{tools}"
	run "python3 /src/make.py ${{tree}} # {nonce}" with option {{
		mount fs {{ local "." with includePatterns("make.py"); }} "/src" with readonly
		mount scratch "/made" as files
	}}
}}
fs copied(string tree, string turn) {{
	image "{tools}"
	run "cp -a /seed/. /c/ # ${{turn}}" with option {{
		mount files(tree) "/seed" with readonly
		cacheMount "/c" with option {{ id "{nonce}-${{tree}}-${{turn}}-copied"; }} as content
	}}
}}
fs primed(string tree, string turn) {{
	image "{tools}"
	run "test -n \\"$(ls -A /c)\\" # ${{turn}}" with option {{
		cacheMount "/c" with option {{ id "{nonce}-${{tree}}-${{turn}}-primed"; seed files(tree); }} as contentOfSeed
	}}
}}
fs copiedOut(string tree, string turn) {{
	copied tree turn
	run "cp -a /c/. /out/ # ${{turn}}" with option {{
		cacheMount "/c" with option {{ id "{nonce}-${{tree}}-${{turn}}-copied"; }}
		mount scratch "/out" as out
	}}
}}
fs full(string tree, string turn) {{ content tree turn; }}
fs incremental(string tree, string turn) {{ contentOfSeed tree turn; }}
"""

# With and without a seed: the seed is an image, and everything is cached.
KEPT = """# syntax={image}
fs published() {{ scratch; copy made "/" "/" with contentsOnly; }}
fs source() {{
	image "{tools}"
	run "python3 /src/make.py large # {nonce}" with option {{
		mount fs {{ local "." with includePatterns("make.py"); }} "/src" with readonly
		mount scratch "/made" as made
	}}
}}
fs plain() {{
	image "{base}"
	run "ls -A /c # {nonce}" with option {{ cacheMount "/c" with option {{ id "{nonce}-plain"; }} }}
}}
fs seeded() {{
	image "{base}"
	run "ls -A /c # {nonce}" with option {{ cacheMount "/c" with option {{ id "{nonce}-seeded"; seed fs {{ image "{seed}"; }} }} }}
}}
"""

# A cache of 100 MB, and a command that adds 1 MB to it.
PUBLISHED = """# syntax={image}
fs used(string id, int bytes) {{
	image "{base}"
	run "head -c ${{bytes}} /dev/urandom > /c/$(cat /proc/sys/kernel/random/uuid) # {nonce}" with option {{
		cacheMount "/c" with option {{ id "{nonce}-${{id}}"; {seed} }} as content
	}}
}}
fs default(string id, int bytes) {{ content id bytes; }}
"""


def measured(here, image, base):
    yield from copying(here)
    nonce = f"bench-{os.getpid()}-{os.urandom(4).hex()}"
    words = {"image": image, "base": base, "tools": TOOLS, "nonce": nonce}
    with Emptied(here) as engine:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            (directory / "make.py").write_text(MAKE)
            yield from copies(engine, directory, words)
            yield from kept(engine, directory, words)
            yield from uploads(engine, directory, words)
        yield from cache_projects.measured(here, engine, words)


def copying(here):
    """The copying alone, without an engine, in a process of its own."""
    program = benchmark(here.parent, "archive", "mirror")
    # Not in /tmp, which may be memory.
    with tempfile.TemporaryDirectory(dir=here.parent / "target") as name:
        tree, made = Path(name) / "tree", Path(name) / "made"
        for folder in range(1000):
            (tree / str(folder)).mkdir(parents=True)
            for number in range(100):
                (tree / str(folder) / str(number)).write_bytes(os.urandom(4000))
        ours, theirs, again = [], [], []
        for _ in range(TURNS + 1):
            theirs.append(seconds(["cp", "-a", f"{tree}/.", made], made))
            shutil.rmtree(made)
            ours.append(seconds([program, tree, made], made))
            again.append(seconds([program, tree, made], made))
            shutil.rmtree(made)
    yield beside("copying 100,000 files, ratio", ours[1:], theirs[1:], "`cp -a`")
    yield beside("the same if all are there, ratio", again[1:], theirs[1:], "`cp -a` of all")


def seconds(command, made):
    made.mkdir(exist_ok=True)
    started = time.perf_counter()
    run(command)
    return time.perf_counter() - started


def copies(engine, directory, words):
    (directory / "build.hlb").write_text(COPIES.format(**words))

    def build(target, tree, turn):
        arguments = ["--build-arg", f"tree={tree}", "--build-arg", f"turn={turn}", "--output=type=cacheonly"]
        file = ["-f", directory / "build.hlb", "--target", target]
        return Build(directory, *file, *arguments, environment=engine.environment)

    for tree, what in TREES.items():
        took = {"copied": [], "primed": [], "copiedOut": [], "full": [], "incremental": []}
        for turn in range(TURNS + 1):
            for target, step in [
                ("copied", "cp -a /seed"),
                ("primed", "prime cache"),
                ("copiedOut", "cp -a /c"),
                ("full", "snapshot of cache"),
                ("incremental", "snapshot of cache"),
            ]:
                took[target].append(build(target, tree, turn).step(step))
            # What a turn leaves would fill the disk of a small machine.
            engine.forget()
        # The first turn has the machine read what it has not in memory.
        of = {target: each[1:] for target, each in took.items()}
        yield beside(f"filling a cache with {what}, ratio", of["primed"], of["copied"], "`cp -a` in a step")
        yield beside(f"snapshot of {what}, ratio", of["full"], of["copiedOut"], "`cp -a` in a step")
        yield beside(f"snapshot of {what} over their seed, ratio", of["incremental"], of["copiedOut"], "`cp -a` of all")


def kept(engine, directory, words):
    seed = f"{REGISTRY}/hlb-bench:{words['nonce']}"
    (directory / "build.hlb").write_text(KEPT.format(seed=seed, **words))
    build = lambda *more: Build(directory, "-f", directory / "build.hlb", *more, environment=engine.environment)
    build("--target=published", "--output", f"type=image,name={seed},push=true,compression=uncompressed")
    took = {"seeded": [], "plain": []}
    for turn in range(WARM + 1):
        for target, each in took.items():
            each.append(build("--target", target, "--output=type=cacheonly").seconds)
    ours, theirs = took["seeded"][1:], took["plain"][1:]
    yield beside("cached build with a seed of 500 MB, ratio", ours, theirs, "the same without")


def uploads(engine, directory, words):
    """What is pushed of a cache of 100 MB, of that with 1 MB more over its seed, and of as much without a seed."""
    line = Line()
    relay = Relay(REGISTRY, line)
    name = f"{relay.address}/hlb-bench-{words['nonce']}"

    def published(tag, identity, size, seed):
        (directory / "build.hlb").write_text(PUBLISHED.format(seed=seed, **words))
        arguments = ["--build-arg", f"id={identity}", "--build-arg", f"bytes={size}", "--provenance=false"]
        arguments += ["--push", "-t", f"{name}:{tag}"]
        before = line.up
        Build(directory, "-f", directory / "build.hlb", *arguments, environment=engine.environment)
        return (line.up - before) / 1e6

    published("seed", "one", 100_000_000, "")
    over = published("over", "two", 1_000_000, f'seed fs {{ image "{name}:seed"; }}')
    full = published("full", "one", 1_000_001, "")
    yield figure("upload of 100 MB and 1 MB more, over a seed", over, "MB", f"{full:.1f} MB without a seed")


def beside(name, ours, theirs, what):
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    against = f"{statistics.median(ours):.2f} s, {statistics.median(theirs):.2f} s for {what}"
    return figure(name, ratio, "", against)

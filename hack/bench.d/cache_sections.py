"""Sections as images of their own: what it costs to name one and to take it, beside git, build caches and a warm engine.

The engine is this benchmark's own, and reaches its registry over a relay that counts requests and bytes.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from cache_imports import beside
from engines import Build, Emptied
from measure import figure, run
from network import Line, Relay

REGISTRY = "127.0.0.1:5000"

# Files of a large context, and bytes of each.
FILES, SIZE = 50_000, 1_000

# Steps of a section, and bytes of each that do not become smaller when they are compressed.
STEPS, LARGE = 5, 10_000_000

TURNS = 3

NAMED = """# syntax={image}
fs default() {{
	cached fs {{ scratch; copy fs {{ local "tree"; }} "/" "/tree"; }} with substitute("{repository}")
}}
"""

PROGRAM = """# syntax={image}
fs made(string turn) {{
	image "{base}"
{steps}}}
fs section(string turn) {{ cached fs {{ made turn; }} with substitute("{repository}"); }}
fs imported(string turn) {{ cached fs {{ made turn; }} with cacheFrom("{cache}"); }}
fs nothing() {{ scratch; }}
{uses}"""

USE = """fs {way}Used(string turn) {{
	{way} turn
	run "test $(cat /made* | wc -c) = {size} # {way} ${{turn}}"
}}
"""

SECTION, IMPORTED, WARM = "section", "imported", "made"


def measured(here, image, base):
    nonce = f"bench-{os.getpid()}-{os.urandom(4).hex()}"
    with Emptied(here) as engine, tempfile.TemporaryDirectory(dir=here.parent / "target") as name:
        directory = Path(name)
        yield from names(engine, directory / "names", image, nonce)
        yield from taken(engine, directory / "taken", image, base, nonce)


def build(engine, directory, *more):
    return Build(directory, "-f", directory / "build.hlb", *more, environment=engine.environment)


def names(engine, directory, image, nonce):
    """The hash of a large context by a step of the frontend, beside git and beside how it comes to the engine."""
    tree = directory / "tree"
    for number in range(FILES):
        file = tree / f"{number % 500}/{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(SIZE))
    text = NAMED.format(image=image, repository=f"{REGISTRY}/hlb-bench/sections-{nonce}")
    (directory / "build.hlb").write_text(text)
    hashed, sent, added, status, walked = [], [], [], [], []
    for turn in range(TURNS):
        # Each time another content, of which nothing is known anywhere.
        for folder in tree.iterdir():
            for file in folder.iterdir():
                file.write_bytes(os.urandom(8) + file.read_bytes()[8:])
        engine.forget()
        done = build(engine, directory, "--output=type=cacheonly")
        hashed.append(done.step("hash what sections use"))
        sent.append(done.step("load build context"))
        repository = directory / f"git-{turn}"
        apart = [f"--git-dir={repository}", f"--work-tree={tree}"]
        run(["git", *apart, "init", "--quiet"])
        added.append(timed(["git", *apart, "add", "--all"]))
        status.append(timed(["git", *apart, "status", "--porcelain"]))
        walked.append(timed(["git", *apart, "ls-files", "--stage"]))
        again = build(engine, directory, "--output=type=cacheonly")
        if any("hash what sections use" in it for it in again.ran):
            raise SystemExit("bench: what has not changed was hashed again")
    size = f"{FILES:,} files of {SIZE * FILES / 1e6:.0f} MB"
    yield beside(f"hash of {size}, ratio", hashed, added, "`git add` of all, which compresses them as well")
    yield beside(f"hash of {size}, ratio", hashed, sent, "their way from the client to the engine")
    against = f"{statistics.median(status):.2f} s for `git status`, {statistics.median(walked):.2f} s for `git ls-files -s`"
    yield figure(f"hash of {size}", statistics.median(hashed), "s", f"{against}, which read no file that has not changed")


def taken(engine, directory, image, base, nonce):
    """A section whose image is there, beside the same one from a build cache, and beside an engine that has made it."""
    directory.mkdir()
    line = Line()
    registry = Relay(REGISTRY, line).address
    took = {way: [] for way in (SECTION, IMPORTED, WARM)}
    for turn in range(TURNS + 1):
        cache = f"{registry}/hlb-bench/sections:{nonce}-{turn}"
        make = [f'\trun "head -c {LARGE} /dev/urandom > /made{it} # {nonce} ${{turn}}"\n' for it in range(STEPS)]
        uses = "".join(USE.format(way=way, size=STEPS * LARGE) for way in took)
        words = {"image": image, "base": base, "cache": cache, "repository": f"{registry}/hlb-bench/sections"}
        (directory / "build.hlb").write_text(PROGRAM.format(steps="".join(make), uses=uses, **words))
        argument = ["--build-arg", f"turn={turn}"]
        engine.forget()
        build(engine, directory, "--target=made", "--output=type=cacheonly", *argument, f"--cache-to=type=registry,ref={cache},mode=max")
        build(engine, directory, "--target=section", "--push", "-t", reference(engine, directory, argument), *argument)
        for way in (WARM, SECTION, IMPORTED):
            if way != WARM:
                engine.forget()
                # How the frontend came here is not measured.
                build(engine, directory, "--target=nothing", "--output=type=cacheonly")
            down, requests = line.down, line.requests
            done = build(engine, directory, f"--target={way}Used", "--output=type=cacheonly", *argument)
            if any("urandom" in step for step in done.ran):
                raise SystemExit(f"bench: what was to be taken was made: {way}")
            if turn:
                took[way].append((done.seconds, (line.down - down) / 1e6, line.requests - requests))
    size = f"a section of {STEPS} steps and {STEPS * LARGE / 1e6:.0f} MB"
    seconds = {way: [it[0] for it in each] for way, each in took.items()}
    yield beside(f"{size}, found as an image, ratio", seconds[SECTION], seconds[IMPORTED], "the same by `cacheFrom` with `mode=max`")
    yield beside(f"{size}, found as an image, ratio", seconds[SECTION], seconds[WARM], "an engine that has made it")
    ours, theirs, warm = ([statistics.median(column) for column in zip(*took[way])] for way in (SECTION, IMPORTED, WARM))
    yield figure(f"{size}: fetched", ours[1], "MB", f"{theirs[1]:.2f} MB by `cacheFrom`, {warm[1]:.2f} MB if the engine has made it")
    yield figure(f"{size}: requests", ours[2], "", f"{theirs[2]:.0f} by `cacheFrom`, {warm[2]:.0f} if the engine has made it")


def reference(engine, directory, argument):
    """The image of the section."""
    words = ["-f", directory / "build.hlb", "--target=section", *argument, "--call=hlb.cache,format=json", directory]
    listed = json.loads(run(["docker", "buildx", "build", *words], env=engine.environment).stdout)
    return listed["sections"][0]["reference"]


def timed(command):
    started = time.perf_counter()
    subprocess.run([str(it) for it in command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started

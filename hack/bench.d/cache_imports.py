"""Build caches of sections: what it costs to import one, beside the client's `--cache-from` of the same cache for the same steps.

The engine is this benchmark's own, and has nothing whenever a build is to find something in a cache.
"""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from engines import Build, Emptied
from measure import figure
from network import Line, Relay, Silent, own_address

REGISTRY = "127.0.0.1:5000"

# Seconds to a registry that is far away, in each direction, and seconds after which a build is taken for one without end.
AWAY, LONGEST = 0.15, 30

STEPS, TURNS, WARM = 20, 4, 10

# Bytes of a layer that does not become smaller when it is compressed.
LARGE, LARGE_TURNS = 200_000_000, 3

PROGRAM = """# syntax={image}
fs default() {{
	image "{base}"
{steps}}}
fs section() {{ cached fs {{ default; }}; }}
fs isolatedSection() {{ cached fs {{ default; }} with isolated; }}
"""
IMPORT = """fs imported() {{ cached fs {{ default; }} with cacheFrom("{cache}"); }}
"""

# What is imported is one step with a large layer, which the next step reads.
WITH_LARGE = """# syntax={image}
fs large(string turn) {{
	image "{base}"
	run "head -c {size} /dev/urandom > /large # {nonce} ${{turn}}"
}}
fs layout() {{ image "{layout}"; }}
fs nothing() {{ scratch; }}
fs used(string turn) {{
	cached fs {{ large turn; }} with option {{ {cache}; }}
	run "test $(wc -c < /large) = {size} # ${{turn}}"
}}
"""


def measured(here, image, base):
    nonce = f"bench-{os.getpid()}-{os.urandom(4).hex()}"
    words = {"image": image, "base": base, "nonce": nonce}
    with Emptied(here) as engine, tempfile.TemporaryDirectory(dir=here.parent / "target") as name:
        directory = Path(name)
        yield from warm(engine, directory, words)
        yield from imports(engine, directory, words)
        yield from layouts(engine, directory, words)


def build(engine, directory, *more, file="build.hlb"):
    words = ["-f", directory / file, "--output=type=cacheonly", *more]
    return Build(directory, *words, environment=engine.environment)


def write(directory, words, more="", **others):
    """Writes a program, and a Dockerfile of the same steps."""
    steps = [f"echo {step} {words['nonce']} >> /steps" for step in range(STEPS)]
    lines = "".join(f'\trun "{step}"\n' for step in steps)
    (directory / "build.hlb").write_text((PROGRAM + more).format(steps=lines, **words, **others))
    lines = "".join(f"RUN {step}\n" for step in steps)
    (directory / "Dockerfile").write_text(f"FROM {words['base']}\n{lines}")


def warm(engine, directory, words):
    """Sections without a cache, on an engine where everything is cached."""
    write(directory, words)
    took = {"default": [], "section": [], "isolatedSection": []}
    # The first turn fills the cache; then in turn, so that a drift of the machine meets all.
    for turn in range(WARM + 1):
        for target, each in took.items():
            each.append(build(engine, directory, "--target", target).seconds)
    plain = took["default"][1:]
    yield beside("a section where all is cached, ratio", took["section"][1:], plain, "the same without")
    yield beside("one that is isolated, ratio", took["isolatedSection"][1:], plain, "the same without")


def imports(engine, directory, words):
    """Imports from registries which are near, far away, without the cache, and dead."""
    tag = f"hlb-bench/imports:{words['nonce']}"
    write(directory, words)
    build(engine, directory, f"--cache-to=type=registry,ref={REGISTRY}/{tag},mode=max")
    near = Relay(REGISTRY, Line(), own_address())
    far = Relay(REGISTRY, Line(), own_address(), AWAY)
    for name, cache, emptied in [
        ("near", f"{near.address}/{tag}", True),
        (f"{2000 * AWAY:.0f} ms away", f"{far.address}/{tag}", True),
        ("near, without the cache", f"{near.address}/{tag}-missing", False),
        # After the one before, which has run the steps.
        ("near, all is cached", f"{near.address}/{tag}", False),
    ]:
        ways = with_cache(directory, words, cache)
        took = {way: [] for way in ways}
        for turn in range(TURNS + 1):
            for way, (file, given) in ways.items():
                if emptied:
                    engine.forget()
                done = build(engine, directory, given, file=file)
                if emptied and (ran := [step for step in done.ran if "echo " in step]):
                    raise SystemExit(f"bench: {way} imported nothing from {cache}: {ran}")
                if turn:
                    took[way].append(done.seconds)
        for way in ("--cache-from", "Dockerfile"):
            yield beside(f"import, registry {name}, ratio", took["section"], took[way], SAID[way])
    silent = Silent(own_address())
    ways = with_cache(directory, words, f"{silent.address}/{tag}")
    took = {way: [ended(engine, directory, *ways[way]) for _ in range(2)] for way in ("section", "--cache-from")}
    took["Dockerfile"] = [ended(engine, directory, *ways["Dockerfile"])]
    silent.close()
    said = lambda way: f"{statistics.median(took[way]):.1f} s" if all(took[way]) else f"no end within {LONGEST} s"
    against = f"{said('--cache-from')} for {SAID['--cache-from']}; {said('Dockerfile')} for {SAID['Dockerfile']}"
    ours = statistics.median(took["section"]) if all(took["section"]) else float("nan")
    yield figure("import, registry that says nothing", ours, "s", against)


SAID = {"--cache-from": "the client's `--cache-from`", "Dockerfile": "a Dockerfile with `--cache-from`"}


def with_cache(directory, words, cache):
    """Writes the program with a cache, and returns the ways to import it: a build file and a word each."""
    cache = f"type=registry,ref={cache},registry.insecure=true"
    write(directory, words, IMPORT, cache=cache)
    given = f"--cache-from={cache}"
    return {
        "section": ("build.hlb", "--target=imported"),
        "--cache-from": ("build.hlb", given),
        "Dockerfile": ("Dockerfile", given),
    }


def ended(engine, directory, file, given):
    """After how many seconds a build ended; nothing if it does not."""
    command = ["docker", "buildx", "build", "--output=type=cacheonly", "-f", directory / file, given, directory]
    started = time.perf_counter()
    try:
        subprocess.run(command, env=engine.environment, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - started


def layouts(engine, directory, words):
    """A large layer, from a filesystem that the frontend serves, and from a registry."""
    named = f"{REGISTRY}/hlb-bench/layout:{words['nonce']}"
    took = {"registry": [], "image": [], "context": []}
    read, peaks = {way: [] for way in took}, []
    for turn in range(LARGE_TURNS + 1):
        argument = ["--build-arg", f"turn={turn}"]
        cache, layout = f"{REGISTRY}/hlb-bench/large:{words['nonce']}-{turn}", f"{named}-{turn}"
        options = {
            "registry": f'cacheFrom "{cache}"',
            "image": "cacheFromFS layout",
            "context": 'cacheFromFS fs { local "layout"; }',
        }

        def program(way):
            text = WITH_LARGE.format(size=LARGE, layout=layout, cache=options[way], **words)
            (directory / "build.hlb").write_text(text)

        program("registry")
        # Else it has the layers of all turns.
        shutil.rmtree(directory / "layout", ignore_errors=True)
        exports = [f"type=registry,ref={cache}", f"type=local,dest={directory / 'layout'}"]
        build(engine, directory, "--target=large", *argument, *(f"--cache-to={export},mode=max" for export in exports))
        (directory / "Dockerfile").write_text("FROM scratch\nCOPY layout /\n")
        output = f"--output=type=image,name={layout},push=true,compression=uncompressed"
        Build(directory, output, environment=engine.environment)
        for way in took:
            program(way)
            engine.forget()
            # Neither how the frontend came here is measured, nor how a filesystem did that is there.
            build(engine, directory, "--target", "layout" if way == "image" else "nothing")
            with Peak("--hlb-internal=layout-server") as peak:
                done = build(engine, directory, "--target=used", *argument)
            if any("head -c" in step for step in done.ran):
                raise SystemExit(f"bench: the layer was not imported from {options[way]}")
            if turn:
                took[way].append(done.seconds)
                read[way].append(sum(size for step, size in done.fetched.items() if "head -c" in step) / 1e6)
                peaks += peak.kibibytes
    size = f"{LARGE / 1e6:.0f} MB"
    for way, what in [("image", "a filesystem that is there"), ("context", "the build context, which is sent")]:
        yield beside(f"{size} from {what}, ratio", took[way], took["registry"], "a registry")
    ours, theirs = (statistics.median(read[way]) for way in ("image", "registry"))
    yield figure(f"{size}: fetched from the frontend", ours, "MB", f"{theirs:.1f} MB from a registry")
    against = f"the most of {len(peaks)} servers; budget 64 MiB" if peaks else "its processes are not on this machine"
    yield figure("memory of the server at most", max(peaks, default=float("nan")) / 1024, "MiB", against)


class Peak:
    """The most memory that processes with an argument have had, each in `kibibytes`, while this is entered."""

    def __init__(self, argument):
        self.argument, self.seen, self.ends = argument.encode(), {}, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()
        self.kibibytes = list(self.seen.values())

    def watch(self):
        while not self.ends.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if self.argument in (process / "cmdline").read_bytes().split(b"\0"):
                        peak = re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())
                        self.seen[process.name] = int(peak[1]) if peak else self.seen.get(process.name, 0)
                except OSError:
                    # It has ended.
                    pass


def beside(name, ours, theirs, what):
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    against = f"{statistics.median(ours):.2f} s, {statistics.median(theirs):.2f} s for {what}"
    return figure(name, ratio, "", against)

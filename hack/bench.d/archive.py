"""Writing archives of 1 GB: the writer beside GNU tar, and a build that writes them beside the engine's exporters."""

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import benchmark, figure, run

# 1 GB: a few large files, and many small ones. Random, so that nothing of it can be compressed.
LARGE, LARGE_BYTES = 8, 100_000_000
SMALL, SMALL_BYTES = 20_000, 10_000

# How often each is measured: the writing alone, and in a build.
TURNS, BUILDS = 7, 3

PROGRAM = """# syntax={image}
fs tree() {{
	image "{base}"
	run <<-SCRIPT
		set -e
		mkdir -p /tree/large /tree/small
		for file in $(seq {large}); do head -c {large_bytes} /dev/urandom > /tree/large/$file; done
		cd /tree/small
		for file in $(seq {small}); do head -c {small_bytes} /dev/urandom > $file; done
	SCRIPT
}}

fs tar(string name) {{
	tree
	downloadTarball "${{name}}.tar"
}}

fs oci(string name) {{
	tree
	downloadOCITarball "${{name}}.tar"
}}
"""


def measured(here, image, base):
    # Not in /tmp, which may be memory.
    place = here.parent / "target"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield from writing(benchmark(here.parent, "archive", "write"), Path(name))
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield from building(Path(name), image, base)


def writing(program, directory):
    """The writing alone, in a process of its own."""
    tree, file = directory / "tree", directory / "file"
    for folder, count, size in [("large", LARGE, LARGE_BYTES), ("small", SMALL, SMALL_BYTES)]:
        (tree / folder).mkdir(parents=True)
        for number in range(count):
            (tree / folder / str(number)).write_bytes(os.urandom(size))
    commands = {
        "GNU tar": ["tar", "--sort=name", "--numeric-owner", "-C", tree, "-cf", file, "."],
        "tar": [program, "tar", tree, file],
        "image": [program, "image", tree, file],
    }
    took, peaks = {name: [] for name in commands}, {}
    # In turn, so that a drift of the machine meets all.
    for _ in range(TURNS):
        for name, command in commands.items():
            seconds, peaks[name] = process(command)
            took[name].append(seconds)
            file.unlink()
    of_tar = f"{statistics.median(took['GNU tar']):.2f} s by GNU tar, {peaks['GNU tar']:.1f} MiB"
    for name, what in [("tar", "a tar file"), ("image", "an image")]:
        yield figure(f"writing {what} of 1 GB", statistics.median(took[name]), "s", of_tar)
        yield figure("the same, peak of memory", peaks[name], "MiB", "of the whole process")
        yield figure("the same, ratio", ratio(took[name], took["GNU tar"]), "", "to GNU tar")


def process(command):
    """Seconds, and peak of memory in MiB."""
    started = time.perf_counter()
    child = subprocess.Popen([str(it) for it in command])
    peak = 0
    # What the system says of it once it has ended counts this process too, which it began as.
    while child.poll() is None:
        peak = max(peak, status(child.pid, "VmHWM"))
        time.sleep(0.005)
    took = time.perf_counter() - started
    if child.returncode:
        sys.exit(f"bench: {command[0]} failed")
    return took, peak / 1024


def building(directory, image, base):
    """Whole builds, from the cached tree to the file at the client."""
    sizes = {"large": LARGE, "large_bytes": LARGE_BYTES, "small": SMALL, "small_bytes": SMALL_BYTES}
    (directory / "build.hlb").write_text(PROGRAM.format(image=image, base=base, **sizes))
    build(directory, "tree", "type=cacheonly")
    out = directory / "out"

    names = (f"{os.getpid()}-{number}" for number in itertools.count())

    def ours(target):
        # Another name is another step; the tree is cached.
        return build(directory, target, f"type=local,dest={out}", "--build-arg", f"name={next(names)}")

    def theirs(output):
        out.mkdir(exist_ok=True)
        return build(directory, "tree", f"{output},dest={out}/file")

    tar, their_tar = [], []
    for _ in range(BUILDS):
        tar.append(ours("tar"))
        clear(out)
        their_tar.append(theirs("type=tar"))
        clear(out)
    yield beside("build with `downloadTarball`", tar, their_tar, "`--output type=tar`")
    oci = []
    for _ in range(BUILDS):
        oci.append(ours("oci"))
        clear(out)
    # The engine keeps what it has compressed, so only its first export works. Without compression first, as ours.
    plain = theirs("type=oci,compression=uncompressed")
    clear(out)
    yield beside("build with `downloadOCITarball`", oci, [plain], "`--output type=oci,compression=uncompressed`")
    gzip = theirs("type=oci,compression=gzip,force-compression=true")
    clear(out)
    yield beside("build with `downloadOCITarball`", oci, [gzip], "`--output type=oci`, which compresses")


def build(directory, target, output, *more):
    """Seconds of a build, and by how much the engine's own memory grew in MiB, if that can be seen."""
    before = Memory.now()
    started = time.perf_counter()
    command = ["docker", "buildx", "build", "--provenance=false", "-f", directory / "build.hlb", "--target", target]
    run([*command, "--output", output, *more, directory])
    return time.perf_counter() - started, before and before.growth()


def clear(out):
    run(["rm", "-rf", out])


def beside(name, ours, theirs, what):
    (seconds, grown), (their_seconds, their_grown) = map(median, (ours, theirs))
    memory = f"; memory of the engine grew by {grown:.0f} and {their_grown:.0f} MiB" if grown is not None else ""
    return figure(f"{name}, ratio", seconds / their_seconds, "", f"{seconds:.2f} s, {their_seconds:.2f} s for {what}{memory}")


def median(builds):
    grown = [memory for _, memory in builds]
    return statistics.median(it for it, _ in builds), None if None in grown else statistics.median(grown)


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


class Memory:
    """What the daemon and its containerd use, of an engine that hack/engine runs."""

    def __init__(self, processes):
        self.before = {process: status(process, "VmRSS") for process in processes}

    @classmethod
    def now(cls):
        try:
            state = Path(os.environ["HLB_ENGINE_LOG"]).parent
            daemon = int((state / "pid").read_text())
            children = (it.read_text().split() for it in Path(f"/proc/{daemon}/task").glob("*/children"))
            processes = [daemon, *(int(child) for each in children for child in each)]
            for process in processes:
                # Sets the peak to what is used now (Linux, proc_pid_clear_refs(5)).
                Path(f"/proc/{process}/clear_refs").write_text("5")
            return cls(processes)
        except (KeyError, OSError, ValueError):
            return None

    def growth(self):
        return sum(max(0, status(process, "VmHWM") - before) for process, before in self.before.items()) / 1024


def status(process, key):
    """A figure of a process, in KiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{key}:")), 0)

"""What all benchmarks share: commands, compiled benchmarks, and the form of a figure."""

import re
import subprocess
import sys


def run(command, **more):
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, **more)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done


def benchmark(root, package, name):
    """Compiles a benchmark of a crate, as the program that ships is compiled, and finds it."""
    built = run(["cargo", "bench", "--no-run", "--locked", "-p", package, "--bench", name], cwd=root)
    found = re.search(rf"\(([^)]*{name}-[0-9a-f]+)\)", built.stderr)
    if not found:
        sys.exit("bench: cargo does not say where it put the benchmark")
    return root / found[1]


def figure(name, value, unit, against):
    return {"name": name, "value": value, "unit": unit, "against": against}

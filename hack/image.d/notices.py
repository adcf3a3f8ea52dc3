#!/usr/bin/env python3
"""Writes the notices that the licenses of the third-party code in the program ask for.

    notices.py CARGO TARGET... > THIRD-PARTY-NOTICES

CARGO is the cargo to ask, TARGET the Rust targets that the notices are for; what any of them links is listed, so that
one file serves all. The crates are those that the program reaches through normal dependencies: procedural macros and
what they use run at build time only. Ends with an error if the license of a crate is not one of ALLOWED, or if a text
that must be passed on is nowhere to be found.

cargo-about does this too, but no registry has it built: it compiles 151 crates (0.9.3), as many as the whole project with
its tests, before a new machine could make its first image. This takes two seconds.
"""

import json
import os
import re
import subprocess
import sys
import tomllib

PROGRAM = "hlb-frontend"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What the program may contain, the preferred first. One list serves this and `hack/deny`, so that neither can allow what
# the other refuses.
with open(os.path.join(ROOT, "deny.toml"), "rb") as deny:
    ALLOWED = tomllib.load(deny)["licenses"]["allow"]

# Its text is the project's own LICENSE, beside the notices.
OWN = "Apache-2.0"

# The end of a license file's name, without what follows the license's short name: which license the file is.
FILES = {
    "apache": "Apache-2.0",
    "apache-2.0_with_llvm-exception": "Apache-2.0 WITH LLVM-exception",
    "mit": "MIT",
    "isc": "ISC",
    "bsd": "BSD-3-Clause",
    "zlib": "Zlib",
    "unicode": "Unicode-3.0",
    "unlicense": "Unlicense",
}

HEAD = """\
Third-party software in hlb-frontend
====================================

hlb-frontend itself is licensed under the Apache License 2.0, see the file LICENSE beside this one. The program contains
the software below; where its authors offer a choice of licenses, the one named here was chosen.

The program also contains parts of its toolchain:

- the Rust standard library and the crates that it uses, by The Rust Project Developers and others: Apache License 2.0
- LLVM's libunwind and compiler-rt: Apache License 2.0 with LLVM Exceptions
- musl: the MIT license, see the end of this file
"""


def fail(message):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {message}")


def linked(cargo, target):
    """The crates that the program for `target` links, by (name, version)."""
    command = [cargo, "metadata", "--format-version=1", "--locked", f"--filter-platform={target}"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    todo = [key for key, package in packages.items() if package["name"] == PROGRAM]
    seen = set(todo)
    while todo:
        for dep in nodes[todo.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dep["dep_kinds"])
            macro = any("proc-macro" in it["kind"] for it in packages[dep["pkg"]]["targets"])
            if normal and not macro and dep["pkg"] not in seen:
                seen.add(dep["pkg"])
                todo.append(dep["pkg"])
    # A crate without a source is the workspace's own.
    third = [packages[key] for key in seen if packages[key]["source"]]
    return {(package["name"], package["version"]): package for package in third}


def choose(expression):
    """The licenses to comply with, of an SPDX expression (and of cargo's older `A/B`); None if none is allowed."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        found = [conjunction()]
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found.append(conjunction())
        allowed = [it for it in found if it is not None]
        return min(allowed, key=lambda it: sorted(map(ALLOWED.index, it), reverse=True), default=None)

    def conjunction():
        found = [simple()]
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found.append(simple())
        return None if None in found else frozenset().union(*found)

    def simple():
        token = tokens.pop(0)
        if token == "(":
            inner = alternatives()
            tokens.pop(0)
            return inner
        if tokens and tokens[0] == "WITH":
            token = f"{token} WITH {tokens[1]}"
            del tokens[:2]
        return frozenset([token]) if token in ALLOWED else None

    return alternatives()


def license_of(name):
    """Which license a file's name says that it is, if it says one."""
    end = re.sub(r"^(licen[cs]e|copying)[-_.]?", "", re.sub(r"\.(txt|md)$", "", name.lower()))
    return FILES.get(end)


def texts(package, licenses, others):
    """The texts of a crate that must be passed on when it is used under `licenses`."""
    folder = os.path.dirname(package["manifest_path"])
    names = sorted(os.listdir(folder))
    files = [name for name in names if re.match(r"(?i)(licen[cs]e|copying|unlicense)", name)]
    extra = [name for name in names if re.search(r"(?i)^notice|third.?party", name)]
    chosen = []
    for license in licenses - {OWN}:
        named = [name for name in files if license_of(name) == license]
        chosen += named or [name for name in files if license_of(name) is None]
    if licenses - {OWN} and not chosen:
        # Some repositories keep one license file for many crates, and publish it with the first alone.
        for other in others:
            if other is not package and package["repository"] and other["repository"] == package["repository"]:
                return texts(other, licenses, [])
        fail(f"{package['name']} {package['version']} is under {package['license']}, but comes without that text")
    paths = [os.path.join(folder, name) for name in sorted({*chosen, *extra})]
    return [read(path) for path in paths if os.path.isfile(path)]


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip() for line in file]
    return "\n".join(lines).strip("\n") + "\n"


def section(title, body):
    return f"\n{'-' * 80}\n{title}\n\n{body}"


def main():
    cargo, *targets = sys.argv[1:]
    crates = {}
    for target in targets:
        crates.update(linked(cargo, target))
    packages = [crates[key] for key in sorted(crates)]

    under = {}  # license names, as a title: crates
    users = {}  # text: crates
    for package in packages:
        licenses = choose(package["license"] or "")
        if licenses is None:
            fail(f"{package['name']} {package['version']} is under {package['license']}, which is not allowed here")
        name = f"{package['name']} {package['version']}"
        under.setdefault(" and ".join(sorted(licenses)), []).append(name)
        for text in texts(package, licenses, packages):
            users.setdefault(text, []).append(name)

    out = [HEAD]
    for title in sorted(under):
        where = " (its text is the file LICENSE)" if title == OWN else ""
        out.append(section(f"{title}{where}", "".join(f"  {name}\n" for name in under[title])))
    for text, names in sorted(users.items(), key=lambda it: it[1]):
        out.append(section(", ".join(names), text))
    out.append(section("musl", read(os.path.join(ROOT, "hack/image.d/musl-COPYRIGHT"))))
    sys.stdout.write("".join(out))


if __name__ == "__main__":
    main()

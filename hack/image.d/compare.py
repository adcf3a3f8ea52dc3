#!/usr/bin/env python3
"""Checks an image that `hack/image` made, also against the one that the Dockerfile makes.

    compare.py ARCHIVE BUILT

BUILT is the folder with what was built for each architecture: it stands in for the Dockerfile's build stage, whose base
may not be there to be pulled. Prints what is wrong, a line each; ends with 1 if anything is.
"""

import hashlib
import json
import os
import platform
import struct
import subprocess
import sys
import tempfile

import oci

# Pulled at every cold build.
MAX_COMPRESSED_BYTES = 2_000_000
PROGRAM = "hlb-frontend"
MACHINES = {"amd64": 62, "arm64": 183}
PT_INTERP = 3
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def config_of(image, manifest):
    config = image.json(image.json(manifest)["config"])
    # Fields without a value are written by some versions of BuildKit and left out by others.
    given = {key: value for key, value in config["config"].items() if value not in (None, "", [], {}, False)}
    return {"platform": f"{config['os']}/{config['architecture']}", "config": given}


def flat(config):
    """A config with a key for each label, so that a difference is shown as that of one label."""
    given = dict(config["config"])
    labels = given.pop("Labels", {})
    return {"platform": config["platform"], **given, **{f"label {key}": value for key, value in labels.items()}}


def files_of(image, manifest):
    """What each path of the root filesystem is; no layer of these images removes anything."""
    found = {}
    for layer in image.json(manifest)["layers"]:
        with oci.layer(image, layer) as tarball:
            for entry in tarball:
                path = entry.name.strip("./")
                content = hashlib.sha256(tarball.extractfile(entry).read()).hexdigest() if entry.isfile() else ""
                if path:
                    kind = "file" if entry.isfile() else "folder" if entry.isdir() else "other"
                    found[path] = f"{kind} {entry.mode & 0o7777:o} {entry.uid}:{entry.gid} {content}".rstrip()
    return found


def differences(what, ours, theirs):
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            yield f"{what} {key}: hack/image has {json.dumps(ours.get(key))}, the Dockerfile {json.dumps(theirs.get(key))}"


def program_of(image, manifest):
    for layer in image.json(manifest)["layers"]:
        with oci.layer(image, layer) as tarball:
            return tarball.extractfile(PROGRAM).read()


def wrong_with_program(data, architecture):
    """Whether the program is of the right machine, and needs no other file to run."""
    machine = struct.unpack_from("<H", data, 18)[0]
    if data[:4] != b"\x7fELF" or machine != MACHINES[architecture]:
        yield f"the program is not one for {architecture}"
        return
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<I", data, offset + at * size)[0] for at in range(count)]
    if PT_INTERP in headers:
        yield "the program is not static"


def wrong_with_version(data, architecture, labels):
    """Whether the program says the version that the image has on its label; asked only where it runs."""
    if MACHINES.get({"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())) != MACHINES[architecture]:
        return
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, PROGRAM)
        with open(program, "wb") as file:
            file.write(data)
        os.chmod(program, 0o755)
        said = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    label = labels["org.opencontainers.image.version"]
    if said != f"{PROGRAM} {label}\n":
        yield f"the program says {said!r}, the image's label has version {label}"


def dockerfile_image(architecture, labels, built):
    """The image that the last stage of the Dockerfile makes of what was built."""
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "image.tar")
        command = ["docker", "buildx", "build", "--progress=plain", "--provenance=false"]
        command += [f"--platform=linux/{architecture}", f"--output=type=oci,dest={archive}"]
        command += [f"--build-context=build={os.path.join(built, architecture)}"]
        for name in ("version", "revision"):
            command.append(f"--build-arg={name.upper()}={labels[f'org.opencontainers.image.{name}']}")
        done = subprocess.run([*command, ROOT], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"the Dockerfile's last stage does not build:\n{done.stdout}")
        return oci.read(archive)


def wrong(image, built):
    for our in image.manifests():
        config = config_of(image, our)
        architecture = config["platform"].rpartition("/")[2]
        dockerfile = dockerfile_image(architecture, config["config"]["Labels"], built)
        (their,) = dockerfile.manifests()
        found = [
            *differences("config", flat(config), flat(config_of(dockerfile, their))),
            *differences("file", files_of(image, our), files_of(dockerfile, their)),
            *wrong_with_program(program_of(image, our), architecture),
            *wrong_with_version(program_of(image, our), architecture, config["config"]["Labels"]),
        ]
        size = sum(layer["size"] for layer in image.json(our)["layers"])
        if size > MAX_COMPRESSED_BYTES:
            found.append(f"{size:,} bytes compressed, more than {MAX_COMPRESSED_BYTES:,}")
        for each in found:
            yield f"{config['platform']}: {each}"


def main():
    archive, built = sys.argv[1:]
    found = list(wrong(oci.read(archive), built))
    for each in found:
        print(each)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

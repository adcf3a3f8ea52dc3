#!/usr/bin/env python3
"""Makes the image of what was built, and brings it to where it was asked for.

    make.py --name NAME --epoch SECONDS --build-arg KEY=VALUE… --content ARCHITECTURE=FOLDER… [--quick] [--oci FILE] [--load] [--push]

FOLDER stands for the root of the Dockerfile's build stage. Prints the image's name with its digest. --quick compresses in
a fraction of the time, to a larger layer.
"""

import argparse
import os
import subprocess
import sys

import dockerfile
import oci
import registry

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Levels of zstd.
QUICK, SMALL = 3, 22


def say(text):
    print(f"image: {text}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, type=registry.full)
    parser.add_argument("--epoch", required=True, type=int)
    parser.add_argument("--build-arg", action="append", default=[], type=pair)
    parser.add_argument("--content", action="append", default=[], type=pair)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--oci")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--push", action="store_true")
    options = parser.parse_args()

    with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as file:
        stage = dockerfile.last_stage(file.read(), dict(options.build_arg))
    folders = {architecture: folder + stage.content for architecture, folder in options.content}
    image = oci.make(folders, stage.config, options.epoch, QUICK if options.quick else SMALL)
    report(image)

    archive = oci.archive(image, options.name)
    if options.oci:
        with open(options.oci, "wb") as file:
            file.write(archive)
    if options.load:
        load(image, archive, options.name)
    if options.push:
        push(image, options.name)
    print(f"{options.name}@{image.root['digest']}")


def pair(text):
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, found `{text}`")
    return key, value


def report(image):
    for descriptor in image.manifests():
        manifest = image.json(descriptor)
        config = image.json(manifest["config"])
        size = sum(layer["size"] for layer in manifest["layers"])
        say(f"{config['os']}/{config['architecture']}: {size:,} bytes compressed")


def load(image, archive, name):
    """Brings the image into the engine, unless it is there."""
    # The name of an image in the engine: in containerd's store the root, in the other one the config.
    configs = [image.json(manifest)["config"]["digest"] for manifest in image.manifests()]
    found = subprocess.run(
        ["docker", "image", "inspect", "-f", "{{.Id}}", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if found.stdout.strip() not in [image.root["digest"], *configs]:
        subprocess.run(["docker", "load", "-q"], input=archive, stdout=sys.stderr, check=True)
    # BuildKit asks the registry that an image's name gives before it looks into the engine's store, and an engine that
    # builds in a container of its own never looks there. So the registry of this machine must have the same image.
    if registry.is_loopback(registry.split(name)[0]):
        try:
            push(image, name)
        except registry.Refused as error:
            say(f"only in the engine's store: {error}")


def push(image, name):
    """Uploads the image, unless the registry has it under that name."""
    if registry.digest_of(name) != image.root["digest"]:
        registry.upload(image, name)


if __name__ == "__main__":
    try:
        main()
    except (dockerfile.Unknown, registry.Refused, subprocess.CalledProcessError, OSError) as error:
        say(error)
        sys.exit(2)

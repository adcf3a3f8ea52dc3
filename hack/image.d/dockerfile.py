"""Reads what the last stage of the Dockerfile makes: the image's config, and the folder that is its content.

Only what that stage needs is known here. Anything else is an error, so that the image which `hack/image` makes can't
silently differ from the Dockerfile's.
"""

import json
import re
import shlex

# What BuildKit's Dockerfile frontend gives every image that starts from `scratch`
# (BuildKit 0.13 to 0.32, frontend/dockerfile/dockerfile2llb, `emptyImage`).
SCRATCH = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "WorkingDir": "/"}


class Unknown(Exception):
    """What stands in the Dockerfile is not known here."""


class Stage:
    """The last stage: `config` as it stands in the image, `content` the folder of the build stage that it copies."""

    def __init__(self):
        self.config = dict(SCRATCH)
        self.content = None
        self.args = {}


def last_stage(text, build_args):
    """Reads the last stage of a Dockerfile, with build arguments that go before its defaults."""
    lines = list(instructions(text))
    starts = [at for at, (instruction, _) in enumerate(lines) if instruction == "FROM"]
    if not starts or lines[starts[-1]][1].split()[0] != "scratch":
        raise Unknown("the last stage of the Dockerfile is not `FROM scratch`")
    stage = Stage()
    for instruction, rest in lines[starts[-1] + 1 :]:
        apply(stage, instruction, rest, build_args)
    if stage.content is None:
        raise Unknown("the last stage of the Dockerfile copies nothing")
    return stage


def apply(stage, instruction, rest, build_args):
    if instruction == "ARG":
        name, _, default = rest.partition("=")
        stage.args[name] = build_args.get(name, default)
    elif instruction == "LABEL":
        labels = stage.config.setdefault("Labels", {})
        for pair in shlex.split(rest):
            key, equals, value = pair.partition("=")
            if not equals:
                raise Unknown(f"expected `LABEL key=value`, found `{pair}`")
            labels[key] = expand(value, stage.args)
    elif instruction == "ENTRYPOINT" and rest.startswith("["):
        stage.config["Entrypoint"] = json.loads(rest)
    elif instruction == "COPY" and stage.content is None and re.fullmatch(r"--from=build /\S+ /", rest):
        stage.content = rest.split()[1]
    else:
        raise Unknown(f"hack/image does not know this in the last stage: `{instruction} {rest}`")


def instructions(text):
    """The instructions of a Dockerfile, as pairs of their name and the rest, without comments and continuations."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), rest.strip()


def expand(text, args):
    def value(match):
        name = match[1] or match[2]
        if name not in args:
            raise Unknown(f"unknown argument `{name}` in `{text}`")
        return args[name]

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)

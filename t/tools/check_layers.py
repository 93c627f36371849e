#!/usr/bin/env python3
"""Includes run one way: through the stages of src/, and up the glue's folders.

One header includes nginx. The core knows neither nginx nor the glue.
"""

import glob
import os
import re
import sys

STAGES = ["base", "source", "poller", "slot", "encoder", "subscriber",
          "room", "engine", "centrifuge", "azuracast",
          "sound", "signalling"]
# Bottom first. Folders of one line know nothing of each other.
FOLDERS = [
    ["base"],
    ["conf"],
    ["zone"],
    ["poller", "fanout", "http2"],
    ["subscriber"],
    ["publish", "status", "room", "sound"],
    ["engine"],
    ["centrifuge"],
    ["azuracast", "control", "danmaku", "signalling"],
    ["module"],
]
RANK = {name: rank for rank, names in enumerate(FOLDERS) for name in names}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NGINX = re.compile(r"^(ngx_(?!module/)|nginx\.h)")
NGINX_HEADER = "ngx_module/base/ngx.h"


def check_core(path):
    """Yields what is wrong with one file of src/."""
    parts = path.split("/")
    if len(parts) != 3 or parts[1] not in STAGES:
        yield "not in a stage of src/"
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    own = STAGES.index(parts[1])
    for kind, name in INCLUDE.findall(text):
        stage = name.split("/")[0]
        if NGINX.match(name) or stage == "ngx_module":
            yield f"the core includes {name}"
        elif kind == '"' and stage not in STAGES:
            yield f'"{name}" is not written from src/'
        elif kind == '"' and STAGES.index(stage) > own:
            yield f"includes a later stage, {name}"
    if re.search(r"\bngx_\w", re.sub(r"//.*", "", text)):
        yield "the core speaks of nginx"


def check_glue(path):
    """Yields what is wrong with one file of ngx_module/."""
    parts = path.split("/")
    if len(parts) != 3 or parts[1] not in RANK:
        yield "not in a folder of ngx_module/ that check_layers.py knows"
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for kind, name in INCLUDE.findall(text):
        where = name.split("/")
        if NGINX.match(name):
            if path != NGINX_HEADER:
                yield f"includes {name}, which {NGINX_HEADER} alone may"
        elif where[0] == "ngx_module":
            folder = where[1] if len(where) == 3 else None
            if kind == "<" or folder not in RANK or not os.path.exists(name):
                yield f'"{name}" is no file of the glue'
            elif folder != parts[1] and RANK[folder] >= RANK[parts[1]]:
                yield f"includes {name}, which is not below {parts[1]}/"
        elif kind == '"' and where[0] not in STAGES:
            yield f'"{name}" is written neither from src/ nor from the root'


def files_of(root):
    """Every C++ file below root, in order."""
    return sorted(path for path in glob.glob(root + "/**/*", recursive=True)
                  if path.endswith((".cc", ".h")))


faults = [f"{path}: {fault}" for root, check in
          (("src", check_core), ("ngx_module", check_glue))
          for path in files_of(root) for fault in check(path)]
print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)

#!/usr/bin/env python3
"""A stage includes base and earlier stages; one header includes nginx."""

import glob
import re
import sys

STAGES = ["base", "source", "poller", "slot", "encoder", "subscriber"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NGINX = re.compile(r"^(ngx_|nginx\.h)")

faults = []
for path in sorted(glob.glob("src/**/*.*", recursive=True)):
    parts = path.split("/")
    if len(parts) != 3 or parts[1] not in STAGES:
        faults.append(f"{path}: not in a stage of src/")
        continue
    text = open(path, encoding="utf-8").read()
    own = STAGES.index(parts[1])
    for kind, name in INCLUDE.findall(text):
        stage = name.split("/")[0]
        if NGINX.match(name) or stage == "ngx_module":
            faults.append(f"{path}: the core includes {name}")
        elif kind == '"' and stage not in STAGES:
            faults.append(f'{path}: "{name}" is not written from src/')
        elif kind == '"' and STAGES.index(stage) > own:
            faults.append(f"{path}: includes a later stage, {name}")
    if re.search(r"\bngx_\w", re.sub(r"//.*", "", text)):
        faults.append(f"{path}: the core speaks of nginx")

for path in sorted(glob.glob("ngx_module/*/*.*")):
    text = open(path, encoding="utf-8").read()
    for kind, name in INCLUDE.findall(text):
        if NGINX.match(name) and kind == "<" and path != "ngx_module/base/ngx.h":
            faults.append(f"{path}: includes {name}, which ngx.h alone may")

print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)

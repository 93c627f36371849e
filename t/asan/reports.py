#!/usr/bin/env python3
"""usage: reports.py DIR

Prints the sanitizers' reports in DIR that count, and fails if there is one.
What does not count: leaks of what nginx takes for a configuration or for a
process, and leaves to the kernel when that ends; and what only its table of
connections led to, in a worker that ended with its clients (SIGTERM).
"""
import glob
import re
import sys

WORKING = re.compile(
    r"ngx_(worker|single)_process_cycle|ngx_http_onair|onair::|ngx_module/")

NGINX = re.compile(r"ngx_event_process_init|ngx_init_cycle|ngx_set_environment")


def counts(text):
    if "LeakSanitizer" not in text:
        return text.strip() != ""
    blocks = re.split(r"\n(?=(?:Direct|Indirect) leak)", text)[1:]
    table = any("ngx_event_process_init" in block for block in blocks)
    return any(WORKING.search(block) and not NGINX.search(block) and
               not (table and block.startswith("Indirect"))
               for block in blocks)


def main():
    paths = sorted(glob.glob(sys.argv[1] + "/*"))
    counted = 0
    for path in paths:
        with open(path, errors="replace") as file:
            text = file.read()
        if counts(text):
            counted += 1
            print(f"--- {path}\n{text[:6000]}")
    print(f"asan: {counted} reports, {len(paths) - counted} of nginx's own "
          "leaks")
    sys.exit(1 if counted else 0)


if __name__ == "__main__":
    main()

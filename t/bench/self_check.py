"""The generator notices every fault, and only faults."""

import json
import os
import subprocess

import figures
from bench import FAULTS, load_command
from liar import MODES, Liar
from servers import BUILD


def self_check(bench):
    """The generator must notice every fault, and only faults."""
    rows = []
    for transport in ("ws", "sse"):
        for mode, verdict in MODES.items():
            liar = Liar(transport, mode)
            out = os.path.join(BUILD, "report.json")
            subprocess.run([*load_command(liar, 5, 4, 200), "--rate", "100",
                            "--timeout", "0.5", "--json", out])
            with open(out) as f:
                report = json.load(f)
            noticed = [key for key in FAULTS if report["verdicts"][key]]
            right = (bool(report["clean"]) == (verdict is None) and
                     (verdict in noticed if verdict else not noticed))
            rows.append([transport, mode, ", ".join(noticed) or "-",
                         "yes" if right else "NO"])
            if not right:
                bench.failed.append(f"self-check: {transport} {mode} gave "
                                    f"{report['verdicts']}")
    return ("### The generator's own check\n\nA server that lies in one way "
            "to one of five clients.\n\n" +
            figures.table(["transport", "lie", "noticed", "right"], rows))

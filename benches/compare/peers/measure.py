"""Measures jemap beside other tools on the nested job: measure.py [--size 20M] [--rounds 3] [--markdown FILE].

Called by `benches/compare/run.sh peers`, which installs what the tools need. Programs run in turn, round by round,
on the same data; outputs are compared before. Slow ones get a part of the data, and are compared by megabyte.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
TARGET = TOP / "target"
WORK = TARGET / "compare-data"
TABLE = TOP / "benches/job/cost_centers.csv"
PYTHON = TARGET / "peers-venv/bin/python"
TITLE = "peers"
# How a tool holds amounts.
EXACT = "exact"
FLOAT = "floats"


def tools(batch, out):
    """Name, what it is, amounts, part of the data, the program, its arguments; `None` as output: it writes `out`."""
    jq = ["-r", "--rawfile", "table", TABLE, "-f", HERE / "job.jq", batch]
    files = [batch, out, TABLE]
    flags = ["--run-id", "BATCH-2026-000042", "--run-time", "2026-01-31T23:59:00Z", "--threads", "1"]
    rejects = ["--rejects", WORK / "peers.rejects.ndjson"]
    return [
        ("jemap", "the mapping, run by jemap", EXACT, 1, TARGET / "release/jemap",
         ["transform", TOP / "benches/job/nested.map", batch, "-o", out, *rejects, *flags], False),
        ("VRL", "`vrl` as Vector runs it: compiled once, one event a document", FLOAT, 1,
         TARGET / "peers-vrl/release/vrl-job", files, False),
        ("Python + lxml", "json, `Decimal`, lxml's tree", EXACT, 1, PYTHON, [HERE / "lxml_job.py", *files], False),
        ("jaq", "the jq program, run by jaq", FLOAT, 10, TARGET / "peers-jaq/bin/jaq", jq, True),
        ("jq", "jq with `@html`", FLOAT, 1, which("jq"), jq, True),
        ("Saxon", "XSLT 3.0 on `json-to-xml`, SaxonC-HE", EXACT, 4, PYTHON, [HERE / "saxon_job.py", *files], False),
        ("JSONata", "JSONata on Node.js", FLOAT, 10, which("node"), [HERE / "jsonata_job.mjs", *files], False),
    ]


def which(name):
    found = subprocess.run(["which", name], capture_output=True, text=True, check=False).stdout.strip()
    return pathlib.Path(found or f"no {name}")


def needs(name):
    """Why a tool that is there cannot run; empty when it can."""
    module = {"Python + lxml": "lxml", "Saxon": "saxonche"}.get(name)
    if module and subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        return f"{module} could not be installed"
    if name == "JSONata" and not (TARGET / "peers-npm/node_modules/jsonata").exists():
        return "jsonata could not be installed"
    return ""


def run(path, arguments, out, log, to_stdout):
    """CPU seconds, wall seconds and peak megabytes of one run."""
    environment = {**os.environ, "NODE_PATH": str(TARGET / "peers-npm/node_modules")}
    start = time.monotonic()
    with open(log, "wb") as errors, open(out if to_stdout else os.devnull, "wb") as output:
        child = subprocess.Popen([path, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                 env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6


def bytes_of(text):
    return int(float(text.rstrip("KMG")) * {"K": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1))


def generated(size):
    batch = WORK / f"peers-{size}.json"
    generate = TARGET / "compare/release/generate"
    subprocess.run([generate, "nested", str(size), batch], check=True, stdout=subprocess.DEVNULL)
    return batch


def machine():
    processors = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in processors if line.startswith("model name")), "unknown processor")
    return f"{time.strftime('%Y-%m-%d', time.gmtime())}, {name}, {os.cpu_count()} cores"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="20M")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown")
    given = parser.parse_args()
    size = bytes_of(given.size)
    WORK.mkdir(parents=True, exist_ok=True)
    batches = {part: generated(size // part) for part in (1, 4, 10)}
    ours = {part: WORK / f"peers-jemap-{part}.xml" for part in batches}
    for part, batch in batches.items():
        _, _, _, _, path, arguments, _ = tools(batch, ours[part])[0]
        run(path, arguments, ours[part], WORK / "peers.log", False)

    rows, there, costs, different = {}, [], {}, False
    for tool in tools(batches[1], ours[1]):
        name, what, amounts, part, path, _, to_stdout = tool
        out, log = WORK / f"peers-{name}.xml", WORK / f"peers-{name}.log"
        reason = f"{path.name} is not there" if not path.exists() else needs(name)
        if reason:
            rows[name] = f"| {name} – {what} | not measured: {reason} | | | | | |"
            continue
        arguments = next(t for t in tools(batches[part], out) if t[0] == name)[5]
        run(path, arguments, out, log, to_stdout)
        said = subprocess.run([PYTHON, HERE / "same.py", ours[part], out], capture_output=True, text=True, check=False)
        verdict = said.stdout.strip() or "**differs**"
        if said.returncode:
            different = True
            print(f"{name}: {said.stderr.strip()[-300:]}\n{log.read_text()[-500:]}", file=sys.stderr)
        there.append((name, what, amounts, part, path, arguments, to_stdout, out, log, verdict))
        costs[name] = []
    for _ in range(given.rounds):
        for name, _, _, _, path, arguments, to_stdout, out, log, _ in there:
            costs[name].append(run(path, arguments, out, log, to_stdout))

    best = None
    for name, what, amounts, part, _, _, _, _, _, verdict in there:
        cpu, wall, peak = (statistics.median(cost[i] for cost in costs[name]) for i in range(3))
        megabytes = size / part / 1e6
        ratio = statistics.median(a[0] * part / b[0] for a, b in zip(costs[name], costs["jemap"]))
        if name != "jemap" and (best is None or ratio < best[1]):
            best = (name, ratio)
        rows[name] = (f"| {name} – {what} | {megabytes:.0f} | {cpu:.3f} | {wall:.3f} | {peak:.0f} | {ratio:.1f} "
                      f"| {amounts}, {verdict} |")
    order = [tool[0] for tool in tools(batches[1], ours[1])]
    table = "\n".join([
        f"### {TITLE}", "",
        f"Nested, {given.rounds} rounds in turn, medians; {machine()}.", "",
        "| program | MB | CPU s | wall s | peak MB | CPU a MB against jemap | amounts, output |",
        "|---|--:|--:|--:|--:|--:|---|", *(rows[name] for name in order), "",
        f"The best of them, {best[0]}, takes {best[1]:.1f} times the CPU of jemap." if best else "No peer is there.",
        ""])
    print(table)
    if given.markdown:
        write_section(pathlib.Path(given.markdown), table)
    sys.exit(different)


def write_section(path, section):
    """Replaces the section between its marks, or adds it at the end."""
    start, end = f"<!-- compare: {TITLE} -->\n", "<!-- end of compare -->\n"
    old, section = path.read_text(), f"{start}{section}{end}"
    begin = old.find(start)
    if begin < 0:
        return path.write_text(f"{old}\n{section}")
    rest = old[old.index(end, begin) + len(end):]
    return path.write_text(old[:begin] + section + rest)


main()

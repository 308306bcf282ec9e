"""Prints the figures that tell more than a ratio: start-up, compiling, cost and memory over size, threads.

`benches/compare/run.sh figures [--size 2G]` builds what this needs. Input comes through a pipe from the generator, so
no large file is needed. CPU is that of jemap alone.
"""

import argparse
import gzip
import os
import pathlib
import statistics
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "target/compare-data"
JEMAP = TOP / "target/release/jemap"
GENERATE = TOP / "target/compare/release/generate"
NESTED = TOP / "benches/job/nested.map"
FLAT = TOP / "benches/job/flat.map"


def waited(child):
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def transform(mapping, input_path, threads, stdin=subprocess.DEVNULL):
    """CPU seconds, wall seconds, peak megabytes."""
    start = time.monotonic()
    child = subprocess.Popen([JEMAP, "transform", mapping, input_path, "-o", "/dev/null", "--rejects",
                              WORK / "figures.rejects", "--threads", str(threads)], stdin=stdin,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cpu, peak = waited(child)
    if child.returncode not in (0, 1, 2):
        raise SystemExit(f"jemap ended with status {child.returncode}")
    return cpu, time.monotonic() - start, peak


def generated(form, size):
    path = WORK / f"figures-{form}.json"
    subprocess.run([GENERATE, form, str(size), path], check=True, stdout=subprocess.DEVNULL)
    return path


def piped(form, size):
    maker = subprocess.Popen([GENERATE, form, str(size), "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    result = transform(NESTED if form == "nested" else FLAT, "-", 1, maker.stdout)
    maker.stdout.close()
    maker.wait()
    return result


def first_byte():
    """Seconds from the start of the process to its first byte out, on the few documents of a mapping's example."""
    folder = TOP / "mappings/daily_billing"
    start = time.monotonic()
    child = subprocess.Popen([JEMAP, "transform", folder / "daily_billing.map", folder / "input.ndjson"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if not child.stdout.read(1):
        raise SystemExit("nothing was written")
    taken = time.monotonic() - start
    child.stdout.read()
    child.wait()
    return taken


def compiled(path):
    start = time.monotonic()
    subprocess.run([JEMAP, "check", path], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def threads(name, mapping, path):
    rounds = [[transform(mapping, path, count)[1] for count in (1, 2)] for _ in range(5)]
    ratio = statistics.median(one / two for one, two in rounds)
    print(f"{name}: 2 threads are {ratio:.2f} times as fast as 1 (at least 1.8 is wanted)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="2G")
    most = parser.parse_args().size
    most = int(float(most[:-1]) * {"M": 1e6, "G": 1e9}[most[-1]])
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"start to first byte out: {statistics.median(first_byte() for _ in range(21)) * 1e3:.1f} ms (at most 10)")
    big = WORK / "big.map"
    big.write_bytes(subprocess.run(["sh", TOP / "benches/big_map.sh", "1000"], check=True, stdout=subprocess.PIPE).stdout)
    lines = big.read_text().count("\n")
    taken = statistics.median(compiled(big) for _ in range(21))
    print(f"`check` of a map of {lines} lines, start of the process included: {taken * 1e3:.1f} ms (at most 20)")
    for form in ("nested", "ndjson"):
        for size in (10_000_000, 100_000_000, most):
            cpu, _, peak = piped(form, size)
            print(f"{form}, {size / 1e6:.0f} MB through a pipe: {cpu * 1e9 / size:.2f} ms CPU a MB, peak {peak:.1f} MB (at most 64)")
    threads("one large array", NESTED, generated("nested", 400_000_000))
    threads("NDJSON", FLAT, generated("ndjson", 400_000_000))
    sample = TOP.parent / "shared/samples/datasynth/journal_entries_demo.json.gz"
    if sample.exists():
        data = WORK / "datasynth.json"
        data.write_bytes(gzip.decompress(sample.read_bytes()))
        size = data.stat().st_size
        cost = [transform(TOP / "mappings/ledger_export/ledger_export.map", data, 1) for _ in range(11)]
        print(f"datasynth, {size / 1e6:.1f} MB: {statistics.median(c[0] for c in cost) * 1e3:.1f} ms CPU")
    else:
        print("skipped: the datasynth sample is not there")


main()

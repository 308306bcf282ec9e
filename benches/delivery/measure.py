"""Prints how fast entries are taken and posted, and what both sides need for it.

    benches/delivery.sh [--entries 100000] [--modes async,sync-lookup,sync-none] [--refused 0] [--rejected 0] [--ask]
    benches/delivery.sh --restart [--entries 1000000]

The sandbox is a process of its own with a ledger; `jemap send --wait` maps, takes and delivers. Times are read from the
book (a batch's begin and end) and from the ledger, CPU and peak memory from the kernel. A load decides nothing.
"""

import argparse
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDER = TOP / "target/delivery-data"
BATCH = {"async": 100, "sync-idem": 10, "sync-lookup": 10, "sync-none": 10}


def records(path, entries, refused, rejected):
    """One sale a line. Of a hundred, so many are refused by the sandbox, and so many by the mapping."""
    with open(path, "w") as out:
        for n in range(entries):
            material = "FAIL-22" if n * 37 % 100 < refused else f"WALLBOX-{n % 90:02}"
            day = "2026-02-30" if n * 61 % 100 < rejected else f"2026-04-{n % 30 + 1:02}"
            out.write(f'{{"sale":"G26-{n:08}","day":"{day}","ccy":"EUR","customer":"{70000 + n % 5000}",'
                      f'"material":"{material}","note":"goods & services {n % 1000}","amount":{n % 9000 + 1}.{n % 100:02}}}\n')


class Watched:
    """A child with its peak memory and CPU."""

    def __init__(self, command, **options):
        self.start = time.time()
        self.child = subprocess.Popen(command, cwd=FOLDER, **options)

    def end(self):
        _, status, usage = os.wait4(self.child.pid, 0)
        self.child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.time() - self.start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        return self.child.returncode


def sandbox(jemap, mode):
    watched = Watched([jemap, "sandbox", "--json", "--ledger", f"{mode}.ledger"], stdout=subprocess.PIPE)
    said = json.loads(watched.child.stdout.readline())
    url = said["async" if mode == "async" else "sync"]
    text = f'book = "{mode}.book"\n[destination.to]\nmode = "{mode}"\nurl = "{url}"\nbatch = {BATCH[mode]}\n'
    if mode == "sync-lookup":
        text += f"lookup_url = \"{said['lookup']}?$filter=DocumentReferenceID%20eq%20'{{reference}}'\"\n"
    (FOLDER / "jemap.toml").write_text(text)
    return watched


def largest(path, sizes, ended):
    while not ended.wait(0.1):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            pass


def megabytes(path):
    return path.stat().st_size / 1e6 if path.exists() else 0.0


def asked(jemap, *arguments):
    """A command that looks into the book: its wall time, peak memory and the bytes it prints."""
    with open(FOLDER / "said", "wb") as out:
        watched = Watched([jemap, *arguments], stdout=out)
        watched.end()
    shown = " ".join(arguments)
    print(f"  {shown:44} {watched.wall * 1000:8.0f} ms, {watched.cpu * 1000:.0f} ms CPU, {watched.peak:.0f} MB, "
          f"{(FOLDER / 'said').stat().st_size / 1e6:.1f} MB printed")


def one(jemap, mode, options):
    book = FOLDER / f"{mode}.book"
    for old in [*FOLDER.glob(f"{mode}.*")]:
        old.unlink()
    server = sandbox(jemap, mode)
    sizes, ended = [0], threading.Event()
    watching = threading.Thread(target=largest, args=(FOLDER / f"{mode}.book-wal", sizes, ended))
    watching.start()
    sender = Watched([jemap, "send", TOP / "benches/delivery/sales.map", "sales.ndjson", "--to", "to", "--wait", "--json"],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = sender.child.stdout.read()
    sender.end()
    ended.set()
    watching.join()
    server.child.send_signal(signal.SIGINT)
    server.end()
    states = json.loads(said)["delivery"][0]["states"]
    with sqlite3.connect(f"file:{book}?mode=ro", uri=True) as db:
        began, taken = db.execute("SELECT began, ended FROM batch").fetchone()
        last, = db.execute("SELECT max(ended) FROM attempt").fetchone()
        requests, = db.execute("SELECT count(*) FROM attempt").fetchone()
    events = [0, 0]
    with open(FOLDER / f"{mode}.ledger") as ledger:
        for line in ledger:
            events[0] += '"event":"posted"' in line
            events[1] += '"event":"refused"' in line
    sent = sum(events)
    print(f"{mode}: {options.entries} entries, {BATCH[mode]} an envelope, exit {sender.child.returncode}, {states}; "
          f"ledger: {events[0]} posted, {events[1]} refused")
    print(f"  taken   {options.entries / max(taken - began, 1) * 1000:8.0f} a second ({taken - began} ms)")
    print(f"  posted  {sent / max(last - taken, 1) * 1000:8.0f} a second ({last - taken} ms, {requests} requests)")
    print(f"  sender  {sender.cpu:8.2f} s CPU, {sender.wall:.2f} s wall, {sender.peak:.0f} MB at most")
    print(f"  sandbox {server.cpu:8.2f} s CPU, {server.peak:.0f} MB at most")
    print(f"  book    {megabytes(book):8.1f} MB, {megabytes(book) * 1e6 / options.entries:.0f} bytes an entry; "
          f"WAL {max(sizes) / 1e6:.1f} MB at most", flush=True)
    if options.ask:
        for arguments in (["status"], ["list", "--json", "--limit", "1000000"], ["list", "--state", "refused"],
                          ["store", "check"]):
            asked(jemap, *arguments)
        asked(jemap, "export")


# How the entries of a book are made to stand, besides as they were taken: settled and in doubt, not yet settled, taken.
STATES = {
    "ready": None,
    "in doubt, by look-up": "mode = 2, phase = 4, marks = 4, attempt = 1, deadline = received",
    "in doubt, not settled": "mode = 2, phase = 4, marks = 6, attempt = 1, deadline = received + 100000000000",
    "accepted": "phase = 6, marks = 16, attempt = 1, deadline = received",
}


def restarted(jemap, options):
    """From the start of `jemap run` on a book full of open entries to the first request that it sends."""
    for old in FOLDER.glob("open.*"):
        old.unlink()
    server = sandbox(jemap, "async")
    ledger = FOLDER / "async.ledger"
    url = (FOLDER / "jemap.toml").read_text().split('url = "')[1].split('"')[0]
    (FOLDER / "jemap.toml").write_text(
        f'book = "open.book"\n[destination.to]\nmode = "async"\nurl = "http://127.0.0.1:9/"\nbatch = 100\n')
    taking = Watched([jemap, "send", TOP / "benches/delivery/sales.map", "sales.ndjson", "--to", "to", "-q"])
    taking.end()
    print(f"taken and not delivered: {options.entries} entries, {taking.wall:.1f} s, {taking.peak:.0f} MB at most; "
          f"book {megabytes(FOLDER / 'open.book'):.0f} MB")
    # one entry for each state waits to be sent, so that a request shows when the sender is there
    for name, change in STATES.items():
        with sqlite3.connect(FOLDER / "open.book") as db:
            if change:
                db.execute("UPDATE envelope SET state = 3")
                db.execute(f"UPDATE entry SET {change}, envelope = NULL WHERE id > 1")
                db.execute("UPDATE entry SET phase = 1, marks = 0, mode = 0, envelope = NULL WHERE id = 1")
        (FOLDER / "jemap.toml").write_text(
            f'book = "open.book"\n[destination.to]\nmode = "async"\nurl = "{url}"\nbatch = 100\n')
        before = ledger.stat().st_size if ledger.exists() else 0
        started = time.time()
        run = Watched([jemap, "run", "--watch", "-q"])
        first = None
        while first is None and time.time() - started < 300:
            time.sleep(0.005)
            if ledger.exists() and ledger.stat().st_size > before:
                with open(ledger) as lines:
                    lines.seek(before)
                    first = json.loads(lines.readline())["at"] / 1e6
        time.sleep(2)
        run.child.send_signal(signal.SIGINT)
        run.end()
        print(f"  {name:24} first request after {(first or 0) - started:6.2f} s; "
              f"{run.cpu:.2f} s CPU in {run.wall:.1f} s, {run.peak:.0f} MB at most", flush=True)
        asked(jemap, "status")
        asked(jemap, "list", "--state", "in-doubt")
        asked(jemap, "list", "--key", "G26-0000")
    server.child.send_signal(signal.SIGINT)
    server.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jemap", type=pathlib.Path, default=TOP / "target/release/jemap")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--modes", default="async,sync-lookup,sync-none")
    parser.add_argument("--refused", type=int, default=0, help="of a hundred, by the receiver")
    parser.add_argument("--rejected", type=int, default=0, help="of a hundred, by the mapping")
    parser.add_argument("--ask", action="store_true", help="look into the book afterwards: status, list, check, export")
    parser.add_argument("--restart", action="store_true", help="from a start with so many open entries to the first request")
    options = parser.parse_args()
    options.jemap = options.jemap.resolve()
    FOLDER.mkdir(parents=True, exist_ok=True)
    records(FOLDER / "sales.ndjson", options.entries, options.refused, options.rejected)
    if options.restart:
        return restarted(options.jemap, options)
    for mode in options.modes.split(","):
        one(options.jemap, mode, options)


main()

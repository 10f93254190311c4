"""What the benchmark commands share: the programs and peers, running them, and figures made from the results."""

import itertools
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
BENCH = TOP / "bench"
PROGRAMS = BENCH / "programs"
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build"))
PEERS = pathlib.Path(os.environ.get("PEERS", TOP / "build" / "peers"))
OURS = "perilune"
REFERENCE = "lua"

# PUC's `lua`, and so ours, collects in generations, which the library and the peers' small host do not of themselves.
AS_LUA = ["-e", "collectgarbage('generational')"]

# The command of each interpreter, behind variables of the environment. What tools/peers/build makes only with "bench" is marked in EXTRA.
COMMANDS = {
    OURS: [BUILD / "lua"],
    "lua": [PEERS / "lua", *AS_LUA],
    "lua55": [PEERS / "lua55", *AS_LUA],
    "luajit": [PEERS / "luajit"],
    "luajit-off": [PEERS / "luajit", "-joff"],
    "interpreter": ["PERILUNE_JIT=off", BUILD / "lua"],
}
EXTRA = {"lua55", "luajit", "luajit-off"}

# Arguments with which a program is over in about a hundredth of its time, where a hundredth of the argument is not.
SMALL = {
    "bintrees": 9, "fannkuch": 7, "fib": 24, "hanoi": 14, "permutations": 7, "queens": 7, "tak": 1, "matmul": 60,
    "mandelbrot": 120, "spectral": 80,
}


def build_peers(names):
    """Builds the interpreters named, and the libraries of the reference."""
    what = ["bench"] if EXTRA & set(names) else []
    subprocess.run([TOP / "tools" / "peers" / "build", *what], check=True)


def compile_c(name, *options):
    """Compiles bench/NAME.c, unless that is done, and answers the program's path."""
    return compile_with(TOP / "include", BUILD / f"bench-{name}", BENCH / f"{name}.c", *options)


def compile_with(headers, program, source, *options):
    """Compiles `source` with the headers in a folder, unless that is done, and answers the program's path."""
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["cc", "-O2", f"-I{headers}", "-o", program, source, *options], check=True)
    return program


def compile_capi():
    """Compiles bench/capi.c and answers its path; which library it has says LD_LIBRARY_PATH."""
    return compile_c("capi", f"-L{BUILD}", "-llua5.4")


def compile_capi_for_luajit():
    """The same with LuaJIT inside."""
    folder = PEERS / "luajit-build" / "src"
    return compile_with(folder, BUILD / "bench-capi-luajit", BENCH / "capi.c", folder / "libluajit.a", "-Wl,-E", "-lm", "-ldl")


def capi_peers(names):
    """Of the peers named those that run bench/capi.c besides both libraries: program, folder of the library, variables."""
    peers = {}
    if "luajit" in names:
        peers["luajit"] = compile_capi_for_luajit(), BUILD, {}
    if "interpreter" in names:
        peers["interpreter"] = compile_capi(), BUILD, {"PERILUNE_JIT": "off"}
    return peers


def capi_cases(names=()):
    """The number of operations of all cases of bench/capi.c, or of those of these names, by name."""
    cases = {case: int(n) for case, n in run_library(compile_capi(), BUILD, "--list").items()}
    if unknown := set(names) - set(cases):
        sys.exit(f"no such program or case: {', '.join(sorted(unknown))}")
    return {case: n for case, n in cases.items() if not names or case in names}


def libraries():
    """The folders of the shared libraries to compare."""
    return {REFERENCE: PEERS / "abi", OURS: BUILD}


class Program:
    """A benchmark program: its category and arguments are in its source."""

    def __init__(self, path):
        text = path.read_text()
        self.path = path
        self.name = path.stem
        self.category = text.split("\n", 1)[0].lstrip("- ").split(":")[0]
        self.argument = int(re.search(r"arg\[1\]\)? or (\d+)", text)[1])

    @property
    def small(self):
        """An argument for a short run."""
        return SMALL.get(self.name, max(1, self.argument // 100))


def programs(names=()):
    """All programs, or those with these names or categories."""
    found = [Program(path) for path in sorted(PROGRAMS.glob("*.lua"))]
    known = {p.name for p in found} | {p.category for p in found}
    if unknown := set(names) - known:
        sys.exit(f"no such program: {', '.join(sorted(unknown))}")
    return [p for p in found if not names or {p.name, p.category} & set(names)]


def passes():
    """The commands of our interpreter without one pass of the optimiser, or one of the recorder's own, by the pass's name."""
    source = (TOP / "jit" / "src" / "opt" / "mod.rs").read_text()
    names = re.search(r"^passes! \{\n(.*?)^\}", source, re.M | re.S)[1]
    return {name: [f"PERILUNE_JIT=-{name}", BUILD / "lua"]
            for name in [*re.findall(r"^ *([a-z_]+),$", names, re.M), "sink", "buffer", "wait", "trial", "detour", "select"]}


class Run:
    """One run of a program: what it printed, its seconds of processor time, its peak of memory in KiB, how much of that
    were pages of files, its status."""

    def __init__(self, command):
        variables = dict(word.split("=", 1) for word in itertools.takewhile(lambda w: isinstance(w, str) and "=" in w, command))
        command = command[len(variables):]
        with tempfile.NamedTemporaryFile("r") as result:
            done = subprocess.run(
                [compile_c("measure"), result.name, *map(str, command)],
                cwd=PROGRAMS, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
            )
            seconds, memory, file, status = result.read().split()
        self.output = done.stdout
        self.seconds, self.memory, self.file, self.status = float(seconds), int(memory), int(file), int(status)


def run_library(program, folder, *arguments, **variables):
    """Lines `name value` that a C program prints with the library in a folder and these variables of the environment."""
    env = dict(os.environ, LD_LIBRARY_PATH=str(folder), **variables)
    done = subprocess.run([program, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.decode().splitlines())}


def progress(what):
    """Tells on a terminal what is being run."""
    if sys.stderr.isatty():
        print(f"{what} ...".ljust(40), end="\r", file=sys.stderr, flush=True)


def geometric_mean(values):
    """The mean for ratios."""
    return math.exp(statistics.fmean(map(math.log, values)))


def spread(values):
    """How far the worst of some runs lies above the best, in per cent."""
    return (max(values) / min(values) - 1) * 100


def table(head, rows):
    """A Markdown table, its columns padded so that it reads as text too; all columns but the first are numbers."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells):
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)]) + "\n"

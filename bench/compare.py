#!/usr/bin/env python3
"""compare.py --bench DIR --zkload PATH --out FILE: measures GrainKeeper and ZooKeeper in turn on this machine. See README.md."""
import argparse
import os
import signal
import sys
import tempfile
import time

from comparison.block import Recorder
from comparison.capacity import CapacityBlock
from comparison.curves import CURVE_BLOCKS
from comparison.ensemble import OURS, THEIRS
from comparison.faults import FailoverBlock, SteadyBlock
from comparison.loads import LoadBlock
from comparison.machine import describe
from comparison.process import StepFailed
from comparison.results import Results
from comparison.setting import Setting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BLOCKS = (LoadBlock(3), LoadBlock(1), CapacityBlock(), FailoverBlock('leader-kill', 'KILL'), FailoverBlock('leader-hang', 'STOP'),
          SteadyBlock(), *(block() for block in CURVE_BLOCKS))
ALL_ROWS = [row for block in BLOCKS for row in block.rows]


def arguments():
    parser = argparse.ArgumentParser(description='Measures GrainKeeper and ZooKeeper in turn, and appends one JSON line a run to a results file.')
    parser.add_argument('--bench', required=True, help="directory of the load generator's scripts (zk_start.sh, failover.py)")
    parser.add_argument('--zkload', required=True, help='the built load generator; fsynclat is looked for beside it')
    parser.add_argument('--out', required=True, help='results file, appended to')
    parser.add_argument('--rows', default='table', help='names of rows, with commas; "table" (default) is all without curves, "curves", "all"; a name that ends with * is a beginning')
    parser.add_argument('--reps', type=int, default=2, help='repetitions of each side, in the order A B B A …; curves and the ten minutes of load are measured once')
    parser.add_argument('--dir', help="directory for the servers' data, on the disk to measure (default: a new one among the temporary files)")
    parser.add_argument('--base', type=int, default=24_000, help='first of the ports, 1024 to 31000; the 250 from it on are used')
    parser.add_argument('--side', choices=(OURS, THEIRS), help='measure only this side; without its counterpart in the same go a figure says little')
    parser.add_argument('--resume', action='store_true', help='leave out what the results file has already')
    parser.add_argument('--quick', action='store_true', help='tiny runs that show that everything works; no measurement')
    parser.add_argument('--list', action='store_true', help='print the names of the rows, and end')
    return parser.parse_args()


def chosen_rows(text):
    chosen = []
    for name in text.split(','):
        if name in ('table', 'all', 'curves'):
            chosen += [r for r in ALL_ROWS if name == 'all' or (name == 'curves') == r.startswith('curve-')]
        elif name.endswith('*') and any(r.startswith(name[:-1]) for r in ALL_ROWS):
            chosen += [r for r in ALL_ROWS if r.startswith(name[:-1])]
        elif name in ALL_ROWS:
            chosen.append(name)
        else:
            sys.exit(f'compare.py: there is no row {name!r}; --list prints their names')
    return set(chosen)


def interrupted(*_):
    # Further signals must not cut the cleaning up short. Not SIG_IGN: Python makes an error of a signal that was pending when its handler was taken away.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    raise KeyboardInterrupt


def measure(setting, results, wanted, only):
    for block in BLOCKS:
        rows = [r for r in block.rows if r in wanted]
        if not rows:
            continue
        for rep in range(block.reps(setting)):
            for side in block.sides if rep % 2 == 0 else reversed(block.sides):
                if only not in (None, side):
                    continue
                curve = rows[0].startswith('curve-')
                recorder = Recorder(results, setting, side, rep, rows)
                if not curve and not recorder.needs_any(*rows):
                    continue
                try:
                    block.run(setting, recorder)
                except StepFailed as problem:
                    for row in () if curve else rows:
                        recorder.fail(row, problem)
                    print(f'{side} {", ".join(rows)}: {problem}', file=sys.stderr, flush=True)


def main():
    if '--list' in sys.argv[1:]:
        print('\n'.join(ALL_ROWS))
        return 0
    a = arguments()
    wanted = chosen_rows(a.rows)
    if not 1024 <= a.base <= 31_000 or not 1 <= a.reps <= 100:
        sys.exit('compare.py: --base must be 1024 to 31000, --reps 1 to 100')
    with tempfile.TemporaryDirectory(prefix='gk-compare-', dir=a.dir) as directory:
        setting = Setting(ROOT, os.path.abspath(a.bench), os.path.abspath(a.zkload), directory, a.base, a.reps, a.quick)
        for needed in (*setting.start_scripts.values(), setting.zkload, setting.benchmarks):
            if not os.path.exists(needed):
                sys.exit(f'compare.py: {needed} is missing; bench/README.md says how to build it')
        results = Results(a.out, a.quick, a.resume)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupted)
        began = time.monotonic()
        try:
            results.append(describe(setting, ROOT))
            measure(setting, results, wanted, a.side)
        except KeyboardInterrupt:
            print('interrupted: servers are stopped; --resume goes on from here', file=sys.stderr)
            return 130
        finally:
            print(f'{time.monotonic() - began:.0f} s', file=sys.stderr)
    return 0


if __name__ == '__main__':
    sys.exit(main())

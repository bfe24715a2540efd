"""1,000,000 nodes on one server: memory, restarts, and writes while snapshots are written."""
import os
import re
import threading
import time

from .block import Block
from .ensemble import OURS, Ensemble
from .process import StepFailed, run
from .zkload import call, figures

PREFIX = '/cap'
NO_SNAPSHOTS = 'snapCount=1000000000'


class CapacityBlock(Block):
    rows = ('memory', 'restart', 'snapshot-1x1', 'snapshot-16x1')

    def run(self, setting, recorder):
        nodes = setting.scale(1_000_000, 20_000)
        with Ensemble(setting, recorder.side, 1) as ensemble:
            recorder.version = ensemble.version
            command = load(setting, ensemble, nodes)
            time.sleep(setting.scale(10, 1))
            loaded = sum(ensemble.rss_kb()) / 1024
            restarts, probe, restarted = [], '', 0
            if recorder.needs_any('memory', 'restart'):
                for _ in range(2):
                    elapsed, probe = restart(setting, ensemble)
                    restarts.append(elapsed)
                time.sleep(setting.scale(10, 1))
                restarted = sum(ensemble.rss_kb()) / 1024
                recorder.measure('restart', lambda: ({'first_read_ms': sum(restarts) / len(restarts), 'best_ms': min(restarts), 'worst_ms': max(restarts)}, probe))
                recorder.measure('memory', lambda: ({
                    'rss_mb': loaded, 'rss_restarted_mb': restarted, 'live_bytes_per_node': live_heap(setting, ensemble, nodes)}, command))
            for row, clients in (('snapshot-1x1', 1), ('snapshot-16x1', 16)):
                recorder.measure(row, lambda clients=clients: snapshots(setting, ensemble, nodes, clients))


def load(setting, ensemble, nodes):
    found, command = call(setting, ensemble.hosts, ensemble.pid_list(), ['--op', 'load', '--keys', nodes, '--size', 128, '--prefix', PREFIX], 400)
    return command


def restart(setting, ensemble):
    """kill -9, start, and the time from the start to the first read that is answered, in milliseconds."""
    ensemble.kill()
    os.sync()
    time.sleep(1)
    began = time.time() * 1000
    ensemble.start(wait=False)
    found, command = call(setting, ensemble.hosts, '', ['--op', 'probe', '--prefix', PREFIX, '--timeout', 10_000], 150)
    return found['wall_ms'] - began, 'kill -9, start.sh, ' + command


def live_heap(setting, ensemble, nodes):
    """Bytes that live objects take, for each node. ZooKeeper: the class histogram after a full collection. Ours: what loading the same tree leaves live after one."""
    if ensemble.side == OURS:
        out = run(['dotnet', setting.benchmarks, 'restart', '--nodes', nodes, '--bytes', 128, '--tail', 1000, '--runs', 1,
                   '--dir', os.path.join(ensemble.directory, 'live')], 240)
        found = re.search(r'(\d+) B a node', out)
        if not found:
            raise StepFailed(f'the restart benchmark printed no live heap: {out[-200:]}')
        return int(found[1])
    out = run(['jcmd', ensemble.pids[0], 'GC.class_histogram'], 120)
    total = re.search(r'^Total\s+\d+\s+(\d+)', out, re.MULTILINE)
    if not total:
        raise StepFailed(f'jcmd printed no total: {out[-200:]}')
    return int(total[1]) / nodes


class SnapshotWatch(threading.Thread):
    """Counts the snapshots that a server completes, by their names in its data directory."""

    def __init__(self, directory):
        super().__init__(daemon=True)
        self._directory, self._over = directory, threading.Event()
        self._before = self._names()
        self._seen = set()

    def _names(self):
        return {os.path.join(folder, f) for folder, _, files in os.walk(self._directory) for f in files if re.fullmatch(r'snapshot\.[0-9a-f]+', f)}

    def run(self):
        while not self._over.wait(0.1):
            self._seen |= self._names()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def count(self):
        return len(self._seen - self._before)


def snapshots(setting, ensemble, nodes, clients):
    """The longest of writes at an equal load without snapshots and with one after another: the server is restarted with another snapCount, nothing else differs."""
    kept = {}
    arguments = ['--op', 'set', '--clients', clients, '--pipeline', 1, '--size', 128, '--keys', nodes, '--no-setup', '--prefix', PREFIX]
    for name, every in (('without', NO_SNAPSHOTS), ('with', f'snapCount={setting.scale(1000 * clients, 200 * clients)}')):
        ensemble.kill()
        ensemble.start(lines=(every,))
        # The first seconds are the compiler's and the collector's.
        call(setting, ensemble.hosts, '', [*arguments, '--warmup', 0, '--seconds', setting.scale(8, 1)], 60)
        with SnapshotWatch(ensemble.data()) as watch:
            found, command = call(setting, ensemble.hosts, ensemble.pid_list(), [*arguments, '--warmup', 0, '--seconds', setting.scale(10, 1)], 60)
        run_figures = figures(found)
        kept.update({f'{name}_{k}': run_figures[k] for k in ('max_us', 'p999_us', 'p50_us', 'ops_s')})
    kept['snapshots'] = watch.count()
    kept['longer_max_ms'] = max(0, kept['with_max_us'] - kept['without_max_us']) / 1000
    if not kept['snapshots']:
        raise StepFailed('no snapshot was completed during the run')
    return kept, f'start.sh … {NO_SNAPSHOTS} | {every}; ' + command

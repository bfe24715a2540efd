"""Curves: ops/s and CPU per operation while one thing grows. Ours at each point, ZooKeeper at a few."""
import base64
import hashlib
import json

from .block import Block
from .capacity import NO_SNAPSHOTS
from .ensemble import OURS, Ensemble
from .process import StepFailed, run
from .zkload import call, figures, heat, run_load

SECONDS = 2
ADMINISTRATOR = 'super:bench'


def _run(setting, ensemble, op, clients, pipeline, **more):
    return run_load(setting, ensemble, op, clients, pipeline, seconds=setting.scale(SECONDS, 0.5), warmup=setting.scale(0.7, 0.2), **more)


class CurveBlock(Block):
    points, quick_points, their_points = (), (), ()

    def reps(self, setting):
        return 1

    def chosen(self, setting, side):
        points = self.quick_points if setting.quick else self.points
        return points if side == OURS else [p for p in points if p in self.their_points]


class SpreadBlock(CurveBlock):
    """Connections, value size and watchers: three servers, heated once."""
    rows = ('curve-connections', 'curve-value-size', 'curve-watches')

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, 3) as ensemble:
            recorder.version = ensemble.version
            heat(setting, ensemble, setting.scale(12, 1))
            ours, quick = recorder.side == OURS, setting.quick
            for n in ((1, 10, 100) if quick else (1, 10, 100, 1_000, 10_000)) if ours else ((10,) if quick else (1, 100, 1_000)):
                for op in ('get', 'set'):
                    recorder.measure('curve-connections', lambda n=n, op=op: _run(
                        setting, ensemble, op, n, 1, keys=1_000, threads=1 if n == 1 else 2, extra=('--timeout', 40_000)), op, n)
            for size in ((0, 128, 65_536, 1_048_000) if quick else (0, 128, 1_024, 8_192, 65_536, 262_144, 1_048_000)) if ours else ((65_536,) if quick else (128, 8_192, 262_144)):
                for op in ('get', 'set'):
                    keys = max(16, min(1_000, 2**26 // max(1, size)))
                    recorder.measure('curve-value-size', lambda size=size, op=op, keys=keys: _run(setting, ensemble, op, 16, 1, size=size, keys=keys), op, size)
            for n in ((1, 10, 100) if quick else (1, 10, 100, 1_000, 10_000)) if ours else ((10,) if quick else (1, 100, 1_000)):
                recorder.measure('curve-watches', lambda n=n: _watch(setting, ensemble, n), 'watch', n)


def _watch(setting, ensemble, n):
    found, command = _run(setting, ensemble, 'watch', n, 1, extra=('--timeout', 40_000))
    # An operation is a notification here.
    return {**found, 'ops_s': found['notif_per_s_in_fanout']}, command


class ChildrenBlock(CurveBlock):
    rows = ('curve-children',)
    points = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
    quick_points = (1, 100, 10_000)
    their_points = (100, 10_000)

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, 1, lines=(NO_SNAPSHOTS,)) as ensemble:
            recorder.version = ensemble.version
            heat(setting, ensemble, setting.scale(12, 1))
            for n in self.chosen(setting, recorder.side):
                recorder.measure(self.rows[0], lambda n=n: _run(setting, ensemble, 'ls', 4, 1, extra=('--children', n), timeout=240), 'ls', n)
                if n >= 1_000:
                    recorder.measure(self.rows[0], lambda n=n: self._create(setting, ensemble, n), 'create', n)

    @staticmethod
    def _create(setting, ensemble, n):
        found, command = call(setting, ensemble.hosts, ensemble.pid_list(), ['--op', 'load', '--keys', n, '--per-dir', n, '--size', 0, '--prefix', f'/c{n}'], 240)
        return figures(found), command


class TreeSizeBlock(CurveBlock):
    rows = ('curve-tree-size',)
    points = (1_000, 10_000, 100_000, 1_000_000, 5_000_000)
    quick_points = (1_000, 10_000)
    their_points = (1_000, 100_000, 1_000_000)

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, 1, lines=(NO_SNAPSHOTS,)) as ensemble:
            recorder.version = ensemble.version
            heat(setting, ensemble, setting.scale(12, 1))
            for n in self.chosen(setting, recorder.side):
                if not any(recorder.needs(self.rows[0], op, n) for op in ('get', 'set')):
                    continue
                # Keys of the size before are there already, and refused.
                call(setting, ensemble.hosts, '', ['--op', 'load', '--keys', n, '--size', 128, '--prefix', '/b128'], 400)
                for op in ('get', 'set'):
                    recorder.measure(self.rows[0], lambda n=n, op=op: _run(setting, ensemble, op, 16, 32, keys=n, threads=2, extra=('--no-setup',)), op, n)


class ServersBlock(CurveBlock):
    rows = ('curve-servers',)
    points = (1, 3, 5, 7)
    quick_points = (1, 5)
    their_points = (1, 3, 5, 7)

    def run(self, setting, recorder):
        for n in self.chosen(setting, recorder.side):
            if not any(recorder.needs(self.rows[0], op, n) for op in ('get', 'set')):
                continue
            try:
                with Ensemble(setting, recorder.side, n) as ensemble:
                    recorder.version = ensemble.version
                    heat(setting, ensemble, setting.scale(9, 1))
                    for op in ('get', 'set'):
                        recorder.measure(self.rows[0], lambda op=op: _run(setting, ensemble, op, 16, 32, threads=2), op, n)
            except StepFailed as problem:
                for op in ('get', 'set'):
                    recorder.fail(self.rows[0], problem, op, n)


class TreesBlock(CurveBlock):
    """Named trees are reached by the native client only, so it is ours alone."""
    rows = ('curve-trees',)
    sides = (OURS,)
    points = (1, 2, 4, 8, 16)
    quick_points = (1, 4)

    def run(self, setting, recorder):
        # Creating trees is an administrator's act; this one's ensemble lives for a minute, on loopback.
        digest = base64.b64encode(hashlib.sha1(ADMINISTRATOR.encode()).digest()).decode()
        with Ensemble(setting, recorder.side, 3, env={'SUPER_DIGEST': f'super:{digest}'}) as ensemble:
            recorder.version = ensemble.version
            for n in self.chosen(setting, recorder.side):
                recorder.measure(self.rows[0], lambda n=n: self._measure(setting, ensemble, n), 'set', n)

    @staticmethod
    def _measure(setting, ensemble, n):
        shown = ['--trees', n, '--sessions', 16, '--pipeline', 32, '--warmup', setting.scale(5, 1), '--seconds', setting.scale(3, 1)]
        out = run(['dotnet', setting.benchmarks, 'trees', '--servers', ','.join(f'127.0.0.1:{ensemble.base + 200 + i}' for i in range(1, ensemble.servers + 1)),
                   '--pids', ensemble.pid_list(), '--credentials', ADMINISTRATOR, *shown], 120)
        found = json.loads(out.strip().splitlines()[-1])
        return found, 'bench trees --servers GATEWAYS --pids PIDS ' + ' '.join(str(s) for s in shown)


CURVE_BLOCKS = (SpreadBlock, ChildrenBlock, TreeSizeBlock, ServersBlock, TreesBlock)

"""Rows of the load generator's operations, of watches and of sessions, on one ensemble."""
from .block import Block
from .ensemble import Ensemble
from .process import StepFailed
from .rows import LOADS, WATCHES
from .sessions import connect, weigh
from .zkload import heat, run_load


class LoadBlock(Block):
    def __init__(self, servers):
        self._servers = servers
        self._sessions = f'sessions-{servers}'
        self._watches = [name for name, (_, n) in WATCHES.items() if n == servers]
        self._loads = [load for load in LOADS.values() if load.servers == servers]
        self.rows = (*(load.name for load in self._loads), *self._watches, self._sessions)

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, self._servers) as ensemble:
            recorder.version = ensemble.version
            weighed = None
            if recorder.needs(self._sessions):
                try:
                    weighed = weigh(setting, ensemble)
                except StepFailed as problem:
                    recorder.fail(self._sessions, problem)
            heat(setting, ensemble)
            for load in self._loads:
                # One thread of the generator is not enough for what reads reach.
                threads = 2 if load.op in ('get', 'exists', 'ls', 'mixed:90') and load.pipeline > 1 else 1
                recorder.measure(load.name, lambda load=load, threads=threads: run_load(
                    setting, ensemble, load.op, load.clients, load.pipeline, threads=threads))
            for name in self._watches:
                watchers = setting.scale(WATCHES[name][0], WATCHES[name][0] // 5)
                recorder.measure(name, lambda watchers=watchers: run_load(setting, ensemble, 'watch', watchers, 1, extra=('--timeout', 30_000)))
            if weighed is not None:
                recorder.measure(self._sessions, lambda: connect(setting, ensemble, weighed))

"""The leader is killed or hangs under writes; and it does not change hands without cause."""
import json
import os
import threading
import time

from .block import Block
from .ensemble import OURS, Ensemble, server_facts
from .process import StepFailed, run
from .zkload import call


class FailoverBlock(Block):
    """Calls failover.py, which starts the servers itself. It is done anew for each failure when the leader hangs, for which servers must be fresh."""

    def __init__(self, row, how):
        self.rows, self._how = (row,), how

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, 3) as ensemble:
            recorder.version = ensemble.version
            recorder.measure(self.rows[0], lambda: self._measure(setting, ensemble))

    def _measure(self, setting, ensemble):
        kill = self._how == 'KILL'
        ours = ensemble.side == OURS
        # ZooKeeper takes twenty seconds to notice a hung leader; ours is waited for longer than it needs, too.
        seconds = setting.scale(8, 6) if kill else setting.scale(14 if ours else 35, 10 if ours else 30)
        count = setting.scale(4, 1) if kill else (setting.scale(3, 1) if ours else 1)
        found, gaps = [], []
        out = os.path.join(ensemble.directory, 'failover.jsonl')
        for _ in range(1 if kill else count):
            if found:
                ensemble.close()
                os.makedirs(ensemble.directory)
                ensemble.start()
            shown = ['--tick', setting.tick, '--reps', count if kill else 1, '--seconds', seconds, '--signal', self._how]
            run([os.path.join(setting.bench, 'failover.py'), '--zkload', setting.zkload, '--start', ensemble.script, '--dir', ensemble.directory,
                 '--base', ensemble.base, '--lock', os.path.join(ensemble.directory, 'lock'), '--out', out, '--name', ensemble.side, *shown], count * (seconds + 60) + 60)
            with open(out) as f:
                found = [json.loads(line) for line in f]
            os.remove(out)
            gaps += found
        missed = [g for g in gaps if not g['gap_covers_kill']]
        if not gaps or missed:
            raise StepFailed(f'the longest gap was not that of the failure in {len(missed)} of {len(gaps)} cases')
        values = sorted(g['longest_gap_ms'] for g in gaps)
        return {
            'longest_gap_ms': values[len(values) // 2] if kill else values[-1], 'gaps_ms': [round(v) for v in values], 'acked': sum(g['acked'] for g in gaps),
            'lost_acked': sum(g['lost_acked'] for g in gaps), 'expired': sum(g['expired'] for g in gaps),
        }, 'failover.py ' + ' '.join(str(s) for s in shown)


class Witness(threading.Thread):
    """Asks all servers once a second what they are, and notes every change of the epoch or of who leads."""

    def __init__(self, ensemble):
        super().__init__(daemon=True)
        self._ensemble, self._over = ensemble, threading.Event()
        self.events, self.polls, self.silent = [], 0, 0
        self._known, self._epochs = {}, set()

    def run(self):
        while not self._over.wait(1):
            self.look()

    def look(self):
        for server in range(1, self._ensemble.servers + 1):
            self.polls += 1
            facts = server_facts(self._ensemble.ask(server, timeout=5))
            if facts[0] is None:
                self.silent += 1
                continue
            self._epochs.add(facts[1])
            if self._known.setdefault(server, facts) != facts:
                self.events.append(f'{time.strftime("%H:%M:%S")} server {server}: {self._known[server]} to {facts}')
                self._known[server] = facts

    def elections(self):
        epochs = self._epochs - {None}
        return max(max(epochs, default=0) - min(epochs, default=0), min(1, len(self.events)))

    def stop(self):
        self._over.set()
        self.join()


class SteadyBlock(Block):
    """Full load without any failure: nobody must be elected."""
    rows = ('steady',)
    sides = (OURS,)

    def reps(self, setting):
        return 1

    def run(self, setting, recorder):
        with Ensemble(setting, recorder.side, 3) as ensemble:
            recorder.version = ensemble.version
            recorder.measure('steady', lambda: self._measure(setting, ensemble))

    @staticmethod
    def _measure(setting, ensemble):
        total, part = setting.scale(600, 6), setting.scale(60, 2)
        witness = Witness(ensemble)
        witness.look()
        witness.start()
        ops, loaded, errors = 0, 0.0, {}
        try:
            # None of these leaves anything to clean up, so that the load goes on without a pause.
            kinds = ('set', 'mixed:50', 'multi', 'ephemeral', 'set:4096')
            for i in range(1000):
                if loaded >= total:
                    break
                op, _, size = kinds[i % len(kinds)].partition(':') if kinds[i % len(kinds)].startswith('set') else (kinds[i % len(kinds)], '', '')
                found, _ = call(setting, ensemble.hosts, ensemble.pid_list(), [
                    '--spread', '--op', op, '--clients', 16, '--pipeline', 32, '--size', size or 128, '--keys', 10_000, '--warmup', 0, '--seconds', part,
                    '--prefix', f'/steady{size}'], part + 90)
                ops, loaded = ops + found['ops'], loaded + found['seconds']
                for k, v in (found.get('errors') or {}).items():
                    errors[k] = errors.get(k, 0) + v
        finally:
            witness.stop()
        witness.look()
        kept = {'elections': witness.elections(), 'events': witness.events[:20], 'ops_s': ops / loaded, 'seconds': loaded, 'polls': witness.polls, 'silent_polls': witness.silent}
        return ({**kept, 'errors': errors} if errors else kept), f'zkload --spread --engine raw --op {"|".join(kinds)} --clients 16 --pipeline 32, {part} s each in turn, {total} s'

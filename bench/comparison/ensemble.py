"""Servers of one side, started by a script with the load generator's calling convention: N BASEPORT DIR [TICKMS] [CONFIG_LINE...]."""
import os
import re
import shutil
import signal
import socket
import time

from .process import StepFailed, run

OURS, THEIRS = 'grainkeeper', 'zookeeper'


def _command_line(pid):
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as f:
            return f.read().replace(b'\0', b' ').decode(errors='replace')
    except OSError:
        return ''


def processes_under(directory):
    """Processes whose command line names a file in a directory of ours, whatever became of their pid files."""
    mark = directory.rstrip('/') + '/'
    return [int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid() and mark in _command_line(p)]


def is_running(pid):
    """Whether any of its threads lives: the first one may be gone while others still hold the process's sockets."""
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{task}/stat') as f:
                if f.read().rpartition(')')[2].split()[0] not in 'ZX':
                    return True
    except OSError:
        return os.path.exists(f'/proc/{pid}/task')
    return False


def memory_kb(pid, field='VmRSS'):
    try:
        with open(f'/proc/{pid}/status') as f:
            for line in f:
                if line.startswith(field + ':'):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Ensemble:
    """Stops its servers and removes their data when the with statement ends, however it ends."""

    def __init__(self, setting, side, servers, tick=2000, lines=(), env=None):
        self.side, self.servers, self.tick, self.lines, self.env = side, servers, tick, tuple(lines), dict(env or {})
        self.script = setting.start_scripts[side]
        # Ports and directories of their own, so that nothing of one side is in the way of the other.
        self.base = setting.base + (0 if side == OURS else 20)
        self.directory = os.path.join(setting.directory, f'{side}-{os.getpid()}-{time.monotonic_ns() % 1_000_000_000}')
        self.pids, self.hosts, self.version = [], '', ''

    def __enter__(self):
        os.makedirs(self.directory)
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, wait=True, lines=None, timeout=150):
        """Starts the servers that are down. New configuration lines hold for those."""
        if lines is not None:
            self.lines = tuple(lines)
        # JSON lines on standard output of the scripts would be lost; their last line is PIDS=… HOSTS=…
        out = run([self.script, self.servers, self.base, self.directory, self.tick, *self.lines], timeout, env={**self.env, 'NOWAIT': '' if wait else '1'})
        found = re.search(r'PIDS=(\S+) HOSTS=(\S+)', out)
        if not found:
            raise StepFailed(f'{self.script} printed no PIDS and HOSTS: {out[-200:]}')
        self.pids, self.hosts = [int(p) for p in found[1].split(',')], found[2]
        if wait and not self.version:
            self.version = self.ask(1, 'srvr').splitlines()[0].partition(':')[2].strip() or 'unknown'

    def ask(self, server, word='srvr', timeout=2):
        """What a server answers to a four-letter word; nothing when it does not answer in time."""
        try:
            with socket.create_connection(('127.0.0.1', self.base + server - 1), timeout) as s:
                s.settimeout(timeout)
                s.sendall(word.encode())
                parts = []
                while part := s.recv(65536):
                    parts.append(part)
                return b''.join(parts).decode(errors='replace')
        except OSError:
            return ''

    def rss_kb(self):
        return [memory_kb(p) for p in self.pids]

    def pid_list(self):
        return ','.join(str(p) for p in self.pids)

    def data(self, server=1):
        return os.path.join(self.directory, str(server), 'data')

    def kill(self):
        """Ends all servers as a crash would; their data stays."""
        self._end(signal.SIGKILL)
        for i in range(1, self.servers + 1):
            pid_file = os.path.join(self.directory, str(i), 'pid')
            if os.path.exists(pid_file):
                os.remove(pid_file)

    def _end(self, how):
        left = set(processes_under(self.directory))
        self._signal(left, how)
        deadline = time.monotonic() + 15
        # A process that is ending has lost its command line before it closes its sockets: it is waited for by its number.
        while left := {p for p in left if is_running(p)} | set(processes_under(self.directory)):
            if time.monotonic() > deadline:
                self._signal(left, signal.SIGKILL)
            time.sleep(0.02)

    @staticmethod
    def _signal(pids, how):
        for pid in pids:
            for number in (how, signal.SIGCONT):  # a stopped process takes a signal only when it goes on
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def close(self):
        self._end(signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)


def server_facts(text):
    """Mode and epoch out of an answer to srvr, ours or ZooKeeper's."""
    facts = dict(line.split(': ', 1) for line in text.splitlines() if ': ' in line)
    return facts.get('Mode'), (int(facts['Zxid'], 16) >> 32 if 'Zxid' in facts else None)

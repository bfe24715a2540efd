"""Reconfigurations of an ensemble of real processes under writes: PROGRAM DIRECTORY FIRST_PORT.

Says "ok reconfig" at the end; anything else is a failure. Ends the servers it started, which also end by themselves with their standard input.
"""
import base64
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import (BadArgumentsError, BadVersionError, ConnectionLoss, KazooException, NewConfigNoQuorumError, NoAuthError)

PROGRAM, DIRECTORY, FIRST = sys.argv[1], sys.argv[2], int(sys.argv[3])
SUPER = 'super:' + base64.b64encode(hashlib.sha1(b'super:secret').digest()).decode()
SETTINGS = ['tickTime=1000', 'syncTimeout=8000', 'clusterId=reconfig', 'secret=the secret of this test', 'admin.enableServer=false',
            '4lw.commands.whitelist=*', 'maxClientCnxns=0', 'reconfigEnabled=true', 'DigestAuthenticationProvider.superDigest=' + SUPER]
running = {}


def client_port(n):
    return FIRST + n


def line(n, role='participant'):
    return 'server.%d=127.0.0.1:%d:%d:%s;127.0.0.1:%d' % (n, FIRST + 10 + n, FIRST + 20 + n, role, client_port(n))


def configure(n, others, role='participant'):
    os.makedirs('%s/%d' % (DIRECTORY, n), exist_ok=True)
    lines = SETTINGS + ['dataDir=%s/%d/data' % (DIRECTORY, n)] + [line(o) for o in others] + [line(n, role)]
    with open('%s/%d/zoo.cfg' % (DIRECTORY, n), 'w') as file:
        file.write('\n'.join(lines) + '\n')


def start(*servers):
    for n in servers:
        log = open('%s/%d/log' % (DIRECTORY, n), 'a')
        running[n] = subprocess.Popen(
            ['dotnet', PROGRAM, 'serve', '--supervised', '--id', str(n), '--config', '%s/%d/zoo.cfg' % (DIRECTORY, n), '--log-level', 'Information'],
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)


def kill(*servers):
    for n in servers:
        process = running.pop(n)
        process.kill()
        process.wait()


def mode(n):
    try:
        with socket.create_connection(('127.0.0.1', client_port(n)), 2) as connection:
            connection.sendall(b'srvr')
            answer = connection.makefile().read()
    except OSError:
        return None
    return next((text[6:] for text in answer.splitlines() if text.startswith('Mode: ')), None)


def modes():
    return {n: mode(n) for n in sorted(running)}


def find(wanted, servers=None):
    """A server with a mode: at once, or when an election that is under way has ended."""
    found = []

    def look():
        found[:] = [n for n in servers or sorted(running) if mode(n) == wanted]
        return found
    until(look, 'there is a ' + wanted)
    return found[0]


def until(condition, what, seconds=120):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            raise AssertionError('waited in vain until %s: %s' % (what, modes()))
        time.sleep(0.1)


def hosts(servers):
    return ','.join('127.0.0.1:%d' % client_port(n) for n in servers)


def connect(servers, auth=True):
    client = KazooClient(hosts=hosts(servers), timeout=10, connection_retry={'max_tries': -1, 'max_delay': 1.0}, command_retry={'max_tries': -1})
    client.start(90)
    if auth:
        client.add_auth('digest', 'super:secret')
    return client


def refused(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError('%s was not raised' % error.__name__)


def change(client, **kwargs):
    arguments = dict(dict(joining=None, leaving=None, new_members=None), **kwargs)
    while True:
        try:
            return client.reconfig(**arguments)
        except ConnectionLoss:
            # A server that loses its leader closes its connections: whether the change is made, the version tells.
            client.retry(client.sync, '/zookeeper/config')
            text, stat = client.retry(client.get, '/zookeeper/config')
            if stat.mzxid > kwargs.get('from_config', stat.mzxid):
                return text, stat


class Writers:
    """Each creates one node after another; what was acknowledged must stay."""

    def __init__(self, count):
        self.acknowledged = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def write(self, number):
        client = connect((1, 2, 3, 4, 5), auth=False)
        count = 0
        while not self.stopping.is_set():
            path = '/w%d-%d' % (number, count)
            count += 1
            try:
                client.create(path, path.encode())
                self.acknowledged.append(path)
            except (KazooException, OSError):
                self.stopping.wait(0.02)
        client.stop()

    def go_on(self):
        goal = len(self.acknowledged) + 20
        until(lambda: len(self.acknowledged) >= goal, 'writes go on')

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def zk_cli(server, *commands):
    run = subprocess.run(
        ['/usr/share/zookeeper/bin/zkCli.sh', '-server', hosts([server])], input='\n'.join(commands + ('quit', '')), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True, timeout=180, env=dict(os.environ, CLIENT_JVMFLAGS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'))
    return run.stdout


def scenario():
    for n in (1, 2, 3):
        configure(n, [o for o in (1, 2, 3) if o != n])
    start(1, 2, 3)
    until(lambda: sorted(filter(None, modes().values())) == ['follower', 'follower', 'leader'], 'three serve')
    client = connect((1, 2, 3))
    _, stat = client.get('/zookeeper/config')

    # A server that joins follows before it belongs: as an observer of the ensemble, or as a participant in its own eyes.
    configure(4, (1, 2, 3), 'observer')
    configure(5, (1, 2, 3, 4))
    start(4, 5)
    until(lambda: mode(4) == 'observer' and mode(5) is not None, 'the new ones follow')

    refused(NoAuthError, change, connect((1,), auth=False), joining=line(4))
    refused(BadVersionError, change, client, joining=line(4), from_config=5)
    refused(BadArgumentsError, change, client, joining='server.4=x')
    refused(BadArgumentsError, change, client, joining=line(1).replace('127.0.0.1', 'localhost', 1))
    refused(NewConfigNoQuorumError, change, client, joining=','.join(line(n) for n in range(6, 10)))

    writers = Writers(3)
    writers.go_on()
    heard = []
    watcher = connect((4,), auth=False)
    watcher.get('/zookeeper/config', watch=heard.append)
    text, stat = change(client, joining=line(4) + ',' + line(5), from_config=stat.mzxid)
    assert text.decode().splitlines() == [line(n) for n in (1, 2, 3, 4, 5)] + ['version=%x' % stat.mzxid], text
    until(lambda: [e.type for e in heard] == ['CHANGED'], 'the watch fires')
    watcher.stop()
    until(lambda: sorted(filter(None, modes().values())) == ['follower'] * 4 + ['leader'], 'five vote')
    writers.go_on()

    # Five vote, so two may die.
    old = find('leader')
    dead = [n for n in (1, 2, 3) if n != old][:2]
    kill(*dead)
    until(lambda: 'leader' in modes().values(), 'the new ones count')
    writers.go_on()
    start(*dead)
    until(lambda: None not in modes().values(), 'all are back')

    leader = find('leader')
    text, stat = change(client, leaving=str(leader), from_config=stat.mzxid)
    until(lambda: 'leader' in [m for n, m in modes().items() if n != leader] and mode(leader) == 'observer', 'another leads and the removed one follows')
    writers.go_on()
    kill(leader)
    left = sorted(running)

    follower = find('follower', left)
    text, stat = change(client, joining=line(follower, 'observer'), from_config=stat.mzxid)
    until(lambda: mode(follower) == 'observer', 'it observes')
    said = zk_cli(left[0], 'addauth digest super:secret', 'reconfig -add ' + line(follower), 'config', 'reconfig -remove ' + str(leader), 'reconfig -v 7 -remove 1')
    assert 'Committed new configuration:' in said and line(follower) in said and ('BadVersion' in said or 'version No is not valid' in said), said
    until(lambda: mode(follower) == 'follower', 'it follows again')
    writers.go_on()
    writers.stop()

    # All start again with their first files: what counts is the last reconfiguration.
    client.retry(client.sync, '/zookeeper/config')
    expected, _ = client.retry(client.get, '/zookeeper/config')
    client.stop()
    kill(*left)
    start(*left)
    until(lambda: sorted(filter(None, modes().values())) == ['follower'] * 3 + ['leader'], 'four are an ensemble again')
    client = connect(left)
    assert client.get('/zookeeper/config')[0] == expected, (client.get('/zookeeper/config')[0], expected)
    missing = [p for p in writers.acknowledged if client.get(p)[0] != p.encode()]
    assert not missing, missing

    # The removed one with its old files comes back as a learner, and is no voice: two of four voters and it are no quorum.
    start(leader)
    until(lambda: mode(leader) == 'observer', 'the removed one is back')
    members = [line(n) for n in left]
    text, stat = change(client, new_members=','.join(members))
    assert text.decode().splitlines() == members + ['version=%x' % stat.mzxid], text
    client.stop()
    leader = find('leader')
    kill(*[n for n in left if n != leader][:2])
    until(lambda: not any(modes().values()), 'nobody serves')
    print('%d writes acknowledged' % len(writers.acknowledged))
    print('ok reconfig')


def end():
    for n in list(running):
        kill(n)


if __name__ == '__main__':
    try:
        scenario()
    except BaseException as error:
        print('failed: %r, servers %r' % (error, modes()), flush=True)
        for n in range(1, 6):
            if os.path.exists('%s/%d/log' % (DIRECTORY, n)):
                print('== server %d' % n)
                print(''.join(open('%s/%d/log' % (DIRECTORY, n)).readlines()[-60:]))
        end()
        os._exit(1)
    end()
    os._exit(0)

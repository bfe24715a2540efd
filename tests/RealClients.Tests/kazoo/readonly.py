#!/usr/bin/env python3
"""A kazoo client without and with read_only=True while an ensemble has lost its quorum, and after it has come back.

    readonly.py HOSTS PATH     (of HOSTS only one server runs; PATH exists and holds "data")

Says "READ-ONLY" when all is as it should be without a quorum, waits for a line on its standard input that says that the quorum is back, and says "ok" once it may write.
"""
import sys
import time

from kazoo import exceptions as errors
from kazoo.client import KazooClient, KeeperState
from kazoo.handlers.threading import KazooTimeoutError

DEADLINE = 90.0


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError('not within %.0f s: %s' % (DEADLINE, what))


def refused(call, error):
    try:
        call()
    except error:
        return
    raise AssertionError(error.__name__ + ' expected')


def main(hosts, path):
    ordinary = KazooClient(hosts=hosts, timeout=4.0)
    refused(lambda: ordinary.start(timeout=6), KazooTimeoutError)
    ordinary.stop()
    ordinary.close()

    client = KazooClient(hosts=hosts, timeout=6.0, read_only=True)
    client.start(timeout=DEADLINE)
    assert client.client_state == KeeperState.CONNECTED_RO, client.client_state
    assert client.get(path)[0] == b'data'
    assert path[1:] in client.get_children('/')
    assert client.exists(path + '/none') is None
    for call in (lambda: client.set(path, b'x'), lambda: client.create(path + '/x', b''), lambda: client.delete(path), lambda: client.sync(path)):
        refused(call, errors.NotReadOnlyCallError)
    assert client.get(path)[0] == b'data', 'a refused write changes nothing, and the connection goes on'
    print('READ-ONLY', flush=True)
    assert sys.stdin.readline().strip() == 'back'

    wait_for(lambda: client.client_state == KeeperState.CONNECTED, 'the client is at a server that takes writes')
    client.retry(client.set, path, b'written')
    assert client.retry(client.get, path)[0] == b'written'
    client.stop()
    print('ok', flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])

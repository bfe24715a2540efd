/* An application of ZooKeeper's C client: connects below a chroot, watches, runs a multi, keeps an ephemeral over the death of its server.
   "KILL host:port" on standard output asks for that death, a line on standard input says that it has happened. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

static volatile int connected, changed, child_changed;

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                       \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

static void on_session(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)path, (void)context;
    if (type == ZOO_SESSION_EVENT) {
        connected = state == ZOO_CONNECTED_STATE;
    }
}

static void on_data(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)state;
    if (type == ZOO_CHANGED_EVENT && strcmp(path, (const char *)context) == 0) {
        changed++;
    }
}

static void on_child(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)state, (void)context;
    if (type == ZOO_CHILD_EVENT && strcmp(path, "/app") == 0) {
        child_changed++;
    }
}

static int until(volatile int *what) {
    for (int i = 0; i < 6000 && !*what; i++) {
        usleep(5000);
    }
    return *what;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *outside = zookeeper_init(argv[1], on_session, 10000, NULL, NULL, 0);
    CHECK(outside && until(&connected));
    char made[200];
    CHECK(zoo_create(outside, argv[2], "root", 4, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made) == ZOK);
    CHECK(strcmp(made, argv[2]) == 0);

    connected = 0;
    char hosts[400];
    snprintf(hosts, sizeof hosts, "%s%s", argv[1], argv[2]);
    zhandle_t *zh = zookeeper_init(hosts, on_session, 30000, NULL, NULL, 0);
    CHECK(zh && until(&connected));
    struct Stat stat;
    char data[100];
    int length = sizeof data;
    CHECK(zoo_create2(zh, "/app", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made, &stat) == ZOK);
    CHECK(strcmp(made, "/app") == 0 && stat.version == 0 && stat.dataLength == 3);
    CHECK(zoo_get(outside, "/", 0, data, &length, &stat) == ZOK);

    length = sizeof data;
    CHECK(zoo_wget(zh, "/app", on_data, "/app", data, &length, &stat) == ZOK);
    CHECK(length == 3 && memcmp(data, "one", 3) == 0);
    struct String_vector names;
    CHECK(zoo_wget_children(zh, "/app", on_child, NULL, &names) == ZOK && names.count == 0);
    CHECK(zoo_set(zh, "/app", "two", 3, 0) == ZOK && until(&changed));
    CHECK(zoo_set(zh, "/app", "two", 3, 0) == ZBADVERSION);

    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    char first[100];
    struct Stat set;
    zoo_create_op_init(&ops[0], "/app/n-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, first, sizeof first);
    zoo_set_op_init(&ops[1], "/app", "three", 5, 1, &set);
    zoo_check_op_init(&ops[2], "/app", 2);
    CHECK(zoo_multi(zh, 3, ops, results) == ZOK);
    CHECK(strcmp(first, "/app/n-0000000000") == 0 && set.version == 2 && until(&child_changed));
    zoo_delete_op_init(&ops[0], "/app/n-0000000000", -1);
    zoo_check_op_init(&ops[1], "/app", 77);
    CHECK(zoo_multi(zh, 2, ops, results) == ZBADVERSION);
    CHECK(results[0].err == ZOK && results[1].err == ZBADVERSION);
    CHECK(zoo_exists(zh, "/app/n-0000000000", 0, &stat) == ZOK);

    CHECK(zoo_create(zh, "/app/mine", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, made, sizeof made) == ZOK);
    CHECK(zoo_create(zh, "/app/mine/child", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made) == ZNOCHILDRENFOREPHEMERALS);
    CHECK(zoo_add_auth(zh, "digest", "user:password", 13, NULL, NULL) == ZOK);
    CHECK(zoo_create(zh, "/app/secret", "s", 1, &ZOO_CREATOR_ALL_ACL, 0, made, sizeof made) == ZOK);
    length = sizeof data;
    char full[300];
    snprintf(full, sizeof full, "%s/app/secret", argv[2]);
    int code = ZNONODE;
    for (int i = 0; i < 6000 && code == ZNONODE; i++) {
        /* The other session's server may hear of the node a little later. */
        length = sizeof data;
        code = zoo_get(outside, full, 0, data, &length, &stat);
        if (code == ZNONODE) {
            usleep(5000);
        }
    }
    CHECK(code == ZNOAUTH);

    changed = 0;
    length = sizeof data;
    CHECK(zoo_wget(zh, "/app", on_data, "/app", data, &length, &stat) == ZOK);
    int64_t session = zoo_client_id(zh)->client_id;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    CHECK(zookeeper_get_connected_host(zh, (struct sockaddr *)&peer, &size) != NULL);
    printf("KILL 127.0.0.1:%d\n", ntohs(peer.sin_port));
    fflush(stdout);
    CHECK(fgets(data, sizeof data, stdin));
    code = ZCONNECTIONLOSS;
    for (int i = 0; i < 600 && code != ZOK; i++) {
        length = sizeof data;
        code = zoo_get(zh, "/app/secret", 0, data, &length, &stat);
        if (code != ZOK) {
            usleep(100000);
        }
    }
    CHECK(code == ZOK && zoo_client_id(zh)->client_id == session);
    do {
        code = zoo_exists(zh, "/app/mine", 0, &stat);
    } while (code == ZCONNECTIONLOSS);
    CHECK(code == ZOK && stat.ephemeralOwner == session);
    do {
        code = zoo_set(zh, "/app", "four", 4, -1);
    } while (code == ZCONNECTIONLOSS);
    CHECK(code == ZOK && until(&changed));
    CHECK(zookeeper_close(zh) == ZOK);
    snprintf(full, sizeof full, "%s/app/mine", argv[2]);
    code = ZOK;
    for (int i = 0; i < 6000 && code != ZNONODE; i++) {
        /* Another server may hear of the end a little later. */
        code = zoo_exists(outside, full, 0, &stat);
        usleep(5000);
    }
    CHECK(code == ZNONODE);
    zookeeper_close(outside);
    printf("ok\n");
    return 0;
}

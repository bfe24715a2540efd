namespace GrainKeeper.Silo.Configuration;

/// <summary>Keys of ZooKeeper that are taken without effect, with what holds here and what to do instead. In the order of docs/configuration.md.</summary>
/// <param name="Holds">What holds here, whatever the value.</param>
/// <param name="Instead">What an operator does who wants what the key says.</param>
/// <param name="Keys">The keys, system properties that say the same included.</param>
internal sealed record ForeignKeys(string Holds, string Instead, params IReadOnlyList<string> Keys)
{
    private const string Nothing = "nothing needs to be done";

    /// <summary>Those that concern clients.</summary>
    public static readonly IReadOnlyList<ForeignKeys> OfClients =
    [
        new("every session is known to all servers", Nothing, "localSessionsEnabled", "localSessionsUpgradingEnabled"),
        new("new connections are not rationed in time, but bounded in number", "set maxClientCnxns and maxCnxns",
            "connectionMaxTokens", "connectionTokenFillTime", "connectionTokenFillCount", "connectionFreezeTime", "connectionDropIncrease", "connectionDropDecrease", "connectionDecreaseRatio",
            "connection_throttle_tokens", "connection_throttle_fill_time", "connection_throttle_fill_count", "connection_throttle_freeze_time", "connection_throttle_drop_increase",
            "connection_throttle_drop_decrease", "connection_throttle_decrease_ratio", "connection_throttle_weight_enabled", "connection_throttle_global_session_weight",
            "connection_throttle_local_session_weight", "connection_throttle_renew_session_weight"),
        new("at most 5,000 connections may be without a session at a time", "set maxClientCnxns and maxCnxns",
            "outstandingHandshake.limit", "netty.server.outstandingHandshake.limit", "netty.server.earlyDropSecureConnectionHandshakes"),
        new("a server reads no more while globalOutstandingLimit requests are under way", "set globalOutstandingLimit",
            "requestThrottleLimit", "requestThrottleStallTime", "requestThrottleDropStale", "requestStaleLatencyCheck", "requestStaleConnectionCheck", "throttledOpWaitTime",
            "request_throttle_max_requests", "request_throttle_stall_time", "request_throttle_drop_stale", "request_stale_latency_check", "request_stale_connection_check",
            "request_throttler.shutdownTimeout", "throttled_op_wait_time"),
        new("the bytes of requests that wait are bounded, of one connection and of all", "lower jute.maxbuffer to refuse large requests", "largeRequestMaxBytes", "largeRequestThreshold"),
        new("only what the client sent counts against jute.maxbuffer", Nothing, "jute.maxbuffer.extrasize"),
        new("nothing is read from a client that does not take its answers", Nothing, "advancedFlowControlEnabled", "netty.advancedFlowControl.enabled"),
        new("one server program serves all ports, with TLS and without", "set secureClientPort for TLS", "serverCnxnFactory", "nio.numSelectorThreads", "nio.numWorkerThreads"),
        new("512 connections may wait to be accepted", "net.core.somaxconn bounds them, too", "clientPortListenBacklog"),
        new("a client that is gone without a word loses its connection with its session", Nothing, "clientTcpKeepAlive"),
        new("a port speaks with TLS or without", "set both clientPort and secureClientPort", "client.portUnification"),
        new("the leader checks ACLs, in the order of all changes", Nothing, "enableEagerACLCheck"),
        new("answers are made from memory and not kept", Nothing, "maxResponseCacheSize", "maxGetChildrenResponseCacheSize"),
        new("there is one kind of watch table, and watches go with their connection", Nothing,
            "watchManagerName", "watcherCleanThreadsNum", "watcherCleanThreshold", "watcherCleanIntervalInSeconds", "maxInProcessingDeadWatchers", "bitHashCacheSize"),
        new("a container that never had a child stays, as by default in ZooKeeper", "delete such containers", "znode.container.maxNeverUsedIntervalMs"),
        new("TTL nodes are those of 3.5.4 and later", "create those of 3.5.3 anew", "emulate353TTLNodes"),
        new("clients are not made to authenticate", "protect nodes by ACLs, and the port by ssl.clientAuth=need on secureClientPort",
            "enforce.auth.enabled", "enforce.auth.schemes", "sessionRequireClientSASLAuth", "requireClientAuthScheme", "allowSaslFailedClients"),
        new("the schemes are world, ip, digest and x509", "use digest, or client certificates", "authProvider", "authProvider.1", "authProvider.sasl", "ssl.authProvider"),
        new("there is no SASL", "set DigestAuthenticationProvider.superDigest or X509AuthenticationProvider.superUser", "superUser"),
        new("there is no SASL", "use client certificates", "kerberos.removeHostFromPrincipal", "kerberos.removeRealmFromPrincipal", "kerberos.canonicalizeHostNames"),
        new("the scheme ensemble is refused", "keep ensembles apart by ports and firewalls", "ensembleAuthName"),
        new("digest is always known as a scheme", "give no digest a right in any ACL", "DigestAuthenticationProvider.enabled"),
        new("digests are SHA-1", "set ACLs and superDigest anew where theirs come from another algorithm", "DigestAuthenticationProvider.digestAlg"),
        new("the audit log is the log category GrainKeeper.Audit", "send that category where it shall go", "audit.impl.class"),
        new("files are PEM or PKCS#12, whichever they turn out to be", "convert JKS: keytool -importkeystore -deststoretype pkcs12",
            "ssl.keyStore.type", "ssl.trustStore.type", "ssl.quorum.keyStore.type", "ssl.quorum.trustStore.type"),
        new("versions and ciphers of TLS are what the system allows", "set MinProtocol and CipherString in openssl.cnf",
            "ssl.protocol", "ssl.enabledProtocols", "ssl.ciphersuites", "ssl.context.supplier.class", "ssl.quorum.protocol", "ssl.quorum.enabledProtocols", "ssl.quorum.ciphersuites",
            "ssl.quorum.context.supplier.class", "fips-mode"),
        new("a client's certificate must come from a trusted authority, and need not name its host", "name subjects in ACLs (x509)",
            "ssl.hostnameVerification", "ssl.clientHostnameVerification", "ssl.allowReverseDnsLookup", "ssl.quorum.allowReverseDnsLookup"),
        new("revocation of certificates is not checked", "give short-lived certificates, or exchange the authorities", "ssl.crl", "ssl.ocsp", "ssl.quorum.crl", "ssl.quorum.ocsp"),
        new("handshakes have nio.sessionlessCnxnTimeout", "set nio.sessionlessCnxnTimeout", "ssl.handshakeDetectionTimeoutMillis", "ssl.quorum.handshakeDetectionTimeoutMillis"),
        new("certificates are read at the start", "restart the servers one after another when they have changed", "client.certReload", "sslQuorumReloadCertFiles"),
    ];

    /// <summary>Those of ZooKeeper's own machinery.</summary>
    public static readonly IReadOnlyList<ForeignKeys> OfServers =
    [
        new("servers do not speak SASL to each other", "use secretFile and sslQuorum",
            "quorum.auth.enableSasl", "quorum.auth.learnerRequireSasl", "quorum.auth.serverRequireSasl", "quorum.auth.kerberos.servicePrincipal",
            "quorum.auth.server.loginContext", "quorum.auth.learner.loginContext"),
        new("both ends of a connection between servers show a certificate", Nothing, "ssl.quorum.clientAuth"),
        new("silo ports speak with TLS or without", "stop all servers, set sslQuorum on all, start them", "portUnification"),
        new("transactions are always forced to disk before they are acknowledged", Nothing, "forceSync"),
        new("a flush of the log takes what waits, and waits for nothing", Nothing, "flushDelay", "maxWriteQueuePollTime", "maxBatchSize"),
        new("the log's files have a fixed size, and snapshots follow the number of transactions", "set log.segmentBytes and snapCount", "preAllocSize", "snapSizeLimitInKb", "txnLogSizeLimitInKb"),
        new("snapshots are not compressed, and an empty directory is taken as one of a new server", Nothing, "snapshot.compression.method", "snapshot.trust.empty"),
        new("observers keep logs and snapshots, too", Nothing, "syncEnabled", "observer.syncEnabled"),
        new("data is protected by checksums", Nothing, "digest.enabled"),
        new("slow flushes show in the meter GrainKeeper", Nothing, "fsync.warningthresholdms"),
        new("the version and the first server list are not settings", Nothing, "initialConfig", "version"),
        new("the server list is the configuration file's", "see docs/operations.md", "standaloneEnabled"),
        new("a server line has one address", "use an address that moves with the server", "multiAddress.enabled", "multiAddress.reachabilityCheckEnabled", "multiAddress.reachabilityCheckTimeoutMs"),
        new("every server serves clients, the leader too", "leave the leader out of clients' connect strings", "leaderServes"),
        new("timeouts between servers are syncTimeout and initTimeout", "set these",
            "cnxTimeout", "quorumCnxnTimeoutMs", "quorum.cnxn.threads.size", "maxTimeToWaitForEpoch", "connectToLearnerMasterLimit", "leaderConnectDelayDuringRetryMs", "electionPortBindRetry", "tcpKeepAlive"),
        new("observers follow the leader itself", Nothing, "observerMasterPort", "observer.reconnectDelayMs", "observer.election.DelayMs", "follower.skipLearnerRequestToNextProcessor"),
        new("this is how the servers here work by themselves, or does not apply", Nothing,
            "commitProcessor.numWorkerThreads", "commitProcessor.maxReadBatchSize", "commitProcessor.maxCommitBatchSize", "learner.closeSocketAsync", "leader.closeSocketAsync", "learner.asyncSending",
            "forward_learner_requests_to_commit_processor_disabled", "maxConcurrentSnapSyncs", "maxConcurrentDiffSyncs", "leader.maxConcurrentSnapSyncs", "leader.maxConcurrentDiffSyncs",
            "messageTracker.BufferSize", "messageTracker.Enabled"),
        new("no port is opened for administration over HTTP", "use gk status and four-letter words", "admin.commandURL", "admin.idleTimeout", "admin.forceHttps", "admin.portUnification"),
        new("figures are those of mntr and of the meter GrainKeeper", "export the meter from a host of your own",
            "metricsProvider.className", "metricsProvider.httpHost", "metricsProvider.httpPort", "metricsProvider.exportJvmInfo", "metricsProvider.numWorkerThreads", "metricsProvider.maxQueueSize",
            "metricsProvider.workerShutdownTimeoutMs"),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<ForeignKeys> All => OfClients.Concat(OfServers);
}

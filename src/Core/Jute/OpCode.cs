namespace GrainKeeper.Core.Jute;

/// <summary>ZooKeeper's operation codes (ZooDefs.OpCode), on the wire and as transaction types, below −20 a few of our own that are never on the wire, and from 10,001 on our own requests.</summary>
public enum OpCode
{
    /// <summary>In a transaction: a failed request that used up a zxid.</summary>
    Error = -1,

    /// <summary>GrainKeeper's own, in a transaction only: nothing, to be followed by what it is waited for.</summary>
    CommitBarrier = -24,

    /// <summary>GrainKeeper's own, in a transaction only: a tree carries out a prepared transaction, whose operations follow, or frees what it holds.</summary>
    CommitFinish = -23,

    /// <summary>GrainKeeper's own, in a transaction only: the records of a party of an atomic commit are removed.</summary>
    CommitForget = -22,

    /// <summary>GrainKeeper's own, in a transaction only: a party of an atomic commit writes a record.</summary>
    CommitRecord = -21,

    /// <summary>Internal: a session is closed.</summary>
    CloseSession = -11,

    /// <summary>Internal: a session is created.</summary>
    CreateSession = -10,

    /// <summary>ConnectRequest after a session exists; never sent by clients.</summary>
    Notification = 0,

    /// <summary>Create a node; answers its path.</summary>
    Create = 1,

    /// <summary>Delete a node.</summary>
    Delete = 2,

    /// <summary>Stat of a node.</summary>
    Exists = 3,

    /// <summary>Data of a node.</summary>
    GetData = 4,

    /// <summary>Replace the data of a node.</summary>
    SetData = 5,

    /// <summary>ACL of a node.</summary>
    GetAcl = 6,

    /// <summary>Replace the ACL of a node.</summary>
    SetAcl = 7,

    /// <summary>Names of children.</summary>
    GetChildren = 8,

    /// <summary>Flush the way from the leader to this server.</summary>
    Sync = 9,

    /// <summary>Keep the session alive.</summary>
    Ping = 11,

    /// <summary>Names of children and the node's stat.</summary>
    GetChildren2 = 12,

    /// <summary>Check a version; only within a multi.</summary>
    Check = 13,

    /// <summary>Several changes at once.</summary>
    Multi = 14,

    /// <summary>Create a node; answers its path and stat.</summary>
    Create2 = 15,

    /// <summary>Change the configuration.</summary>
    Reconfig = 16,

    /// <summary>Is there a watch?</summary>
    CheckWatches = 17,

    /// <summary>Remove watches.</summary>
    RemoveWatches = 18,

    /// <summary>Create a container.</summary>
    CreateContainer = 19,

    /// <summary>Internal: delete an empty container or an expired TTL node.</summary>
    DeleteContainer = 20,

    /// <summary>Create a node with a time to live.</summary>
    CreateTtl = 21,

    /// <summary>Several reads at once.</summary>
    MultiRead = 22,

    /// <summary>Authenticate.</summary>
    Auth = 100,

    /// <summary>Watches of a reconnecting client.</summary>
    SetWatches = 101,

    /// <summary>SASL token.</summary>
    Sasl = 102,

    /// <summary>The session's own ephemerals.</summary>
    GetEphemerals = 103,

    /// <summary>Number of all descendants.</summary>
    GetAllChildrenNumber = 104,

    /// <summary>Watches of a reconnecting client, persistent ones too.</summary>
    SetWatches2 = 105,

    /// <summary>Add a persistent watch.</summary>
    AddWatch = 106,

    /// <summary>The identities of the connection.</summary>
    WhoAmI = 107,

    /// <summary>GrainKeeper's own: persistent watches, with the events since a transaction.</summary>
    ResumeWatches = 10_001,

    /// <summary>GrainKeeper's own: names of children in order, from one on, a limited number.</summary>
    GetChildrenPage = 10_002,

    /// <summary>GrainKeeper's own: paths below a node in order, from one on, a limited number.</summary>
    GetSubtreePage = 10_003,

    /// <summary>GrainKeeper's own: all of a node: data, ACL, stat, kind, time to live.</summary>
    GetNode = 10_004,
}

namespace GrainKeeper.Core.Tree;

/// <summary>One line of an ACL: who may do what.</summary>
/// <param name="Permissions">What is allowed.</param>
/// <param name="Scheme">How the identity was proven: <c>world</c>, <c>digest</c>, <c>ip</c>, …</param>
/// <param name="Id">The identity within the scheme, for example <c>anyone</c>.</param>
public readonly record struct AclEntry(Permissions Permissions, string Scheme, string Id);

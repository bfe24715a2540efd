namespace GrainKeeper.Core.Quorum;

/// <summary>One server as a configuration knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Role">Whether it votes.</param>
/// <param name="Weight">Its weight, 0 or more; a participant of weight 0 neither counts nor leads. ZooKeeper's <c>weight.N</c>, default 1.</param>
/// <param name="Group">Its group of a hierarchical quorum, or null where groups are not used. ZooKeeper's <c>group.N</c>.</param>
public sealed record Member(ServerId Id, MemberRole Role, int Weight = 1, int? Group = null);

namespace GrainKeeper.Core.Zab;

/// <summary>
/// A message on a channel. A learner opens a channel, under a number it has never used before, with FollowerInfo; both sides number their messages from 0.
/// A message of an older channel or one seen before is ignored; a gap closes the channel. So a late, doubled or lost message can never
/// be taken for one of the present leadership.
/// </summary>
/// <param name="Channel">The channel's number, chosen by the learner: unique for the pair over restarts, growing.</param>
/// <param name="Sequence">The message's number in its direction, from 0.</param>
/// <param name="Message">The message.</param>
public sealed record ZabEnvelope(long Channel, long Sequence, ZabMessage Message);

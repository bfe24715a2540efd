using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>Makes a result of a reply's body.</summary>
internal delegate T ReplyDecoder<out T>(ref JuteReader body);

using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>Decides by an ACL (ZooKeeperServer.checkACL): any entry that matches and allows one of the wanted permissions grants.</summary>
internal static class AclGuard
{
    public static bool Allows(AclList acl, Permissions any, Credentials who)
    {
        if (acl.Count == 0 || who.IsSuper)
        {
            return true;
        }

        foreach (ref readonly var entry in acl.Entries)
        {
            if ((entry.Permissions & any) == 0)
            {
                continue;
            }

            if (entry.Scheme == AuthSchemes.World && entry.Id == AuthSchemes.Anyone)
            {
                return true;
            }

            foreach (ref readonly var identity in who.Identities)
            {
                if (identity.Scheme == entry.Scheme && AuthSchemes.Matches(identity.Scheme, identity.Id, entry.Id))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

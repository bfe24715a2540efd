using System.Net;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Requests;

public class AclTests
{
    // user "super", password "admin": the digest that ZooKeeper's documentation shows.
    private const string SuperDigest = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs=";
    private static readonly Credentials Local = Credentials.OfAddress(IPAddress.Parse("10.0.0.1"));
    private readonly AclResolver _resolver = new(seed: 1);

    [Fact]
    public void A_digest_is_the_base64_of_the_sha1_of_user_and_password()
    {
        var who = AuthSchemes.Authenticate("digest", "super:admin"u8, Local, superDigest: null);

        Assert.NotNull(who);
        Assert.Equal([new Identity("ip", "10.0.0.1"), new Identity("digest", SuperDigest)], who.Identities.ToArray());
        Assert.False(who.IsSuper);
    }

    [Fact]
    public void The_super_digest_bypasses_all_acls()
    {
        var who = AuthSchemes.Authenticate("digest", "super:admin"u8, Local, SuperDigest)!;
        var wrong = AuthSchemes.Authenticate("digest", "super:admix"u8, Local, SuperDigest)!;
        var acl = new AclList([new AclEntry(Permissions.None, "world", "anyone")]);

        Assert.True(AclGuard.Allows(acl, Permissions.Write, who));
        Assert.False(AclGuard.Allows(acl, Permissions.Write, wrong));
    }

    [Fact]
    public void Any_matching_entry_grants_its_own_permissions_only()
    {
        var joe = AuthSchemes.Authenticate("digest", "joe:secret"u8, Local, null)!;
        var acl = new AclList(
        [
            new AclEntry(Permissions.Read, "world", "anyone"),
            new AclEntry(Permissions.Write, "digest", joe.Identities[1].Id),
            new AclEntry(Permissions.Create, "ip", "10.0.0.0/8"),
        ]);

        Assert.True(AclGuard.Allows(acl, Permissions.Read, Credentials.None));
        Assert.False(AclGuard.Allows(acl, Permissions.Write, Local));
        Assert.True(AclGuard.Allows(acl, Permissions.Write, joe));
        Assert.True(AclGuard.Allows(acl, Permissions.Create, Local));
        Assert.False(AclGuard.Allows(acl, Permissions.Create, Credentials.OfAddress(IPAddress.Parse("11.0.0.1"))));
        Assert.False(AclGuard.Allows(acl, Permissions.Admin | Permissions.Delete, joe));
        Assert.True(AclGuard.Allows(acl, Permissions.Admin | Permissions.Read, Local));
    }

    [Fact]
    public void Credentials_travel_unchanged()
    {
        var who = AuthSchemes.Authenticate("digest", "joe:secret"u8, Local, null)!;

        Assert.Equal(who.Identities.ToArray(), Credentials.Decode(who.Encoded).Identities.ToArray());
        Assert.True(Credentials.Decode(Credentials.Server.Encoded).IsSuper);
        for (var cut = 0; cut < who.Encoded.Length; cut++)
        {
            var bytes = who.Encoded[..cut].ToArray();
            Assert.Throws<FormatException>(() => Credentials.Decode(bytes));
        }
    }

    [Fact]
    public void A_connection_collects_a_bounded_number_of_identities()
    {
        var who = Local;
        for (var i = 0; i < 200; i++)
        {
            who = AuthSchemes.Authenticate("digest", Encoding.UTF8.GetBytes($"user{i}:x"), who, null)!;
        }

        Assert.Equal(Credentials.MaxIdentities, who.Identities.Length);
    }

    [Fact]
    public void A_digest_with_a_very_long_user_name_proves_nothing()
    {
        Assert.NotNull(AuthSchemes.Authenticate("digest", Encoding.UTF8.GetBytes(new string('u', 1_024) + ":x"), Local, null));
        Assert.Null(AuthSchemes.Authenticate("digest", Encoding.UTF8.GetBytes(new string('u', 1_025) + ":x"), Local, null));
        Assert.Null(AuthSchemes.Authenticate("digest", [0xff, (byte)':', (byte)'x'], Local, null));
    }

    [Fact]
    public void Auth_stands_for_what_the_client_has_proven()
    {
        var joe = AuthSchemes.Authenticate("digest", "joe:secret"u8, Local, null)!;
        var ann = AuthSchemes.Authenticate("digest", "ann:secret"u8, Local, null)!;
        var auth = new AclList([new AclEntry(Permissions.All, "auth", string.Empty)]);

        Assert.Equal([new AclEntry(Permissions.All, "digest", joe.Identities[1].Id)], Resolve(auth, joe)!);
        Assert.Equal([new AclEntry(Permissions.All, "digest", ann.Identities[1].Id)], Resolve(auth, ann)!);
        Assert.Null(Resolve(auth, Local));
    }

    [Theory]
    [InlineData("world", "everyone")]
    [InlineData("digest", "joe")]
    [InlineData("digest", "joe:")]
    [InlineData("digest", "joe:a:b")]
    [InlineData("ip", "10.0.0")]
    [InlineData("sasl", "joe")]
    [InlineData("", "")]
    public void An_acl_with_an_id_of_no_known_form_is_invalid(string scheme, string id) =>
        Assert.Null(Resolve(new AclList([new AclEntry(Permissions.All, scheme, id)]), Local));

    [Fact]
    public void An_empty_acl_is_invalid_and_doubles_are_dropped()
    {
        var twice = new AclEntry(Permissions.All, "world", "anyone");

        Assert.Null(Resolve(new AclList([]), Local));
        Assert.Equal(AclList.Open, Resolve(new AclList([twice, twice]), Local));
    }

    [Fact]
    public void A_known_acl_is_found_without_decoding()
    {
        var first = Resolve(AclList.ReadOnly, Local);

        Assert.Same(first, Resolve(AclList.ReadOnly, Credentials.None));
    }

    private AclList? Resolve(AclList acl, Credentials who) => _resolver.Resolve(AclJute.ToVector(acl), who);
}

namespace FooBar.Data.Tests;

/// <summary>Topologies as the tests of decisions need them: by index, and in a letter a node.</summary>
internal static class TopologyExtensions
{
    public const string Gtids = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-5";

    public static Data.Topology Unprobed(params string[] names)
    {
        // Nobody is asked here.
        return Data.Topology.Unprobed(names.Select(name => new Node(new(name, null!, null!), new GenericDriverAdapter())));
    }

    public static Data.Topology With(this Data.Topology topology, int index, Func<NodeState, NodeState> change)
    {
        Node node = topology.Nodes[index].Node;
        return topology.With(state => state.Node == node ? change(state) : state);
    }

    /// <summary>P claims to be primary, R replica, U unknown, O offline; small p and r missed one probe.</summary>
    public static NodeState Claiming(this NodeState state, char letter, string executed = Gtids)
    {
        Data.GtidSet gtids = Data.GtidSet.Parse(executed);
        state = char.ToUpperInvariant(letter) switch
        {
            'P' => state.Answered(Member("ONLINE", "PRIMARY", false), 1),
            'R' => state.Answered(Member("ONLINE", "SECONDARY", true), 1),
            'U' => state.Answered(Member("RECOVERING", "SECONDARY", true), 1),
            _ => state.Failed("gone").Failed("gone"),
        };
        return char.IsAsciiLetterLower(letter) ? state.Failed("hiccup") : state;

        MemberReport Member(string member, string role, bool readOnly) =>
            new(state.Name, new(member, role, 3, 3), default, readOnly, readOnly, gtids);
    }
}

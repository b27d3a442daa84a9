using YamlDotNet.RepresentationModel;

namespace FooBar.Deploy.Tests;

/// <summary>Reads what is there; a part that is missing is empty.</summary>
internal static class Yaml
{
    public static YamlMappingNode Load(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    public static IEnumerable<string> List(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? list) ? ((YamlSequenceNode)list).Children.Select(item => ((YamlScalarNode)item).Value!) : [];

    public static IEnumerable<YamlMappingNode> Mappings(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? list) ? ((YamlSequenceNode)list).Children.Cast<YamlMappingNode>() : [];

    public static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? value) ? ((YamlScalarNode)value).Value : null;

    public static Dictionary<string, string> Texts(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? texts)
            ? ((YamlMappingNode)texts).Children.ToDictionary(text => ((YamlScalarNode)text.Key).Value!, text => ((YamlScalarNode)text.Value).Value!)
            : [];
}

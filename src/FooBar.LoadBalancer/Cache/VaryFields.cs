using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>The request fields that an answer depends on, with the values that it was made for (RFC 9111, 4.1). Immutable.</summary>
internal sealed class VaryFields
{
    private const string Any = "*";

    /// <summary>An answer that depends on none.</summary>
    public static readonly VaryFields None = new([]);

    /// <summary>
    /// Lists in which neither space nor case means anything. The order stays: servers break ties by it. Of any other field nothing is known,
    /// only that its lines may be joined.
    /// </summary>
    private static readonly FrozenSet<string> Lists =
        new[] { "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly Field[] _fields;

    private VaryFields(Field[] fields) => _fields = fields;

    /// <summary>Bytes of memory, about: strings and what holds them.</summary>
    public long Size => _fields.Length == 0 ? 0 : MemorySize.Object + 8 + MemorySize.Array(_fields.Length * Field.Size) + _fields.Sum(one => one.Strings);

    /// <summary>Whether the answer depends on what nobody but its origin knows.</summary>
    public static bool IsAny(StringValues vary)
    {
        foreach (string? line in vary)
        {
            foreach (Range part in line.AsSpan().Split(','))
            {
                if (line.AsSpan()[part].Trim(" \t").Equals(Any, StringComparison.Ordinal))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The fields that <paramref name="vary"/> names, with the values that the request has.</summary>
    public static VaryFields Of(StringValues vary, IHeaderDictionary request)
    {
        if (vary.Count == 0)
            return None;
        string[] names = vary.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new VaryFields([.. names.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).Select(name => Field.Of(name, request))]);
    }

    /// <summary>Whether the request has the same values. Allocates nothing where a field reads just as it did.</summary>
    public bool Match(IHeaderDictionary request)
    {
        foreach (Field field in _fields)
        {
            if (!field.Matches(request[field.Name]))
                return false;
        }

        return true;
    }

    /// <summary>Whether they are the same fields with the same values.</summary>
    public bool SameAs(VaryFields other) => _fields.AsSpan().SequenceEqual(other._fields);

    /// <summary>A number that is the same for requests whose values of these fields are the same.</summary>
    public int HashOf(IHeaderDictionary request)
    {
        HashCode hash = default;
        foreach (Field field in _fields)
            hash.Add(Field.Normalize(field.Name, Joined(request[field.Name])), StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    /// <summary>Several lines of a field are one list (RFC 9110, 5.3). Null: the request does not have it, which is a value of its own.</summary>
    private static string? Joined(StringValues lines) => lines.Count switch
    {
        0 => null,
        1 => lines[0] ?? "",
        _ => string.Join(", ", lines.ToArray()),
    };

    private readonly struct Field : IEquatable<Field>
    {
        /// <summary>Bytes: three references.</summary>
        public const int Size = 3 * 8;

        private Field(string name, string? raw)
        {
            Name = name;
            Raw = raw;
            Normal = Normalize(name, raw);
        }

        public string Name { get; }

        /// <summary>Bytes of its strings.</summary>
        public long Strings => MemorySize.Of(Name) + MemorySize.Of(Raw) + (ReferenceEquals(Raw, Normal) ? 0 : MemorySize.Of(Normal));

        /// <summary>As it was sent, its lines joined.</summary>
        public string? Raw { get; }

        /// <summary>What it means.</summary>
        public string? Normal { get; }

        public static Field Of(string name, IHeaderDictionary request) => new(name, Joined(request[name]));

        public static string? Normalize(string name, string? raw)
        {
            if (raw is null || !Lists.Contains(name))
                return raw;

            StringBuilder text = new(raw.Length);
            foreach (char c in raw)
            {
                if (c is not (' ' or '\t'))
                    text.Append(char.ToLowerInvariant(c));
            }

            return text.ToString();
        }

        public bool Matches(StringValues lines)
        {
            string? raw = Joined(lines);
            return string.Equals(raw, Raw, StringComparison.Ordinal)
                || string.Equals(Normalize(Name, raw), Normal, StringComparison.Ordinal);
        }

        public bool Equals(Field other) =>
            Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase) && string.Equals(Normal, other.Normal, StringComparison.Ordinal);

        public override bool Equals(object? obj) => obj is Field other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(Name.ToUpperInvariant(), Normal);
    }
}

namespace FooBar.MySql;

/// <summary>Which columns read as <see cref="Guid"/> where the caller asks for no type. One who asks for a Guid gets it either way.</summary>
public enum MySqlGuidFormat
{
    /// <summary>None; BINARY(16) is sixteen bytes.</summary>
    None,

    /// <summary>BINARY(16), in the order of the text form, as UUID_TO_BIN(id) without swapping makes it.</summary>
    Binary16,
}

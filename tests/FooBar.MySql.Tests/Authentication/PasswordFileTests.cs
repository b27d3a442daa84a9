using FooBar.MySql.Authentication;

namespace FooBar.MySql.Tests.Authentication;

public sealed class PasswordFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-password-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("secret\r", "secret")]
    [InlineData("secret\nsecond line\n", "secret")]
    [InlineData("\uFEFFsecret\r\nsecond", "secret")]
    [InlineData(" päss wörd\t\n", " päss wörd\t")]
    public void Read_OfAFile_IsItsFirstLine(string text, string password) => Assert.Equal(password, PasswordFile.Read(Write(text)));

    [Fact]
    public void Read_OfALineAtTheLimit_IsTheLine()
    {
        string line = new('x', 1_024);

        Assert.Equal(line, PasswordFile.Read(Write(line)));
        Assert.Equal(line, PasswordFile.Read(Write(line + "\n")));
    }

    [Theory]
    [InlineData("", "its first line is empty")]
    [InlineData("\n", "its first line is empty")]
    [InlineData("\r\nsecret", "its first line is empty")]
    [InlineData("\uFEFF", "its first line is empty")]
    [InlineData("sec\0ret", "its first line holds a NUL byte")]
    public void Read_OfAFileWithoutAPassword_SaysWhatIsWrong(string text, string why)
    {
        string path = Write(text);

        Refused(path, why);
    }

    [Fact]
    public void Read_OfWhatIsNoPasswordFile_SaysWhatIsWrong()
    {
        Refused(Write(new string('x', 1_025)), "its first line is longer than 1024 bytes");
        Refused("/dev/zero", "its first line is longer than 1024 bytes");
        Refused(_folder, "it is a directory");
        Refused(_folder + "/none", $"Could not find file '{_folder}/none'");
        Refused("/no/such/file", "Could not find a part of the path '/no/such/file'");

        // Readable to nobody, not even to root.
        MySqlException unreadable = Assert.Throws<MySqlException>(() => PasswordFile.Read("/proc/self/mem"));
        Assert.StartsWith("The file '/proc/self/mem' of 'Password File' cannot be used: ", unreadable.Message, StringComparison.Ordinal);

        string latin1 = Path.Combine(_folder, "latin1");
        File.WriteAllBytes(latin1, [0x70, 0xE4, 0x73]);
        Refused(latin1, "its first line is not UTF-8");
    }

    private static void Refused(string path, string why)
    {
        MySqlException refused = Assert.Throws<MySqlException>(() => PasswordFile.Read(path));
        Assert.Equal($"The file '{path}' of 'Password File' cannot be used: {why}.", refused.Message);
        Assert.Equal((MySqlFailurePhase.NotSent, MySqlFailureReason.Refused, false), (refused.Phase, refused.Reason, refused.IsTransient));
    }

    private string Write(string text)
    {
        string path = Path.Combine(_folder, "password");
        File.WriteAllText(path, text);
        return path;
    }
}

namespace FooBar.Web.Seeding;

/// <summary>
/// The sentences of one kind of notice. <c>{word}</c> stands for an entry of <see cref="Vocabulary"/>, the same one wherever it comes up
/// again in that notice; <c>{Word}</c> is the same with a capital; <c>{word2}</c> is another entry of the same list.
/// </summary>
/// <param name="Titles">One is taken.</param>
/// <param name="Openings">The first paragraph: one is taken.</param>
/// <param name="Details">Further paragraphs: some are taken, in this order.</param>
/// <param name="Closings">The last paragraph: one is taken.</param>
internal sealed record NoticeKind(string[] Titles, string[] Openings, string[] Details, string[] Closings);

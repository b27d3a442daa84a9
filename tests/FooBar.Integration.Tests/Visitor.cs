using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace FooBar.Integration.Tests;

/// <summary>What a visitor's browser does, over one client with its own cookies.</summary>
internal sealed class Visitor(HttpClient http)
{
    private static readonly HtmlParser Parser = new();

    public async Task<IHtmlDocument> GetAsync(string path)
    {
        using HttpResponseMessage answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        string html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"GET {path} answered {(int)answer.StatusCode}: {html}");
        return Parser.ParseDocument(html);
    }

    /// <summary>Fills in the form and sends it; returns where the answer leads.</summary>
    public async Task<string> PostAsync(string title, string author, string body)
    {
        IHtmlDocument page = await GetAsync("/posts/new");
        IHtmlFormElement form = page.Forms.First(form => form.QuerySelector("textarea") is not null);
        Dictionary<string, string> fields = form.QuerySelectorAll("input[type=hidden]").OfType<IHtmlInputElement>().ToDictionary(input => input.Name!, input => input.Value);
        fields[FieldName(form, "title")] = title;
        fields[FieldName(form, "author")] = author;
        fields[FieldName(form, "body")] = body;
        using FormUrlEncodedContent content = new(fields);
        using HttpResponseMessage answer = await http.PostAsync("/posts/new", content, TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.SeeOther, $"The post answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return answer.Headers.Location!.OriginalString;
    }

    private static string FieldName(IHtmlFormElement form, string field) =>
        form.QuerySelectorAll("input,textarea").Select(element => element.GetAttribute("name")!).First(name => name.Split('.')[^1].Equals(field, StringComparison.OrdinalIgnoreCase));
}

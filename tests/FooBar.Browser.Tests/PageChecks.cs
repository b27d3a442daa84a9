using Microsoft.Playwright;

namespace FooBar.Browser.Tests;

/// <summary>What must hold on every page. Each check names the elements that break it.</summary>
internal static class PageChecks
{
    /// <summary>Nothing sticks out to the right: WCAG 2.2, 1.4.10 Reflow.</summary>
    public static async Task AssertFitsWidthAsync(this IPage page) => Assert.Empty(await page.EvaluateAsync<string[]>(
        """
        () => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1);
          return [`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`,
                  ...wide.map(e => `${e.tagName}.${e.className}: ${e.getBoundingClientRect().right}`)];
        }
        """));

    /// <summary>
    /// Text stands out from its background by 4.5 to 1, large text by 3 to 1: WCAG 2.2, 1.4.3 Contrast (Minimum).
    /// Fails on a page without text, and on a background that is not one plain colour.
    /// </summary>
    public static async Task AssertReadableAsync(this IPage page)
    {
        string[] texts = await page.EvaluateAsync<string[]>(
            """
            () => {
              const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
              const rgba = colour => {
                canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
              };
              const luminance = ([r, g, b]) => {
                const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * x + 0.7152 * y + 0.0722 * z;
              };
              const background = e => {
                for (; e; e = e.parentElement) {
                  const style = getComputedStyle(e);
                  if (style.backgroundImage !== 'none') return null;
                  const colour = rgba(style.backgroundColor);
                  if (colour[3] === 255) return colour;
                  if (colour[3] > 0) return null;
                }
                return rgba('Canvas');
              };
              const lines = [];
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              for (let node; (node = walker.nextNode());) {
                const e = node.parentElement, text = node.textContent.trim(), style = getComputedStyle(e);
                if (!text || !e.checkVisibility({ visibilityProperty: true }) || e.closest('script, style, noscript')) continue;
                const back = background(e), size = parseFloat(style.fontSize);
                const enough = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700) ? 3 : 4.5;
                const [a, b] = back ? [luminance(rgba(style.color)), luminance(back)].sort((x, y) => y - x) : [0, 0];
                const ratio = (a + 0.05) / (b + 0.05);
                lines.push(`${ratio >= enough ? 'ok' : 'bad'}: ${ratio.toFixed(2)} of ${enough}: ${e.tagName}.${e.className}: ${text.slice(0, 40)}`);
              }
              return lines;
            }
            """);
        Assert.NotEmpty(texts);
        Assert.DoesNotContain(texts, text => text.StartsWith("bad", StringComparison.Ordinal));
    }

    /// <summary>Every control and link has a name that a screen reader can say: WCAG 2.2, 4.1.2.</summary>
    public static async Task AssertControlsAreNamedAsync(this IPage page)
    {
        string[] controls = await page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select')].map(e => {
              const named = [...(e.labels ?? []), e].map(x => x.getAttribute('aria-label') ?? (x === e && e.labels ? '' : x.textContent));
              const own = e.tagName === 'BUTTON' ? e.textContent : '';
              return `${(named.join('') + own).trim() ? 'ok' : 'bad'}: ${e.outerHTML.slice(0, 120)}`;
            })
            """);
        Assert.NotEmpty(controls);
        Assert.DoesNotContain(controls, control => control.StartsWith("bad", StringComparison.Ordinal));
    }

    /// <summary>One first heading, a title, a language and a main part, so that a page can be told from others without seeing it.</summary>
    public static async Task AssertHasOutlineAsync(this IPage page)
    {
        Assert.Equal(1, await page.Locator("h1:visible").CountAsync());
        Assert.Equal(1, await page.Locator("main").CountAsync());
        Assert.NotEqual("", await page.TitleAsync());
        Assert.Equal("en", await page.EvaluateAsync<string>("() => document.documentElement.lang"));
    }

    /// <summary>All of the above.</summary>
    public static async Task AssertSoundAsync(this IPage page)
    {
        await page.AssertFitsWidthAsync();
        await page.AssertReadableAsync();
        await page.AssertControlsAreNamedAsync();
        await page.AssertHasOutlineAsync();
    }

    /// <summary>Presses Tab until the element has the focus, and fails when the focus cannot be seen on the way: WCAG 2.2, 2.4.7.</summary>
    public static async Task TabToAsync(this IPage page, ILocator target)
    {
        const int Enough = 80;
        for (int presses = 0; presses < Enough; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            string? hidden = await page.EvaluateAsync<string?>(
                """
                () => {
                  const e = document.activeElement;
                  const marked = [null, '::before', '::after'].some(part => {
                    const style = getComputedStyle(e, part);
                    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
                  });
                  return e === document.body || marked ? null : e.outerHTML.slice(0, 120);
                }
                """);
            Assert.Null(hidden);
            if (await target.EvaluateAsync<bool>("e => e === document.activeElement"))
                return;
        }

        Assert.Fail($"{target} has no focus after {Enough} presses of Tab.");
    }
}

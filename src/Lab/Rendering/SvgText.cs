using System.Globalization;
using System.Net;
using System.Text;

namespace GrainKeeper.Lab.Rendering;

/// <summary>Writes SVG elements; every text is encoded.</summary>
internal sealed class SvgText
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    internal static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    internal static string Encode(string text) => WebUtility.HtmlEncode(text);

    internal void Open(string element, params (string Name, string Value)[] attributes) => Tag(element, ">", attributes);

    internal void Close(string element) => _text.Append("</").Append(element).Append('>');

    internal void Line(string style, double x1, double y1, double x2, double y2) =>
        Tag("line", "/>", ("class", style), ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)));

    internal void Rectangle(string style, double x, double y, double width, double height, double corner = 0) =>
        Tag("rect", "/>", ("class", style), ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)), ("rx", Number(corner)));

    internal void Circle(string style, double x, double y, double radius) =>
        Tag("circle", "/>", ("class", style), ("cx", Number(x)), ("cy", Number(y)), ("r", Number(radius)));

    internal void Path(string style, string shape) => Tag("path", "/>", ("class", style), ("d", shape));

    /// <summary>A text.</summary>
    /// <param name="style">Its class.</param>
    /// <param name="x">Where.</param>
    /// <param name="y">The base line.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="size">The size of its letters.</param>
    /// <param name="text">The text.</param>
    internal void Text(string style, double x, double y, string anchor, double size, string text)
    {
        Open("text", ("class", style), ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor), ("font-size", Number(size)));
        _text.Append(Encode(text));
        Close("text");
    }

    internal void Title(string text) => _text.Append("<title>").Append(Encode(text)).Append("</title>");

    internal void Append(SvgText other) => _text.Append(other._text);

    private void Tag(string element, string end, params (string Name, string Value)[] attributes)
    {
        _text.Append('<').Append(element);
        foreach (var (name, value) in attributes)
        {
            _text.Append(' ').Append(name).Append("=\"").Append(Encode(value)).Append('"');
        }

        _text.Append(end);
    }
}

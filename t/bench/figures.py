"""Medians, Markdown tables and the plot; no opinion on what is measured."""

import statistics


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def show(value, digits=1):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}"


def ratio(value, base):
    return None if value is None or not base else value / base


def over_floor(value):
    """A ratio to the floor. Nothing is cheaper: what is below it is what the
    machine was off by."""
    below = value is not None and value < 1
    return "as the floor" if below else show(value, 2)


def spread(values, digits=1):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{show(min(values), digits)} to {show(max(values), digits)}"


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |",
             "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |"
              for row in rows]
    return "\n".join(lines) + "\n"


def line_fit(points):
    """(cost at zero, cost each, largest distance from the line as a share of
    the largest cost) of the least-squares line."""
    n = len(points)
    mx = sum(x for x, _ in points) / n
    my = sum(y for _, y in points) / n
    sxx = sum((x - mx) ** 2 for x, _ in points)
    each = sum((x - mx) * (y - my) for x, y in points) / sxx if sxx else 0
    zero = my - each * mx
    top = max(y for _, y in points) or 1
    off = max(abs(y - zero - each * x) for x, y in points) / top
    return zero, each, off


COLOURS = ["#444444", "#9a9a9a", "#d1495b", "#ef8f9b", "#00798c", "#6cb7c4",
           "#edae49", "#7a5195"]


def ticks(top):
    step = 10 ** (len(str(int(top))) - 1) if top >= 1 else 0.1
    while top / step > 8:
        step *= 2
    while top / step < 3:
        step /= 2
    count = int(top / step) + 1
    return [i * step for i in range(count + 1)]


def plot(series, title, x_label, y_label):
    """An SVG of lines; series: name -> [(x, y)]."""
    width, height, left, right, up, down = 780, 420, 70, 230, 40, 55
    xs = ticks(max(x for points in series.values() for x, _ in points))
    ys = ticks(max(y for points in series.values() for _, y in points))

    def at(x, y):
        return (left + (width - left - right) * x / xs[-1],
                height - down - (height - up - down) * y / ys[-1])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<title>{title}</title>',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           f'<text x="{left}" y="22" font-size="15">{title}</text>']
    for x in xs:
        px, py = at(x, 0)
        out.append(f'<path d="M{px:.1f} {py:.1f}V{up}" stroke="#e4e4e4"/>'
                   f'<text x="{px:.1f}" y="{py + 18:.1f}" '
                   f'text-anchor="middle">{x:,.0f}</text>')
    for y in ys:
        px, py = at(0, y)
        text = f"{y:,.0f}" if ys[-1] >= 10 else f"{y:g}"
        out.append(f'<path d="M{px:.1f} {py:.1f}H{width - right}" '
                   f'stroke="#e4e4e4"/><text x="{px - 8:.1f}" '
                   f'y="{py + 4:.1f}" text-anchor="end">{text}</text>')
    middle = (left + width - right) / 2
    out.append(f'<text x="{middle}" y="{height - 12}" '
               f'text-anchor="middle">{x_label}</text>')
    out.append(f'<text transform="translate(18 {height / 2}) rotate(-90)" '
               f'text-anchor="middle">{y_label}</text>')
    for i, (name, points) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = "L".join("%.1f %.1f" % at(x, y) for x, y in sorted(points))
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        out += ['<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>'
                % (*at(x, y), colour) for x, y in points]
        y = up + 14 + 20 * i
        x = width - right + 14
        out.append(f'<path d="M{x} {y - 4}h18" stroke="{colour}" '
                   f'stroke-width="2"/><text x="{x + 24}" y="{y}">{name}'
                   '</text>')
    return "\n".join(out) + "\n</svg>\n"

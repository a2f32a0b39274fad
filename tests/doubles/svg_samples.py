"""Small drawings, one feature each, that other tests read, draw, edit and write."""

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def svg(body: str, *, box: str = "0 0 64 64", root: str = "") -> str:
    """A drawing with this content."""
    return f'{HEAD}viewBox="{box}"{root and " " + root}>{body}</svg>'


ICON = svg(
    "<!-- kept --><title>A sun</title>"
    '<g id="sky" fill="#88ccff"><rect id="back" x="4" y="4" width="56" height="56" rx="6"/></g>'
    '<g id="sun" stroke="#aa5500" stroke-width="2" style="fill:orange">'
    '<circle id="disc" cx="32" cy="32" r="14"/>'
    '<path id="smile" fill="none" stroke-linecap="round" d="M24 36q8 8 16 0"/></g>'
)

# Every drawing here is drawn by the rasteriser as by an independent renderer.
FEATURES = {
    "icon": ICON,
    "paths": svg(
        '<path d="M8 8H56V20L40 30l-8-6z" fill="#c33"/>'
        '<path d="M8 40c4-12 12-12 16 0s12 12 16 0S52 30 56 40V56H8Z" fill="#3a3"/>'
        '<path d="M10 34q6-10 12 0t12 0T50 34" fill="none" stroke="#00f" stroke-width="2"/>'
    ),
    "arcs": svg(
        '<path d="M12 32a20 20 0 1 1 40 0a20 12 30 0 1-40 0" fill="#639"/>'
        '<path d="M6 6a8 4 0 018 8" fill="none" stroke="#000" stroke-width="3"/>'
        '<path d="M40 56A1 1 0 0 0 58 56" fill="#f80"/>'
    ),
    "holes": svg(
        '<path d="M8 8h48v48H8zM20 20v24h24V20z" fill="teal"/>'
        '<path fill-rule="evenodd" d="M26 26h12v12H26zM29 29h6v6h-6z" fill="#a00"/>'
    ),
    "shapes": svg(
        '<rect x="2" y="2" width="20" height="14" rx="4" ry="6" fill="red"/>'
        '<rect x="26" y="2" width="12" height="14" fill="#0f08"/>'
        '<circle cx="50" cy="10" r="8" fill="rgba(10, 20, 200, .8)"/>'
        '<ellipse cx="14" cy="30" rx="12" ry="7" fill="hsl(40, 80%, 50%)"/>'
        '<line x1="30" y1="24" x2="60" y2="36" stroke="black" stroke-width="3"/>'
        '<polyline points="4,44 14,60 24,44 34,60" fill="none" stroke="#083" stroke-width="2"/>'
        '<polygon points="40,44 60,44 50,60" fill="gold" stroke="brown"/>'
    ),
    "strokes": svg(
        '<g fill="none" stroke="#234" stroke-width="6">'
        '<path d="M8 20L20 8L32 20" stroke-linejoin="round" stroke-linecap="round"/>'
        '<path d="M36 20L46 8L56 20" stroke-linejoin="bevel" stroke-linecap="square"/>'
        '<path d="M8 50L14 30L20 50" stroke-miterlimit="8"/>'
        '<path d="M32 50L46 32L56 50Z" stroke-linejoin="miter" stroke="#b22" '
        'stroke-opacity=".6"/></g>'
    ),
    "transforms": svg(
        '<g transform="translate(32,32) rotate(30)"><g transform="scale(1.5 .8)">'
        '<rect x="-12" y="-12" width="24" height="24" fill="#46a" stroke="#111" '
        'stroke-width="2"/></g><path transform="skewX(20) matrix(1 0 0 1 0 16)" '
        'd="M-8 0H8V6H-8Z" fill="#e70"/></g>'
    ),
    "inheritance": svg(
        '<g fill="#d33" stroke="#222" stroke-width="2" color="#0a6">'
        '<rect x="4" y="4" width="24" height="24"/>'
        '<g style="fill:#3d3; stroke: none"><rect x="36" y="4" width="24" height="24"/>'
        '<rect x="4" y="36" width="24" height="24" fill="currentColor"/></g>'
        '<rect x="36" y="36" width="24" height="24" fill="blue" style="fill:purple"/></g>'
    ),
    "classes": svg(
        "<style>.a{fill:#c06}.b{stroke:#000;stroke-width:3px} rect{fill:#06c}"
        " #one{fill:#0c6}</style>"
        '<rect id="two" class="b" x="4" y="4" width="24" height="24"/>'
        '<circle class="a b" cx="48" cy="16" r="10"/>'
        '<rect id="one" class="a" x="4" y="36" width="24" height="24" fill="red"/>'
    ),
    "opacity": svg(
        '<rect width="64" height="64" fill="#fe9"/>'
        '<g opacity=".5"><circle cx="24" cy="24" r="16" fill="red"/>'
        '<circle cx="40" cy="24" r="16" fill="blue" fill-opacity=".5"/></g>'
        '<rect x="10" y="44" width="44" height="14" fill="#080" stroke="#000" stroke-width="4" '
        'opacity="60%"/>'
    ),
    "linear gradients": svg(
        '<defs><linearGradient id="s"><stop stop-color="#f00"/><stop offset=".5" '
        'stop-color="#ff0"/><stop offset="1" style="stop-color:#00f;stop-opacity:.4"/>'
        '</linearGradient><linearGradient id="g" href="#s" x2="0" y2="1"/>'
        '<linearGradient id="u" xlink:href="#s" gradientUnits="userSpaceOnUse" x1="8" x2="24" '
        'spreadMethod="reflect" gradientTransform="rotate(20)"/></defs>'
        '<rect x="4" y="4" width="24" height="24" fill="url(#s)"/>'
        '<circle cx="48" cy="16" r="12" fill="url(#g)"/>'
        '<rect x="4" y="36" width="56" height="24" fill="url(\'#u\')"/>'
    ),
    "radial gradients": svg(
        '<radialGradient id="r"><stop stop-color="#fff"/><stop offset="1" stop-color="#903"/>'
        '</radialGradient><radialGradient id="f" xlink:href="#r" fx=".3" fy=".3"/>'
        '<radialGradient id="u" xlink:href="#r" gradientUnits="userSpaceOnUse" cx="32" cy="48" '
        'r="12" spreadMethod="repeat" gradientTransform="translate(0 12) scale(1 .75)"/>'
        '<rect x="4" y="4" width="24" height="16" fill="url(#r)"/>'
        '<ellipse cx="46" cy="16" rx="14" ry="10" fill="url(#f)"/>'
        '<rect x="4" y="32" width="56" height="28" fill="url(#u)" stroke="url(#r)" '
        'stroke-width="3"/>'
    ),
    "clips": svg(
        '<clipPath id="c"><circle cx="24" cy="24" r="18"/><rect x="30" y="30" width="20" '
        'height="20" transform="rotate(10 40 40)"/></clipPath>'
        '<clipPath id="b" clipPathUnits="objectBoundingBox"><path d="M.5 0L1 1H0Z"/></clipPath>'
        '<clipPath id="n" clip-path="url(#c)"><rect x="10" y="2" width="50" height="30"/>'
        "</clipPath>"
        '<g clip-path="url(#c)"><rect width="64" height="64" fill="#7bd"/>'
        '<path d="M0 64L64 0V64Z" fill="#b7d"/></g>'
        '<rect x="40" y="40" width="20" height="20" fill="#d40" clip-path="url(#b)"/>'
        '<rect width="64" height="20" fill="#050" clip-path="url(#n)"/>'
    ),
    "shared clip": svg(
        '<defs><path id="p" d="M8 8H56L32 56Z"/></defs>'
        '<use xlink:href="#p" fill="#fc0"/>'
        '<clipPath id="c"><use xlink:href="#p" x="2"/></clipPath>'
        '<circle cx="32" cy="16" r="16" fill="#c30" clip-path="url(#c)"/>'
    ),
    "use": svg(
        '<defs><g id="pair"><rect width="10" height="10"/><circle cx="16" cy="5" r="4" '
        'fill="#00a"/></g></defs><use href="#pair" x="4" y="4"/>'
        '<use xlink:href="#pair" transform="translate(4 24) scale(1.5)" fill="#d22"/>'
        '<use href="#pair" x="30" y="46" fill="#2a2" opacity=".5"/>'
    ),
    "symbols": svg(
        '<symbol id="s" viewBox="0 0 10 10"><circle cx="5" cy="5" r="6" fill="#e44"/></symbol>'
        '<use href="#s" x="4" y="4" width="24" height="24"/>'
        '<use href="#s" x="34" y="4" width="28" height="14"/>'
        '<svg x="8" y="36" width="48" height="24" viewBox="0 0 20 20" '
        'preserveAspectRatio="xMaxYMin slice"><circle cx="10" cy="10" r="10" fill="#48c"/></svg>'
    ),
    "hidden": svg(
        '<rect width="64" height="64" fill="#eee"/><g display="none"><rect width="30" '
        'height="30"/></g><g visibility="hidden"><rect width="64" height="9"/><circle cx="32" '
        'cy="32" r="9" visibility="visible" fill="#a4a"/></g><path d="M0 0H9V9z" fill="none"/>'
    ),
    "units": svg(
        '<rect x="10%" y="1mm" width="50%" height="12pt" fill="#555"/>'
        '<circle cx="1cm" cy="40" r="25%" fill="#5a5" stroke="#000" stroke-width="5%"/>'
    ),
    "offset box": svg(
        '<rect x="-8" y="104" width="12" height="12" fill="#08f"/>'
        '<circle cx="4" cy="112" r="6" fill="#f80"/>',
        box="-12 100 24 24",
    ),
    "paint order": svg(
        '<circle cx="32" cy="32" r="20" fill="#fd0" stroke="#06f" stroke-width="12" '
        'paint-order="stroke"/>'
    ),
    "no viewBox": f'{HEAD}width="64" height="64px"><circle cx="32" cy="32" r="24"/></svg>',
    "prefixed": '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    '<s:path d="M8 8h48v48z" fill="#a0f"/></s:svg>',
}

# feature named in the warning -> drawing
UNDRAWN = {
    "filter": svg('<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
                  '<rect width="9" height="9" filter="url(#f)"/>'),
    "mask": svg('<mask id="m"><rect width="9" height="9"/></mask>'
                '<rect width="9" height="9" mask="url(#m)"/>'),
    "pattern": svg('<pattern id="p" width="4" height="4"><rect width="2" height="2"/></pattern>'
                   '<rect width="9" height="9" fill="url(#p)"/><rect width="5" height="5"/>'),
    "text": svg('<rect width="9" height="9"/><text x="2" y="9">Hello</text>'),
    "pictures": svg('<rect width="9" height="9"/><image width="4" height="4" '
                    'href="data:image/png;base64,AAAA"/>'),
    "dashes": svg('<path d="M1 1L9 9" stroke="red" stroke-dasharray="2 1"/>'),
    "markers": svg('<marker id="m"><path d="M0 0H2"/></marker>'
                   '<path d="M1 1L9 9" stroke="red" marker-end="url(#m)"/>'),
    "blend modes": svg('<rect width="9" height="9" style="mix-blend-mode:multiply"/>'),
    "vector effects": svg('<path d="M1 1L9 9" stroke="red" vector-effect="non-scaling-stroke"/>'),
    "style rules": svg('<style>g > rect{fill:red}</style><g><rect width="9" height="9"/></g>'),
    "colours": svg('<rect width="9" height="9" fill="var(--main)"/>'),
    "points nowhere": svg('<rect width="9" height="9"/><use href="#gone"/>'),
    "clip-path shapes": svg('<rect width="9" height="9" clip-path="circle(4px)"/>'),
    "animations": svg('<rect width="9" height="9"><animate attributeName="x" to="4"/></rect>'),
    "unknown elements": svg('<rect width="9" height="9"/><sparkle/>'),
    "unknown attributes": svg('<rect width="9" height="9" p-id="7"/>'),
    "unknown namespaces": svg('<rect width="9" height="9"/><q:x xmlns:q="urn:q"/>'),
    "processing instructions": svg('<rect width="9" height="9"/><?php echo ?>'),
}  # fmt: skip

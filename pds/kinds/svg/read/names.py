"""Names the gate and the reader know: namespaces, elements, attributes, properties."""

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

# Inert namespaces of drawing programs and of metadata: kept, never drawn.
EDITOR_NAMESPACES = frozenset(
    {
        "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
        "http://inkscape.sourceforge.net/DTD/sodipodi-0.dtd",
        "http://www.inkscape.org/namespaces/inkscape",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://creativecommons.org/ns#",
        "http://web.resource.org/cc/",
        "http://purl.org/dc/elements/1.1/",
        "http://purl.org/dc/terms/",
        "http://www.bohemiancoding.com/sketch/ns",
        "http://www.figma.com/figma/ns",
        "http://www.serif.com/",
        "https://boxy-svg.com",
        "http://ns.adobe.com/AdobeIllustrator/10.0/",
        "http://ns.adobe.com/AdobeSVGViewerExtensions/3.0/",
        "http://ns.adobe.com/Extensibility/1.0/",
        "http://ns.adobe.com/Graphs/1.0/",
        "http://ns.adobe.com/Variables/1.0/",
        "http://ns.adobe.com/Flows/1.0/",
        "http://ns.adobe.com/ImageReplacement/1.0/",
        "http://ns.adobe.com/SaveForWeb/1.0/",
        "http://ns.adobe.com/GenericCustomNamespace/1.0/",
        "http://ns.adobe.com/XPath/1.0/",
        "http://vectornator.io",
    }
)

# Languages that can act when a browser opens the file.
ACTIVE_NAMESPACES = {
    "http://www.w3.org/1999/xhtml": "HTML",
    "http://www.w3.org/1998/Math/MathML": "MathML",
    "http://www.w3.org/2001/xml-events": "XML events",
    "http://www.mozilla.org/xbl": "XBL",
    "http://www.w3.org/1999/XSL/Transform": "XSLT",
    "http://www.w3.org/2001/XInclude": "XInclude",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SCRIPT_ELEMENTS = _words("script handler listener")
FOREIGN_ELEMENTS = _words("foreignObject iframe object embed audio video canvas tbreak prefetch")

SHAPES = _words("path rect circle ellipse line polyline polygon")
CONTAINERS = _words("svg g a symbol defs switch")
PAINT_SERVERS = _words("linearGradient radialGradient stop pattern")
_FILTERS = (
    "filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix "
    "feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB "
    "feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset "
    "fePointLight feSpecularLighting feSpotLight feTile feTurbulence"
)
ELEMENTS = (
    SHAPES
    | CONTAINERS
    | PAINT_SERVERS
    | _words(_FILTERS)
    | _words("use clipPath mask marker text tspan textPath image style title desc metadata view")
)

INHERITED = _words(
    "fill stroke color fill-opacity stroke-opacity stroke-width stroke-linecap stroke-linejoin "
    "stroke-miterlimit fill-rule clip-rule visibility paint-order stroke-dasharray "
    "marker marker-start marker-mid marker-end"
)
# Properties the reader looks at. As attribute, in a `style=`, or by a rule of a `<style>`.
PROPERTIES = INHERITED | _words(
    "opacity clip-path display stop-color stop-opacity transform overflow filter mask "
    "mix-blend-mode vector-effect"
)

GEOMETRY_ATTRIBUTES = {
    "path": ("d",),
    "rect": ("x", "y", "width", "height", "rx", "ry"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "line": ("x1", "y1", "x2", "y2"),
    "polyline": ("points",),
    "polygon": ("points",),
}

_OTHER_ATTRIBUTES = """
id class style lang tabindex role href transform-origin transform-box version baseProfile width
height viewBox preserveAspectRatio x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points pathLength
enable-background zoomAndPan contentScriptType contentStyleType focusable requiredFeatures
requiredExtensions systemLanguage externalResourcesRequired alt xmlns type media title space

gradientUnits gradientTransform spreadMethod offset patternUnits patternContentUnits
patternTransform clipPathUnits maskUnits maskContentUnits mask-type markerUnits markerWidth
markerHeight orient refX refY viewTarget

clip color-interpolation color-interpolation-filters color-profile color-rendering cursor
alignment-baseline baseline-shift direction dominant-baseline font font-family font-size
font-size-adjust font-stretch font-style font-variant font-weight glyph-orientation-horizontal
glyph-orientation-vertical image-rendering isolation kerning letter-spacing lighting-color
flood-color flood-opacity pointer-events shape-rendering solid-color solid-opacity
stroke-dashoffset text-align text-anchor text-decoration text-rendering unicode-bidi white-space
word-spacing writing-mode line-height inline-size shape-inside shape-padding text-orientation
will-change

dx dy rotate textLength lengthAdjust startOffset method spacing side

in in2 result mode values operator k1 k2 k3 k4 order kernelMatrix divisor bias targetX targetY
edgeMode kernelUnitLength preserveAlpha surfaceScale diffuseConstant specularConstant
specularExponent limitingConeAngle pointsAtX pointsAtY pointsAtZ z azimuth elevation scale
xChannelSelector yChannelSelector stdDeviation radius filterUnits primitiveUnits filterRes
tableValues slope intercept amplitude exponent baseFrequency numOctaves seed stitchTiles

color-scheme data-name
"""
ATTRIBUTES = PROPERTIES | _words(_OTHER_ATTRIBUTES)
XLINK_ATTRIBUTES = _words("href type role arcrole title show actuate")
XML_ATTRIBUTES = frozenset(("space", "lang", "id"))


def qualified(name: str) -> str:
    """`{namespace}name` of an SVG element."""
    return f"{{{SVG}}}{name}"

"""Numbers that stand for names in the tables of the rasteriser, stated once for all its forms.

The compiled kernels take them as constants, so the folder of kept kernels is named by this file
too (`kernel_cache`).
"""

# Operations of a program, and what a layer is painted with.
PAINT, PUSH, POP = range(3)
SOLID, GRADIENT = range(2)

# Kinds and spreads of gradients, and the columns of a radial one's circles.
LINEAR, RADIAL = range(2)
PAD, REFLECT, REPEAT = range(3)
CX, CY, R, FX, FY, FR = range(6)

# A box of pixels, ends exclusive.
LEFT, TOP, RIGHT, BOTTOM = range(4)

# Channels of a canvas, the last of them its alpha, and of a paint.
ALPHA = 3
CHANNELS = 4

# Ends and joins of strokes, in the order of `strokes.CAPS` and `strokes.JOINS`.
BUTT, ROUND_CAP, SQUARE = range(3)
MITER, ROUND, BEVEL = range(3)

# A piece of a stroked line that has a direction: which piece, whether it stands for a dot, whether
# the next vertex is inside a curve; and its vectors. `along` is a unit vector, `across` one turned
# by a quarter and as long as half the width.
PIECE, DOT, SMOOTH = range(3)
START_X, START_Y, END_X, END_Y, ALONG_X, ALONG_Y, ACROSS_X, ACROSS_Y, HALF, LENGTH = range(10)

# A way around a vertex: its kind, the pieces before and after, the side (+1 or -1), the number of
# its edges, the shape. An END is an open end of a line, one more is its beginning.
KIND, BEFORE, AFTER, SIDE, EDGES, SHAPE = range(6)
ARC, TIP, ACROSS, THROUGH, END = range(5)

TIE = 1e-4  # winding numbers closer to 0 or 1 than this are on an edge
FLAT = 1e-9  # a stroke without width turns like one with a width
EPSILON = 1e-12  # below this a root or a cosine has no slope

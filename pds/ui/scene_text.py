"""The Scene tab's words."""

from pds.kinds.nerf.fitted_scene import FittedScene
from pds.ui.text import escape, messages_html, plain_note

INTRO = """
A scene is seen from all sides: say what it shows and what it should become, and its shape and its
colours move until **every view** fits. **Press a picture below to see one happen**, or bring
your own.
"""
SCENE_HEADING = "## 1 · A scene"
EDIT_HEADING = "## 2 · What it should become"
REFINE_HEADING = "## 3 · Refine"
BRING_NOTE = """
Bring **20 to 60 photos** taken while walking around something, a short **video**, or a **zip** of
photos or of a capture with poses (nerfstudio, instant-ngp, COLMAP, LLFF). Finding the cameras and
fitting take minutes; you can stop when it looks right.
"""
REFINE_NOTE = """
After an edit: every view is cleaned up by the model, and the scene is fitted to what comes out.
Edges become clearer; what the scene shows stays.
"""
MESH_NOTE = """
The mesh is **rougher than the rendering**: hair, glass and soft edges become one closed surface
with one colour a corner. For what you see in the pictures, take the scene file or the films.
"""
TAKE_NOTE = """
The scene file opens here again. A capture is pictures with their cameras (`transforms.json`), for
nerfstudio, instant-ngp and this page.
"""
LOOK_NOTE = (
    "Any view, also while a run goes on. A place without bounds is seen from where it was captured."
)
BUILT_IN_NOTE = """
**What to expect.** The model that ships with this page is small: it learned everyday things, as
drawings and as renders of 3-D models from all around, at 64 × 64 pixels. It is good at turning one
thing into another of similar outline, and at recolouring. Fine detail, lettering and words that it
never met are beyond it; the page tells you which words those are.
"""
FIELD_LABELS = {
    "auto": "Find out",
    "grid": "An object",
    "planes": "A place",
}
MOVE_LABELS = {"density": "Shape", "color": "Colours"}
WHAT_LABELS = {"color": "Colour", "depth": "Depth", "normals": "Surface"}
IDLE = "Nothing runs. Press a picture above, or Edit."
WRITING = "Finished; the scene is ready, the film is being written…"
FITTED = (
    "The fitted scene is open now: say what it shows and what it should become, then press Edit."
)
EXPORT_IDLE = "Nothing yet: run something, or open a scene and press Edit or Fit."


def note(name: str) -> str:
    """Markdown about the abilities of the prior of that name."""
    return BUILT_IN_NOTE if name == "built-in" else plain_note(name)


def about(scene: FittedScene) -> str:
    """A line about an opened scene."""
    kind = "an object" if scene.bounded else "a place"
    pictures = "1 view" if len(scene.cameras) == 1 else f"{len(scene.cameras)} views"
    parts = [f"<b>{escape(scene.name)}</b>: {kind}, known from {pictures}"]
    if scene.psnr is not None:
        parts.append(f"views held out reach {scene.psnr:.1f} dB")
    if scene.history:
        parts.append(f"edited: {escape('; '.join(scene.history[-2:]))}")
    if scene.credit:
        parts.append(escape(scene.credit))
    return f'<p class="help">{"; ".join(parts)}.</p>'


def going(doing: str, message: str) -> str:
    """A line about a run on its way: what it does, and its own message."""
    return f"{doing}: {message[:1].lower()}{message[1:]}"


def brought(names: list[str]) -> str:
    """A line about files that wait to be fitted."""
    what = names[0] if len(names) == 1 else f"{len(names)} photos"
    return messages_html((f"{what}: ready. Press Fit.",))

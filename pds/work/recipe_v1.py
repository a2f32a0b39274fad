"""Recipes of version 1: drawings carried their SVG as `source`, scenes named a checkpoint.

Their settings stood in `edit` (prompts, method and loop together) and in `svg` or `nerf`.
"""

from typing import Any

from pds.base.errors import RecipeError
from pds.engine.methods import PDS, method_class
from pds.kinds import kind_of
from pds.kinds.asset import sha256
from pds.work.recipe_checks import check_keys, check_kind, named, text_value

_SHARED = ("version", "kind", "name", "edit", "prior", "prior_fingerprint", "pds_version")
_ASSET = {"svg": "source", "nerf": "scene_sha256"}
_PROMPTS = ("source_prompt", "target_prompt")


def translated(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a recipe of version 1 as those of version 2.

    Raises:
        RecipeError: they are none.
    """
    kind = values.get("kind", "svg")
    check_kind(kind, tuple(_ASSET))
    asset, settings = _ASSET[kind], kind_of(kind).settings_field
    optional = ("name", "prior", "prior_fingerprint", "pds_version", "kind", settings)
    after = ("refine",) if kind == "nerf" else ()
    check_keys(values, "recipe", required=(*_SHARED, asset), optional=(*optional, *after))
    edit = dict(named(values["edit"], "edit"))
    method = edit.pop("method", PDS.key)
    return {
        "version": 2,
        "pds_version": values.get("pds_version", "0.1.0"),
        "kind": kind,
        "name": values.get("name", {"svg": "drawing", "nerf": "scene"}[kind]),
        "asset": _asset(kind, text_value(asset, values[asset])),
        "prompts": _prompts(edit),
        "method": {"name": method, **_method(method, edit)},
        "run": edit,  # what neither the prompts nor the method took
        "settings": values.get(settings, {}),
        "after": _after(values.get("refine")),
        "prior": {
            "name": values.get("prior", "built-in"),
            "fingerprint": values.get("prior_fingerprint", ""),
        },
    }


def _asset(kind: str, given: str) -> dict[str, str]:
    if kind == "nerf":
        return {"sha256": given}
    try:
        return {"sha256": sha256(given.encode("utf-8")), "text": given}
    except UnicodeEncodeError as error:
        raise RecipeError("The recipe's drawing holds half a character; save it again.") from error


def _prompts(edit: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name in _PROMPTS if name not in edit]
    if missing:
        raise RecipeError(f"The recipe's edit settings lack: {', '.join(missing)}.")
    return {name.removesuffix("_prompt"): edit.pop(name) for name in _PROMPTS}


def _method(key: Any, edit: dict[str, Any]) -> dict[str, Any]:
    """Takes the method's own settings out of `edit`, and drops those it does not have."""
    own = method_class(key).model_fields
    values = {name: edit.pop(name) for name in list(edit) if name in own}
    idle = [name for name in edit if name in PDS.model_fields]
    PDS.take({name: edit.pop(name) for name in idle})  # as strict with them as version 1 was
    return values


def _after(refine: Any) -> dict[str, Any] | None:
    return None if refine is None else {"rewriter": "sdedit", **named(refine, "refine")}

"""The kinds of fields there are, and a new field of any of them."""

from typing import Any

from pds.base.errors import ConfigError
from pds.kinds.nerf.fields.confined_field import ConfinedField
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.grid_field import GridField
from pds.kinds.nerf.fields.plane_field import PlaneField

FIELDS: dict[str, type[GridField] | type[PlaneField] | type[ConfinedField]] = {
    one.kind: one for one in (GridField, PlaneField, ConfinedField)
}


def build_field(kind: str, settings: dict[str, Any]) -> Field:
    """A new field.

    Args:
        kind: `grid`, `planes` or `confined`.
        settings: as `Field.settings` gives them; what is left out takes its default.

    Raises:
        ConfigError: an unknown kind or setting, or a value out of range.
    """
    if kind not in FIELDS:
        raise ConfigError(f"Unknown field '{kind}'; known are: {', '.join(FIELDS)}.")
    limits = FIELDS[kind].LIMITS
    for name, value in settings.items():
        if name not in limits:
            raise ConfigError(f"A {kind} field has no setting '{name}'.")
        low, high = limits[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {value}.")
    return FIELDS[kind](**settings)

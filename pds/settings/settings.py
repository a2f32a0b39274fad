"""The base of all settings: frozen, keyword-only, checked when made."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from pds.base.errors import ConfigError
from pds.settings.declaration import Declaration


class Settings(BaseModel):
    """Settings that belong together; subclasses declare fields with `number`, `choice` and so on.

    Attributes:
        title: what they are settings of, with its article; heads their group of options.

    Raises:
        ConfigError: a value that cannot be; the sentence names the setting and what it must be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    title: ClassVar[str] = "the settings"

    @field_validator("*", mode="before")
    @classmethod
    def _check(cls, value: Any, info: ValidationInfo) -> Any:
        assert info.field_name is not None
        return cls.declarations()[info.field_name].check(info.field_name, value)

    @classmethod
    def declarations(cls) -> dict[str, Declaration]:
        """What is declared, by the names of the fields, in order."""
        return {
            name: info.json_schema_extra.declaration  # type: ignore[union-attr]
            for name, info in cls.model_fields.items()
        }

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The default of every field."""
        return {name: info.get_default() for name, info in cls.model_fields.items()}

    @classmethod
    def read(cls, values: Any, *, what: str = "") -> Self:
        """Makes the settings of a dict that came from outside; what is not in it is the default.

        Args:
            values: by the names of the fields, as JSON has them.
            what: whose settings they are, for sentences; by default the title without article.

        Raises:
            ConfigError: no dict, an unknown key (the known ones are listed), or a value that
                cannot be.
        """
        what = what or cls.title.removeprefix("the ")
        if not isinstance(values, dict):
            raise ConfigError(f"The {what} settings must be an object of named values.")
        unknown = sorted(str(key) for key in set(values) - set(cls.model_fields))
        if unknown:
            raise ConfigError(
                f"The {what} settings have unknown keys: {', '.join(unknown)}. "
                f"Known are: {', '.join(sorted(cls.model_fields)) or 'none'}."
            )
        return cls(**values)

    def but(self, **changes: Any) -> Self:
        """The same settings with some changed, checked like new ones."""
        return type(self)(**{**self.as_fields(), **changes})

    def as_fields(self) -> dict[str, Any]:
        """The values by the names of the fields, as they are."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def values(self) -> dict[str, Any]:
        """The values as JSON has them: `read` gives equal settings back."""
        fields = self.as_fields()
        return {n: list(v) if isinstance(v, tuple) else v for n, v in fields.items()}

    def changed(self) -> dict[str, Any]:
        """Those values that differ from the defaults."""
        defaults = self.defaults()
        return {name: v for name, v in self.as_fields().items() if v != defaults[name]}

    @classmethod
    def take(cls, values: Mapping[str, Any]) -> Self:
        """The settings out of values that may hold others too; what is absent is the default."""
        return cls(**{name: values[name] for name in cls.model_fields if name in values})

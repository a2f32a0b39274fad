"""Recipe: everything that reproduces a run, as JSON that a person can read.

A recipe comes back from outside, so nothing in it is believed: size, syntax, keys, types and ranges
are checked, and every fault is a :class:`RecipeError` in one sentence. Recipes of version 1, from
when drawings and scenes had formats of their own, are translated by `pds.work.recipe_v1`.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from pds.base.errors import ConfigError, InputError, RecipeError
from pds.base.strict_json import read_json_object
from pds.base.version import VERSION
from pds.engine.distil import DistilSettings
from pds.engine.methods import Method, make_method, method_class
from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import Rewriter, SDEdit, rewriter_class
from pds.kinds import KINDS, kind_of
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind
from pds.settings import Prompts, Settings
from pds.work import recipe_checks as checks
from pds.work.recipe_v1 import translated

RECIPE_VERSION = 2
MAX_RECIPE_BYTES = 24_000_000
MAX_PRIOR_CHARACTERS = 500
_KEYS = (
    *("version", "pds_version", "kind", "name", "asset", "prompts", "method", "run", "settings"),
    *("after", "prior"),
)
_OPTIONAL = ("pds_version", "settings", "after", "run")


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """What follows an edit: a rewriter, and how long it goes.

    Attributes:
        rewriter: makes renderings anew.
        settings: of the loop.
    """

    rewriter: Rewriter
    settings: RewriteSettings

    @classmethod
    def default(cls) -> "Refinement":
        """SDEdit as published, at this program's defaults."""
        return cls(rewriter=SDEdit(), settings=RewriteSettings())

    @classmethod
    def take(cls, values: dict[str, Any], *, key: str = SDEdit.key) -> "Refinement":
        """Out of flat values; what is absent is the default.

        Raises:
            ConfigError: an unknown key, or a value that cannot be.
        """
        rewriter = rewriter_class(key)
        known = {*rewriter.model_fields, *RewriteSettings.model_fields}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(
                f"The refinement settings have unknown keys: {', '.join(unknown)}. "
                f"Known are: {', '.join(sorted(known))}."
            )
        return cls(rewriter=rewriter.take(values), settings=RewriteSettings.take(values))

    def values(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"rewriter": self.rewriter.key, **self.rewriter.values(), **self.settings.values()}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run, complete but for the prior's weights, and for the asset where it is too large.

    Attributes:
        kind: key of what is edited.
        name: file stem shown to the user, see :func:`clean_name`.
        asset: SHA-256 of the asset's file, in hex; empty while it is not known.
        embedded: the asset as text, where its kind puts it into recipes; else empty.
        prompts: what it is and becomes.
        method: the gradient, with its settings.
        run: settings of the loop.
        settings: how the asset takes part, of the kind's own class.
        after: the refinement that follows, or None.
        prior: what `load_prior` is given: `built-in`, a folder or a hub id.
        prior_fingerprint: hash of the prior's weights in hex, or empty if not known.
        pds_version: of the program that wrote it; only for the reader's information.

    Raises:
        RecipeError: a field that cannot be.
    """

    kind: str
    name: str
    asset: str = ""
    embedded: str = ""
    prompts: Prompts
    method: Method
    run: DistilSettings
    settings: Settings
    after: Refinement | None = None
    prior: str = "built-in"
    prior_fingerprint: str = ""
    pds_version: str = VERSION

    def __post_init__(self) -> None:
        checks.check_kind(self.kind, tuple(KINDS))
        checks.check_name(self.name)
        checks.check_text("prior", self.prior, MAX_PRIOR_CHARACTERS)
        checks.check_text("pds_version", self.pds_version, 40)
        checks.check_digest("asset's sha256", self.asset)
        checks.check_digest("prior_fingerprint", self.prior_fingerprint)
        if self.of_kind.embedded:
            checks.check_text("asset", self.embedded, MAX_RECIPE_BYTES)
        checks.check_encodable(self.to_json(), "recipe")

    @classmethod
    def of(
        cls,
        asset: Asset,
        prompts: Prompts,
        *,
        method: Method | None = None,
        run: DistilSettings | None = None,
        settings: Settings | None = None,
        after: Refinement | None = None,
        prior: str = "built-in",
    ) -> "Recipe":
        """The recipe of an edit of an asset; what is not given is the default."""
        kind = kind_of(asset.kind)
        return cls(
            kind=asset.kind,
            name=asset.name,
            asset=asset.key,
            embedded=kind.embed(asset),
            prompts=prompts,
            method=make_method("pds", {}) if method is None else method,
            run=DistilSettings() if run is None else run,
            settings=kind.Settings() if settings is None else settings,
            after=after,
            prior=prior,
        )

    @property
    def of_kind(self) -> Kind:
        """The kind itself."""
        return kind_of(self.kind)

    @property
    def title(self) -> str:
        """What the edit is called in lists."""
        return self.prompts.change

    def embedded_asset(self) -> Asset:
        """The asset that the recipe carries.

        Raises:
            RecipeError: it carries none.
            InputError: it cannot be read.
        """
        if not self.embedded:
            raise RecipeError(f"The recipe only names its {self.of_kind.noun}; open that too.")
        kind = self.of_kind
        return kind.read(kind.unembed(self.embedded), name=self.name)

    def on(self, asset: Asset) -> "Recipe":
        """The same edit of another asset, or of the same one."""
        return replace(self, name=asset.name, asset=asset.key, embedded=self.of_kind.embed(asset))

    def with_prior(self, name: str, fingerprint: str = "") -> "Recipe":
        """The same edit with another prior, or with the same one and its fingerprint."""
        return replace(self, prior=name, prior_fingerprint=fingerprint)

    def to_json(self) -> str:
        """The recipe as indented JSON; `from_json` gives the equal recipe back."""
        asset = {"sha256": self.asset}
        if self.embedded:
            asset["text"] = self.embedded
        values = {
            "version": RECIPE_VERSION,
            "pds_version": self.pds_version,
            "kind": self.kind,
            "name": self.name,
            "prompts": {"source": self.prompts.source, "target": self.prompts.target},
            "method": {"name": self.method.key, **self.method.values()},
            "run": self.run.values(),
            "settings": self.settings.values(),
            "after": None if self.after is None else self.after.values(),
            "prior": {"name": self.prior, "fingerprint": self.prior_fingerprint},
            "asset": asset,
        }
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, data: str | bytes) -> "Recipe":
        """Reads what `to_json` wrote, of this version or an older one.

        Raises:
            RecipeError: too large, broken, from a newer version, unknown or missing keys, wrong
                types, values out of range.
        """
        try:
            values = read_json_object(data, what="The recipe", max_bytes=MAX_RECIPE_BYTES)
            # First of all, since a newer version or another kind may have keys unknown here.
            version = checks.check_version(values.get("version"), RECIPE_VERSION)
            if version == 1:
                values = translated(values)
            return cls._of_values(values)
        except RecipeError:
            raise
        except InputError as error:
            raise RecipeError(str(error)) from error

    @classmethod
    def _of_values(cls, values: dict[str, Any]) -> "Recipe":
        checks.check_kind(values.get("kind"), tuple(KINDS))
        checks.check_keys(values, "recipe", required=_KEYS, optional=_OPTIONAL)
        kind = kind_of(values["kind"])
        asset = checks.text_values(values["asset"], "asset", ("sha256",), ("text",))
        prompts = checks.text_values(values["prompts"], "prompts", ("source", "target"))
        prior = checks.text_values(values["prior"], "prior", ("name",), ("fingerprint",))
        after = values.get("after")
        return cls(
            kind=kind.key,
            name=checks.text_value("name", values["name"]),
            asset=asset["sha256"],
            embedded=asset.get("text", ""),
            prompts=Prompts(**prompts),
            method=_method(values["method"]),
            run=DistilSettings.read(values.get("run", {}), what="recipe's run"),
            settings=kind.Settings.read(values.get("settings", {}), what="recipe's"),
            after=None if after is None else _refinement(after),
            prior=prior["name"],
            prior_fingerprint=prior.get("fingerprint", ""),
            pds_version=checks.text_value("pds_version", values.get("pds_version", VERSION)),
        )


def _method(values: Any) -> Method:
    values = dict(checks.named(values, "method"))
    key = checks.text_value("method's name", values.pop("name", None))
    return method_class(key).read(values, what="recipe's method")


def _refinement(values: Any) -> Refinement:
    values = dict(checks.named(values, "after"))
    key = checks.text_value("rewriter", values.pop("rewriter", None))
    return Refinement.take(values, key=key)


def prior_warnings(recipe: Recipe, prior: Any) -> tuple[str, ...]:
    """Sentences on other weights than the recipe's, and on words that the prior does not know.

    Args:
        recipe: of any kind.
        prior: the loaded prior; its `fingerprint` and `vocabulary` count.
    """
    wanted, found = recipe.prior_fingerprint, prior.fingerprint
    sentences: tuple[str, ...] = ()
    if wanted and found and wanted != found:
        sentences = (
            "The recipe was made with other weights of the prior "
            f"({wanted[:8]}, here {found[:8]}); the result will differ.",
        )
    if prior.vocabulary is None:
        return sentences
    words = f"{recipe.prompts.source} {recipe.prompts.target}"
    return (*sentences, *prior.vocabulary.warnings(words))

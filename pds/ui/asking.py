"""From what the widgets of a tab say to orders."""

from pathlib import Path
from typing import TYPE_CHECKING

from pds.base.errors import InputError
from pds.base.files import read_bounded
from pds.kinds import kind_of
from pds.ui.widgets import Values
from pds.work.order import EditOrder, MakeOrder, RefineOrder
from pds.work.recipe import MAX_RECIPE_BYTES, Recipe

if TYPE_CHECKING:
    from pds.ui.tab import KindTab


def recipe_order(tab: "KindTab", path: str, key: str) -> EditOrder:
    """The edit of a recipe file, on its own, a preset's or the open asset.

    Args:
        tab: where the file was opened.
        path: of the file.
        key: of the open asset; empty if there is none.

    Raises:
        InputError: it cannot be read, or belongs to another kind or asset.
    """
    data = read_bounded(path, MAX_RECIPE_BYTES, what=Path(path).name)
    other = kind_of(Recipe.from_json(data).kind)
    if other.key != tab.kind.key:
        raise InputError(f"This is the recipe of a {other.noun}; open it in the tab {other.label}.")
    store = tab.service.store
    given = store.asset(key) if key and store.has(key) else None
    return tab.service.recipe_order(data, given=given)


def edit_order(tab: "KindTab", values: Values) -> EditOrder:
    """The edit that the widgets say, of the open asset.

    Raises:
        InputError: nothing is open, a setting out of its range, words missing.
        JobError: what was open is no longer kept.
    """
    asset, edit = tab.source.read(values), tab.form.read(values)
    recipe = Recipe.of(
        asset,
        tab.words.read(values),
        method=edit.method,
        run=edit.run,
        settings=edit.own,
        prior=tab.service.prior.name,
    )
    return tab.service.edit_order(recipe, asset)


def make_order(tab: "KindTab", values: Values) -> MakeOrder:
    """The making that the widgets say, of what was brought.

    Raises:
        InputError: nothing usable was brought, or a setting is out of its range.
        JobError: what was open, and is to be gone on from, is no longer kept.
    """
    making = tab.making
    assert making is not None
    resume = tab.source.read(values) if values[making.resume] else None
    return making.read(values, resume=resume)


def refine_order(tab: "KindTab", values: Values, *, session: str) -> RefineOrder:
    """The refinement that the widgets say, of the result that a browser tab shows.

    Raises:
        ConfigError: a setting out of its range.
        JobError: what it shows is not an edited asset.
    """
    watched = tab.sessions.watched(session)
    return tab.service.refine_order(watched, tab.refining.read(values))

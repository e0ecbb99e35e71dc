"""What is typed of a machine: an option for every parameter that its table has, made when a command asks for them.

A model is imported where its options are needed, so that ``--version`` and the help of other commands answer at once.
"""

import functools
import inspect
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from torusync._terminal import Command

if TYPE_CHECKING:
    from torusync.models import Parameter


class Solve(Command):
    """The command ``solve``; it asks a model for its options only where it runs or explains itself."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters as declared, those of a maser that can be typed after the first of them."""
        if not any(one.name == "manifold_levels" for one in self.params):
            self.params[1:1] = _options()
        return super().get_params(ctx)

    def invoke(self, ctx: Any) -> Any:
        """Call the command, with what was typed of the model in the context."""
        ctx.meta["typed"] = {one.name: ctx.params.pop(one.name) for one in _options()}
        return super().invoke(ctx)


@functools.cache
def _options() -> list[Any]:
    """Return an option for every parameter of a maser that can be typed."""
    from torusync.models import ThermalMaser  # noqa: PLC0415
    from torusync.models.laboratory import typable  # noqa: PLC0415

    def declare() -> None: ...

    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(None, help=_told(one), metavar=_shown(one)),
            annotation=str | None,
        )
        for name, one in typable(ThermalMaser).items()
    ]
    declare.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    builder = typer.Typer(add_completion=False)
    builder.command()(declare)
    return list(get_command(builder).params)


def _shown(parameter: "Parameter") -> str:
    """Return what stands for a value in the help: the symbol, and what else can be typed."""
    from torusync.models import Kind  # noqa: PLC0415

    typed = {Kind.FREQUENCY: '"50 MHz"', Kind.RATE: '"50 MHz"', Kind.TEMPERATURE: '"1.2 K"'}.get(parameter.kind)
    return parameter.symbol if typed is None else f"{parameter.symbol}|{typed}"


def _told(parameter: "Parameter") -> str:
    """Return the line of help of one parameter."""
    told = f"{parameter.symbol}, {parameter.about}"
    if parameter.instead is not None:
        told += f", in place of --{parameter.instead.replace('_', '-')}"
    if parameter.axes:
        told += "; one value, or comma-separated ones"
    if parameter.complex:
        told += ", complex allowed"
    default = None if parameter.required else parameter.default
    return f"{told}." if default is None else f"{told}; {default:g} by default."

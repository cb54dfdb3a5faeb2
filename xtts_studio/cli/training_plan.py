"""How a training's plan and forecast are shown."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from xtts_studio import shapes

_BY_ITSELF = "found by itself"


def show_plan(plan: shapes.TrainingPlan, console: Console) -> None:
    """The facts, each choice with its reason, the steps and the room on the disk."""
    facts = plan.facts
    console.print(
        f"{facts.clips} clips, {facts.eval_clips} of them for evaluation; {_time(facts.speech_s)} of speech "
        f"({', '.join(facts.languages)}).",
        highlight=False,
    )
    table = Table("Setting", "Value", "Because")
    for choice in plan.choices:
        value = _BY_ITSELF if choice.value is None else escape(_value(choice.value))
        table.add_row(choice.setting.replace("_", " "), value, escape(choice.reason))
    console.print(table)
    console.print(
        f"{plan.steps_per_epoch} steps an epoch, {plan.total_steps} in all. On the disk up to "
        f"{plan.disk_bytes / 1e9:.1f} GB; {plan.disk_free_bytes / 1e9:.1f} GB are free.",
        highlight=False,
    )
    _show_notices(plan.notices, console)


def show_forecast(forecast: shapes.Forecast, console: Console) -> None:
    """What a probe found: the batch, the time, the memory, the price."""
    twice = ", activations computed twice" if forecast.gradient_checkpointing else ""
    price = "" if forecast.cost_usd is None else f" About {forecast.cost_usd:.2f} USD."
    console.print(
        f"On {escape(forecast.device)} in {forecast.precision}: {forecast.batch_size} clips at a time{twice}; "
        f"{forecast.step_s:.2g} s a step, {_time(forecast.total_s)} in all; "
        f"{forecast.memory_bytes / 1e9:.1f} GB of memory "
        f"(of {forecast.memory_limit_bytes / 1e9:.1f} GB that may be taken).{price}",
        highlight=False,
    )
    _show_notices(forecast.notices, console)


def _show_notices(notices: list[str], console: Console) -> None:
    for notice in notices:
        console.print(f"Note: {escape(notice)}", style="yellow", highlight=False)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _time(seconds: float) -> str:
    """40 -> "40 s", 725 -> "12 min", 10 000 -> "2 h 47 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

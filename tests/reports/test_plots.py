"""What the pictures show: heights, labels, captions, and no phone number."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from matplotlib.cbook import is_math_text
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.text import Text

from tests.reports.frames import ENGINES, OFFICE, row, table
from trunkline import plots
from trunkline.errors import DataError
from trunkline.plots.palette import LIGHT, contrast
from trunkline.reports.masking import Masking

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

RIAL = [line for line in OFFICE if line["currency"] == "IRR"]
PICTURES: dict[str, Callable[..., Figure]] = {
    "cost_by_day": plots.cost_by_day,
    "cost_by_part": plots.cost_by_part,
    "cost_by_month": plots.cost_by_month,
    "cost_by_jalali_month": lambda frame, **options: plots.cost_by_month(frame, **options | {"jalali": True}),
    "top_destinations": plots.top_destinations,
    "status_by_day": plots.status_by_day,
    "hours_of_the_week": plots.hours_of_the_week,
    "asr_over_days": plots.asr_over_days,
    "waits": plots.waits,
    "traffic_by_hour": plots.traffic_by_hour,
    "cost_by": lambda frame, **options: plots.cost_by(frame, "extension", **options),
    "status_by": lambda frame, **options: plots.status_by(frame, "weekday", **options),
}


def texts(figure: Figure) -> list[str]:
    drawn(figure)
    return [each.get_text() for each in figure.findobj(Text) if each.get_text()]


def drawn(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=40)
    return picture.getvalue()


def bars(figure: Figure, axes: int = 0) -> dict[str, list[float]]:
    """Return the bars' heights by their label in the legend."""
    return {
        str(each.get_label()): [round(float(bar.get_height()), 6) for bar in each]
        for each in figure.axes[axes].containers
        if isinstance(each, BarContainer)
    }


def cells(figure: Figure) -> QuadMesh:
    return next(each for each in figure.axes[0].collections if isinstance(each, QuadMesh))


def assert_sentences(figure: Any) -> None:
    """Let the title, the caption and the words begin with capital letters, as each of their sentences does."""
    for text in (figure.get_suptitle(), figure.get_supxlabel(), figure.alt):
        for sentence in re.split(r"(?<=[.]) ", text.replace("\n", " ")):
            assert not sentence[:1].islower(), sentence


def many(days: int) -> list[Any]:
    start = datetime(2025, 3, 3, 9)
    return [
        row(str(n), str(start + timedelta(days=n)), "incoming", "answered" if n % 2 else "busy", price="10", wait_s=1,
            talk_s=60, trunk="2155501")
        for n in range(days)
    ]  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_from_every_engine_with_its_definition(name: str) -> None:
    for engine in ENGINES.values():
        figure = PICTURES[name](engine(table(RIAL)))
        assert figure.get_suptitle()
        assert figure.get_supxlabel().endswith(".")
        assert_sentences(figure)
    assert drawn(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_no_calls_says_so(name: str) -> None:
    found = texts(PICTURES[name](table([])))
    assert any(text.startswith(("There are no", "No call has")) for text in found)


@pytest.mark.parametrize("name", PICTURES)
def test_no_picture_shows_a_whole_number(name: str) -> None:
    shown = " ".join(texts(PICTURES[name](table(RIAL))))
    for line in RIAL:
        for number in (line["source"], line["destination"]):
            assert number is None or len(number) < 4 or number not in shown


def test_numbers_are_shown_where_that_is_asked_for() -> None:
    assert "09120000002" in texts(plots.top_destinations(table(RIAL), mask=False))


def test_own_trunks_are_shown_and_names_where_that_is_asked_for() -> None:
    lines = [line | {"destination_name": "Shop"} if line["call_id"] == "c" else line for line in RIAL]
    assert "2155501" in texts(plots.cost_by_day(table(RIAL)))
    masking = Masking(key=b"k", own=frozenset({"02155500002"}), names=True)
    shown = texts(plots.top_destinations(table(lines), mask=masking))
    assert f"\u2068Shop\u2069, \u206609120•••••• {masking.pseudonym('09120000002')}\u2069" in shown
    assert "02155500002" in shown
    assert not any("Shop" in text for text in texts(plots.top_destinations(table(lines))))
    assert "\u2068Shop\u2069, \u206609120000002\u2069" in texts(plots.top_destinations(table(lines), mask=False))


def test_cost_per_day_stacks_trunks() -> None:
    # 17 to 21 March; trunk 2155501 57.50 on the first day and 1.00 on the last; 2155502 and none cost nothing.
    figure = plots.cost_by_day(table(RIAL))
    assert bars(figure) == {"2155501": [57.5, 0, 0, 0, 1.0]}
    assert figure.axes[0].get_ylabel() == "IRR"


def test_a_trunk_whose_charges_are_refunded_is_shown() -> None:
    lines = [
        row(price, f"2025-03-{day} 09:00:00", "outgoing", "answered", price=price, trunk="2155501")
        for day, price in ((17, "10"), (18, "-10"))
    ]
    other = row("x", "2025-03-18 09:00:00", "outgoing", "answered", price="3", trunk="2155502")
    assert bars(plots.cost_by_day(table([*lines, other]))) == {"2155502": [0, 3.0], "2155501": [10.0, -10.0]}


def test_the_dearest_trunks_stand_apart_and_the_rest_in_one() -> None:
    lines = [
        row(f"{n}", "2025-03-17 09:00:00", "outgoing", "answered", price=str(n), trunk=f"215550{n}")
        for n in range(1, 8)
    ]
    assert bars(plots.cost_by_day(table(lines), top=2)) == {
        "2155507": [7.0], "2155506": [6.0], "others": [15.0],
    }  # fmt: skip


def test_beyond_three_months_days_are_drawn_as_weeks() -> None:
    # 98 days from a Monday: 14 weeks of seven calls at 10; busy on days 0, 2, 4, 6 of even weeks.
    calls = table(many(98))
    cost = plots.cost_by_day(calls)
    assert cost.get_suptitle() == "Cost per week by trunk"
    assert bars(cost) == {"2155501": [70.0] * 14}
    status = plots.status_by_day(calls)
    assert bars(status) == {"answered": [3, 4] * 7, "busy": [4, 3] * 7}
    assert plots.asr_over_days(calls).get_suptitle() == "Answer-seizure ratio by week"
    assert plots.asr_over_days(table(many(92))).get_suptitle() == "Answer-seizure ratio by day"


def test_parts_add_up_to_the_price() -> None:
    # 7.50 + 47.00 + 3.00 - 1.00, and 1.00 of call c that its parts don't explain: 57.50.
    figure = plots.cost_by_part(table(RIAL))
    heights = [round(float(bar.get_height()), 2) for each in figure.axes[0].containers for bar in each]
    assert heights == [7.5, 47.0, 3.0, -1.0, 1.0, 57.5]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        "wait", "talk", "record", "saved", "unexplained", "price",
    ]  # fmt: skip


def test_months_part_answered_unanswered_and_unknown() -> None:
    figure = plots.cost_by_month(table(RIAL), jalali=True)
    assert bars(figure) == {"answered calls": [52.5, 0.0], "unanswered calls": [5.0, 0.0], "status unknown": [0.0, 1.0]}
    assert {"Esfand\n1403", "Farvardin\n1404"} <= set(texts(figure))


def test_many_months_have_room_for_their_labels() -> None:
    lines = [
        row(str(n), f"{2020 + n // 12}-{n % 12 + 1:02}-05 09:00:00", "outgoing", "answered", price="1")
        for n in range(30)
    ]
    ticks = [tick.get_text() for tick in plots.cost_by_month(table(lines)).axes[0].get_xticklabels()]
    assert ticks == [
        "Jan\n2020", "Apr", "Jul", "Oct", "Jan\n2021", "Apr", "Jul", "Oct", "Jan\n2022", "Apr",
    ]  # fmt: skip


def test_destinations_show_cost_share_and_calls() -> None:
    figure = plots.top_destinations(table(RIAL), prefix=3)
    assert "40  (97.6%, 1 call)" in texts(figure)
    assert "021" in texts(figure)


def test_the_week_begins_where_it_is_told_to() -> None:
    figure = plots.hours_of_the_week(table(OFFICE), value="missed", first_weekday=6)
    assert figure.get_suptitle() == "Missed by weekday and hour"
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]
    # b on Monday at 9 and d at 10, e on Thursday at 9.
    grid = cells(figure).get_array()
    assert (grid[2, 9], grid[2, 10], grid[5, 9], grid.sum()) == (1, 1, 1, 3)


def test_a_week_without_missed_calls_is_white_and_not_solid() -> None:
    figure = plots.hours_of_the_week(table([line for line in OFFICE if line["status"] == "answered"]), value="missed")
    mesh = cells(figure)
    assert mesh.get_array().sum() == 0
    assert mesh.to_rgba([0])[0, :3] == pytest.approx(to_rgb(LIGHT.heat[0]), abs=0.01)
    assert contrast(LIGHT.heat[0], LIGHT.surface) < 1.1


def test_the_service_level_is_marked_at_its_threshold() -> None:
    # Incoming: a answered after 10 s; b, d rang out; e busy.
    assert "25% within 20 s" in texts(plots.waits(table(OFFICE)))
    assert "0% within 5 s" in texts(plots.waits(table(OFFICE), threshold_s=5))


def test_a_threshold_may_be_long_or_a_part_of_a_second() -> None:
    # Answered after 10 and after 90 s, and one that rang out.
    lines = [row("1", "2025-03-17 09:00:00", "incoming", "answered", wait_s=10),
             row("2", "2025-03-17 09:00:00", "incoming", "answered", wait_s=90),
             row("3", "2025-03-17 09:00:00", "incoming", "no_answer", wait_s=30)]  # fmt: skip
    for seconds, said in ((120, "67% within 120 s"), (89.5, "33% within 89.5 s"), (90.0, "67% within 90 s")):
        figure: Any = plots.waits(table(lines), threshold_s=seconds)
        assert said in texts(figure)
        assert f"3 offered calls were answered within {said.split()[2]} s." in figure.alt
        assert figure.axes[1].get_xlim()[1] >= seconds


def test_traffic_is_the_mean_over_all_days_of_the_period() -> None:
    # Hour 10: c 125 s and d 4 s on one of five days; the busiest such hour carried 129/3600.
    figure = plots.traffic_by_hour(table(OFFICE))
    assert bars(figure)["mean"][10] == pytest.approx(129 / 3600 / 5, abs=1e-6)
    line = next(each for each in figure.axes[0].lines if each.get_label() == "busiest single hour")
    assert line.get_ydata()[10] == pytest.approx(129 / 3600)


def test_an_hour_that_the_clock_repeats_is_two_of_the_mean() -> None:
    # On 25 October 2026 there are two hours from 3 to 4 in Vilnius, both full, as is the one of the next day.
    zone, lines = ZoneInfo("Europe/Vilnius"), []
    for day, hour in ((25, 0), (25, 1), (26, 1)):
        start = datetime(2026, 10, day, hour, tzinfo=UTC)
        local = start.astimezone(zone).replace(tzinfo=None)
        call = row(str(start), None, "outgoing", "answered", wait_s=0, talk_s=3600)
        lines.append(call | {"started_at": start, "started_local": local})
    assert bars(plots.traffic_by_hour(table(lines)))["mean"][3] == pytest.approx(1)


def test_little_traffic_has_digits_that_count_and_the_hour_that_is_skipped_is_none() -> None:
    # The only day of the calls is 30 March 2025 in Vilnius, which has no hour 3: 3 s from 02:00 on, 9 s from 04:00 on.
    day = datetime(2025, 3, 30, tzinfo=UTC)
    lines = [
        row(str(hour), f"2025-03-30 0{local}:00:00", "incoming", "answered", wait_s=0, talk_s=talk)
        | {"started_at": day + timedelta(hours=hour)}
        for hour, local, talk in ((0, 2, 3), (1, 4, 9))
    ]
    alt = plots.traffic_by_hour(table(lines)).alt
    assert "highest at 04:00 (0.0025 erlang) and lowest at 00:00 (0.00)" in alt
    assert "The busiest single hour carried 0.0025 erlang." in alt
    # All hours but the skipped one have traffic.
    full = [
        row(
            str(hour),
            f"2025-03-30 {(hour + 2 + (hour > 0)) % 24:02}:00:00",
            "incoming",
            "answered",
            wait_s=0,
            talk_s=60,
        )
        | {"started_at": day + timedelta(hours=hour)}
        for hour in range(-2, 21)
    ]
    assert "lowest at 00:00 (0.017)" in plots.traffic_by_hour(table(full)).alt


def test_two_currencies_are_drawn_one_at_a_time() -> None:
    with pytest.raises(DataError, match="EUR, IRR"):
        plots.cost_by_day(table(OFFICE))
    assert plots.cost_by_day(table(OFFICE), currency="EUR").axes[0].get_ylabel() == "EUR"
    assert "There are no priced calls in this period." in texts(plots.cost_by_day(table(OFFICE), currency="USD"))


def test_calls_without_price_wait_or_length_are_no_reason_to_fail() -> None:
    bare = table([row("x", "2025-03-17 09:00:00", "incoming", "unknown"), row("y", None, None, None)])
    for picture in PICTURES.values():
        assert drawn(picture(bare))


def test_pictures_need_no_pyplot() -> None:
    code = "import sys, trunkline.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["$\\frac{1}{0}$ and $", "a\n\x1b[2J\u202eb", "_hidden", "x" * 500])
def test_a_hostile_trunk_and_number_are_drawn_as_they_are(name: str) -> None:
    frame = table([line | {"trunk": name, "destination": name, "direction": "outgoing"} for line in RIAL])
    shown = " ".join(name.replace("\x1b", " ").replace("\u202e", "").split())
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    for picture in (plots.cost_by_day(frame), plots.top_destinations(frame, mask=False)):
        written = [text.replace(r"\$", "$").strip() for text in texts(picture)]
        assert shown in written
        assert not any(is_math_text(text) for text in texts(picture) if shown in text.replace(r"\$", "$"))

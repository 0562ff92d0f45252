"""The texts of plots in Persian."""

# ruff: noqa: RUF001 -- letters and digits of Persian are meant.

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
SEPARATORS: Final = str.maketrans({",": "٬", ".": "٫", "%": "٪", "-": "−"})

WEEKDAYS: Final = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
JALALI_MONTHS: Final = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
GREGORIAN_MONTHS: Final = (
    "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
)  # fmt: skip
CURRENCIES: Final[Mapping[str, str]] = {
    "IRR": "ریال",
    "IRT": "تومان",
    "EUR": "یورو",
    "USD": "دلار",
    "GBP": "پوند",
    "VND": "دونگ",
    "RUB": "روبل",
}

TEXTS: Final[Mapping[str, str]] = {
    # amounts
    "million {unit}": "میلیون {unit}",
    "billion {unit}": "میلیارد {unit}",
    "trillion {unit}": "هزار میلیارد {unit}",
    "{amount} {unit}": "{amount} {unit}",
    # what stands in alternative texts
    "From {first} to {last}, in total {total}.": "از {first} تا {last}، در مجموع {total}.",
    "From {first} to {last}, over the whole period {share}.": "از {first} تا {last}، در کل دوره {share}.",
    "{title}.": "{title}.",
    "In total {total}.": "جمع: {total}.",
    "Most: {most} ({at}). Least: {least} ({low_at}).": "بیشترین: {most} ({at}). کمترین: {least} ({low_at}).",
    "{label}: {value}": "{label}: {value}",
    ", ": "، ",
    # axes
    "local day": "روز (به وقت محلی)",
    "local week, by its Monday": "هفته، با روز دوشنبهٔ آن",
    "local week, by its Saturday": "هفته، با روز شنبهٔ آن",
    "local month, Jalali calendar": "ماه، تقویم جلالی",
    "local month, Gregorian calendar": "ماه، تقویم میلادی",
    "time ({zone})": "زمان ({zone})",
    "{first} to {last}": "{first} تا {last}",
    "local hour": "ساعت (به وقت محلی)",
    "calls": "تماس",
    "others": "دیگر",
    "unknown": "نامعلوم",
    "no trunk": "بدون خط",
    # statuses
    "answered": "پاسخ‌داده‌شده",
    "no answer": "بی‌پاسخ",
    "busy": "مشغول",
    "congestion": "شلوغی خط",
    "failed": "ناموفق",
    # keys
    "account": "حساب",
    "trunk": "خط",
    "extension": "داخلی",
    "direction": "جهت",
    "status": "وضعیت",
    "destination": "مقصد",
    "prefix": "پیش‌شماره",
    "country": "کشور",
    "region": "ناحیه",
    "carrier": "اپراتور",
    "contact": "مخاطب",
    "day": "روز",
    "week": "هفته",
    "weekday": "روز هفته",
    "hour": "ساعت",
    "month": "ماه",
    "incoming": "ورودی",
    "outgoing": "خروجی",
    "internal": "داخلی",
    # cost
    "Cost per day by trunk": "هزینهٔ هر روز به تفکیک خط",
    "Cost per week by trunk": "هزینهٔ هر هفته به تفکیک خط",
    "Sum of the prices of the calls that began on the day, {unit}. Calls without a price are left out.": (
        "جمع بهای تماس‌هایی که در آن روز آغاز شده‌اند، {unit}. تماس‌های بدون بها به حساب نیامده‌اند."
    ),
    "Sum of the prices of the calls that began in the week, {unit}. Calls without a price are left out.": (
        "جمع بهای تماس‌هایی که در آن هفته آغاز شده‌اند، {unit}. تماس‌های بدون بها به حساب نیامده‌اند."
    ),
    "There are no calls in this period.": "در این دوره تماسی نیست.",
    "There are no priced calls in this period.": "در این دوره تماس دارای بها نیست.",
    "There are no priced outgoing calls in this period.": "در این دوره تماس خروجی دارای بها نیست.",
    "What the cost is made of": "اجزای هزینه",
    "No call has all the parts of its price.": "اجزای بهای هیچ تماسی کامل نیست.",
    "Calls whose price and parts are all known: {known} (not known: {rest}). "
    "Price = wait + talk + record - saved; what remains of a price is unexplained.": (
        "تماس‌هایی که بها و همهٔ اجزای آن معلوم است: {known} (نامعلوم: {rest}). "
        "بها = انتظار + مکالمه + ضبط − صرفه‌جویی؛ باقی‌ماندهٔ بها نامشخص است."
    ),
    "wait": "انتظار",
    "talk": "مکالمه",
    "record": "ضبط",
    "saved": "صرفه‌جویی",
    "unexplained": "نامشخص",
    "price": "بها",
    "Cost per month (Jalali)": "هزینهٔ هر ماه (جلالی)",
    "Cost per month (Gregorian)": "هزینهٔ هر ماه (میلادی)",
    "Sum of the prices of the calls that began in the local month, {unit}. The first and last may be partial.": (
        "جمع بهای تماس‌هایی که در آن ماه آغاز شده‌اند، {unit}. ماه اول و آخر ممکن است کامل نباشند."
    ),
    "answered calls": "تماس‌های پاسخ‌داده‌شده",
    "unanswered calls": "تماس‌های بی‌پاسخ",
    "status unknown": "وضعیت نامعلوم",
    "Most expensive destinations": "پرهزینه‌ترین مقصدها",
    "Most expensive destinations (first {prefix} digits)": "پرهزینه‌ترین مقصدها ({prefix} رقم اول)",
    "Sum of the prices of outgoing calls, {unit}, and its share of all outgoing cost.": (
        "جمع بهای تماس‌های خروجی، {unit}، و سهم آن از کل هزینهٔ تماس‌های خروجی."
    ),
    "Last digits hidden; the letters after them stand for the number.": (
        "رقم‌های آخر پنهان است؛ حروف پس از آن به جای شماره می‌نشیند."
    ),
    "{amount}  ({share}, {calls} call)": "{amount}  ({share}، {calls} تماس)",
    "{amount}  ({share}, {calls} calls)": "{amount}  ({share}، {calls} تماس)",
    "{amount}  ({share})": "{amount}  ({share})",
    "{name}, {number}": "{name}، {number}",
    "Cost by {key}": "هزینه به تفکیک {key}",
    "Sum of the prices of the calls, {unit}, and its share of all cost.": (
        "جمع بهای تماس‌ها، {unit}، و سهم آن از کل هزینه."
    ),
    "The first {shown} of {all}.": "{shown} مورد اول از {all}.",
    # status
    "Calls per day by status": "تماس‌های هر روز به تفکیک وضعیت",
    "Calls per week by status": "تماس‌های هر هفته به تفکیک وضعیت",
    "All directions, by the status that the provider states.": ("همهٔ جهت‌ها، بر پایهٔ وضعیتی که ارائه‌دهنده اعلام می‌کند."),
    "{value} by weekday and hour": "{value} به تفکیک روز هفته و ساعت",
    "Sum over the whole period, by the local time at which the call began.": (
        "جمع کل دوره، بر پایهٔ زمان محلی آغاز تماس."
    ),
    "missed": "ازدست‌رفته",
    "attempts": "تلاش",
    "Answer-seizure ratio by day": "نرخ پاسخ‌گویی در هر روز",
    "Answer-seizure ratio by week": "نرخ پاسخ‌گویی در هر هفته",
    "Answered / attempts, with its Wilson 95 % interval; over the whole period {share} of {attempts} attempts. "
    "Calls of unknown status are left out.": (
        "پاسخ‌داده‌شده / تلاش، با بازهٔ ۹۵٪ ویلسون؛ در کل دوره {share} از {attempts} تلاش. "
        "تماس‌های با وضعیت نامعلوم به حساب نیامده‌اند."
    ),
    "whole period: {share}": "کل دوره: {share}",
    "ASR and 95 % interval": "نرخ پاسخ‌گویی و بازهٔ ۹۵٪",
    "answered / attempts": "پاسخ‌داده‌شده / تلاش",
    "Calls by {key} and status": "تماس‌ها به تفکیک {key} و وضعیت",
    "By the status that the provider states; at the end, answered / attempts (ASR).": (
        "بر پایهٔ وضعیتی که ارائه‌دهنده اعلام می‌کند؛ در انتها، پاسخ‌داده‌شده / تلاش."
    ),
    # waits and traffic
    "How long callers waited": "تماس‌گیرندگان چقدر منتظر ماندند",
    "There are no incoming calls of known wait in this period.": ("در این دوره تماس ورودی با زمان انتظار معلوم نیست."),
    "Incoming calls. Service level: answered within T / offered (all of known status), band: Wilson 95 %. "
    "The last bar holds all from {end} s.": (
        "تماس‌های ورودی. سطح خدمت: پاسخ‌داده‌شده در T ثانیه / همهٔ تماس‌های با وضعیت معلوم؛ نوار: بازهٔ ۹۵٪ ویلسون. "
        "ستون آخر همهٔ انتظارهای {end} ثانیه و بیشتر است."
    ),
    "rang out": "زنگ بی‌پاسخ",
    "seconds of waiting": "ثانیهٔ انتظار",
    "T, seconds": "T، ثانیه",
    "service level": "سطح خدمت",
    "{share} within {seconds} s": "{share} در {seconds} ثانیه",
    "{share} of {offered} offered calls were answered within {seconds} s.": (
        "{share} از {offered} تماس ورودی در {seconds} ثانیه پاسخ داده شد."
    ),
    "Most waits, {calls}, were of {start} to {end} s.": "بیشتر انتظارها ({calls}) {start} تا {end} ثانیه بود.",
    "Most waits, {calls}, were of {start} s or more.": "بیشتر انتظارها ({calls}) {start} ثانیه یا بیشتر بود.",
    "Carried traffic by hour of the day": "ترافیک هر ساعت از روز",
    "There are no calls of known length in this period.": "در این دوره تماس با مدت معلوم نیست.",
    "Erlang = seconds of occupation within the hour / 3600. Mean over all days of the period: {days}.": (
        "ارلانگ = ثانیه‌های اشغال در آن ساعت / ۳۶۰۰. میانگین همهٔ روزهای دوره: {days}."
    ),
    "mean": "میانگین",
    "busiest single hour": "شلوغ‌ترین ساعت",
    "erlang": "ارلانگ",
    "Mean traffic is highest at {hour}:00 ({most} erlang) and lowest at {low_hour}:00 ({least}). "
    "The busiest single hour carried {top} erlang.": (
        "میانگین ترافیک در ساعت {hour} بیشترین ({most} ارلانگ) و در ساعت {low_hour} کمترین ({least}) است. "
        "شلوغ‌ترین ساعت {top} ارلانگ داشت."
    ),
    # forecasts, periods, credit, lines
    "Cost so far, and to the end of the period": "هزینه تا اکنون و تا پایان دوره",
    "There are no priced calls to make a forecast from.": "تماس دارای بهایی برای پیش‌بینی نیست.",
    "Sum of the prices of the calls, {unit}.": "جمع بهای تماس‌ها، {unit}.",
    "Sum of the prices of the calls, {unit}; from today on, the mean cost of each weekday in the last 28 days.": (
        "جمع بهای تماس‌ها، {unit}؛ از امروز، میانگین هزینهٔ هر روز هفته در ۲۸ روز گذشته."
    ),
    "spent": "هزینه‌شده",
    "expected": "پیش‌بینی",
    "80 % interval": "بازهٔ ۸۰٪",
    "budget": "بودجه",
    "Spent: {amount}.": "هزینه‌شده: {amount}.",
    "Budget: {amount}.": "بودجه: {amount}.",
    "Expected by the end: {amount} ({low} to {high}).": "پیش‌بینی تا پایان: {amount} ({low} تا {high}).",
    "Forecasts of {horizon} days beside what was spent": "پیش‌بینی‌های {horizon} روزه در کنار هزینهٔ واقعی",
    "There are too few days of priced calls to test a forecast.": "روزهای دارای بها برای سنجش پیش‌بینی کافی نیست.",
    "Each made from the days before it alone, {unit}. {inside} of {all} actual costs are within the 80 % interval.": (
        "هر پیش‌بینی تنها از روزهای پیش از آن، {unit}. {inside} از {all} هزینهٔ واقعی در بازهٔ ۸۰٪ است."
    ),
    "forecast and 80 % interval": "پیش‌بینی و بازهٔ ۸۰٪",
    "actual": "واقعی",
    "first local day of the forecast": "نخستین روز پیش‌بینی",
    "talk time": "مدت مکالمه",
    "cost": "هزینه",
    "{after} beside {before}": "{after} در کنار {before}",
    "The two periods have no complete day of the same weekday with calls.": "دو دوره روز کامل همسانی ندارند.",
    "Change of the mean per day, of complete days and equal weekdays.": "تغییر میانگین روزانه در روزهای کامل همسان.",
    "{change}  ({before} to {after})": "{change}  ({before} به {after})",
    "Credit": "شارژ",
    "Each reading of the archive, {unit}; times are in {zone}.": "هر خواندن شارژ، {unit}؛ زمان‌ها به وقت {zone} است.",
    "Credit that calls and top-ups don't explain": "تغییر شارژ که تماس‌ها و شارژها توضیح نمی‌دهند",
    "Sum of the residuals since the first reading, {unit}; times are in {zone}.": (
        "جمع باقی‌مانده‌ها از نخستین خواندن، {unit}؛ زمان‌ها به وقت {zone} است."
    ),
    "The last reading of each: {values}.": "آخرین خواندن هر یک: {values}.",
    "Named are the {shown} with the least credit.": "نام {shown} خط با کمترین شارژ آمده است.",
    "Named are the {shown} furthest from zero.": "نام {shown} خط با بیشترین فاصله از صفر آمده است.",
    "Named are the {shown} with the most traffic.": "نام {shown} مورد با بیشترین ترافیک آمده است.",
    "Calls and top-ups explain all changes.": "تماس‌ها و شارژها همهٔ تغییرها را توضیح می‌دهند.",
    "There are no readings of the credit in this period.": "در این دوره شارژی خوانده نشده است.",
    "Lines and calls that find them busy": "خط‌ها و تماس‌هایی که همه را مشغول می‌یابند",
    "Erlang B in the busy hour: {offered} erlang offered. Dashed: the target of {blocking} of the calls.": (
        "ارلانگ B در ساعت شلوغ: {offered} ارلانگ. خط‌چین: هدف، {blocking} از تماس‌ها."
    ),
    "Erlang B in the busy hour of each: {offered} erlang offered in all. "
    "Dashed: the target of {blocking} of the calls.": (
        "ارلانگ B در ساعت شلوغ هر یک: در مجموع {offered} ارلانگ. خط‌چین: هدف، {blocking} از تماس‌ها."
    ),
    "lost calls": "تماس‌های ازدست‌رفته",
    "{lines} needed": "{lines} لازم",
    "{lines} present": "{lines} موجود",
    "{lines} needed and present": "{lines} لازم و موجود",
    "By {key}: {values}.": "به تفکیک {key}: {values}.",
    "share of calls": "سهم تماس‌ها",
    "lines": "خط",
}
"""Each English text of the plots in Persian."""

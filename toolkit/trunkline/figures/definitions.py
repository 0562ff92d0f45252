"""What the figures mean, in the words that stand below their tables."""

COST = (
    "Cost: the sum of the prices that the provider charged, exact, in its currency. Per answered call and per "
    "minute: the cost of answered calls by their number and by their talk time in minutes."
)
PARTS = "Price = wait + talk + record - saved, for calls whose price and parts are all known; the residual is the rest."
STATUS = (
    "ASR: answered / attempts (ITU-T E.411). NER: (answered + busy + no answer) / attempts (ITU-T E.425). ACD: talk"
    " time / answered calls. Attempts are the calls of known status. In brackets: the Wilson 95 % interval."
)
TIME_TO_ANSWER = (
    "Seconds until incoming calls were answered: mean, median, 90th and 95th percentile (linear, Hyndman and Fan 7)."
)
SERVICE_LEVEL = (
    "Service level: incoming calls answered within the threshold (seconds) / the named denominator. In brackets: "
    "the Wilson 95 % interval."
)
ABANDONMENT = (
    "Abandonment: incoming calls that rang out after more than the threshold (seconds) / incoming calls of known "
    "status. In brackets: the Wilson 95 % interval."
)
OPEN_MISSED = (
    "Numbers whose missed calls are open: no later answered call with the number, in either direction, on the account. "
    "Calls after the period count, too."
)
CALL_BACKS = (
    "From a missed call to the next answered call with its number, start to start: median and 90th percentile. Calls "
    "after the period count, too."
)
ATTEMPTS = (
    "A series: the incoming calls of a number, from the first after it was last reached to the answered one. Mean, "
    "median and 90th percentile are of answered series; the share is that of first attempts that were answered."
)
CARRIED = (
    "Erlang: the seconds in which calls were active within the hour / 3600. A call counts in each hour in which it "
    "is active."
)
BUSY_HOUR = (
    "The hour with the most traffic: fixed (a clock hour), sliding (any 60 minutes), and time-consistent (the hour "
    "of the day with the highest mean)."
)
PEAK = "The most calls at the same time. A call that ends when another starts isn't concurrent with it."
CHECK = (
    "Difference: what was charged less what the card has, where both are known. Each call is in one class, so that the "
    "charged amounts of all classes add up to the cost."
)
DISPUTES = "Calls that were charged more than the card has, with the reason; amounts are exact."
WHAT_IF = (
    "Cost under the card, rounded as it says; by second: with the increments 1/1; increments: what is between the two. "
    "Difference: the cost of the compared calls under the card less what was charged."
)
CONTACTS = "Balance: (outgoing - incoming) / calls, from -1 (they always call) to 1 (you do)."
QUALITY = (
    "Missing: not there, or a status of unknown. Impossible: such as an end before the start, or seconds below zero. "
    "Derived: ends that follow from start, wait and talk."
)
MOST_EXPENSIVE = "The calls with the highest prices, in each currency."
FORECAST = (
    "Spent: the cost of the month so far. Expected: that, and the mean cost of each weekday that is left of it, from "
    "the last 28 whole days; low to high is the 80 % interval. A credit runs out when it is used up at that pace or "
    "expires; earliest to latest is the 80 % interval, never after the expiry. Unknown with less than seven whole "
    "days of calls."
)
BACKTEST = (
    "Forecasts of past days, each from the days before it alone: weekday is the forecast of Trunkline, mean and last "
    "week are naive ones. MAE and bias: mean of |forecast - actual| and of forecast - actual; WAPE: the sum of "
    "|forecast - actual| / that of actual costs; coverage: actual costs within the 80 % interval, with its Wilson 95 "
    "% interval."
)
COMPARE = (
    "Days that are over and were read to their end. Per day: the mean of the means of the weekdays that both periods "
    "have. Difference = after - before and ratio = after / before, both per day."
)
BUDGET = (
    "Projected: the cost at the end of the period, spent and expected, with its 80 % interval. Over = projected - "
    "budget; below 0 something will be left. Left per day: what each day that is left may cost."
)
CREDIT = "Credit as the provider stated it at each reading (UTC): at each change that was seen, and once a day."
BALANCE = (
    "Change = top-ups - cost + residual, for each two readings in a row. Cost: the prices of the calls that ended "
    "between them. Fees, rounding and calls without a price are in the residual."
)
LINES = (
    "Needed: the fewest lines that lose at most the given share of calls in the busy hour (Erlang B, blocked). "
    "Waiting: the share that would wait in a queue (Erlang C). Last line: the erlang that the last of the lines "
    "carries."
)
RECORDS = (
    "Calls are paired by direction, number and start (60 seconds apart at most), the best pair first and each call "
    "once. Difference: charged less what the other record has. Each call is in one class."
)
TWINS = (
    "Calls of two accounts with the same direction and number, starts at most 10 and talk times at most 2 seconds "
    "apart; each call has one twin at most. The call of the account with the most prices counts. Classes as for two "
    "records."
)
NEW_AND_GONE = "New: no calls in the period before. Gone: calls enough in the period before, and none in this one."
ANOMALIES = (
    "Odd is not fraud: each row says why it is listed, and how improbable it is where that can be said. Days are "
    "judged by the days before them; first calls to a country by all calls before."
)
NO_COUNTRY = "The country of the accounts is unknown, so foreign numbers were not looked at: choose it with region."

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
    "Numbers whose missed calls are open: no later answered call with the number, in either direction, on the account."
)
CALL_BACKS = "From a missed call to the next answered call with its number, start to start: median and 90th percentile."
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

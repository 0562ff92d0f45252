"""Student's t: how far an interval reaches whose variance is itself estimated from few values."""

from __future__ import annotations

from statistics import NormalDist


def student_quantile(probability: float, freedom: int) -> float:
    """Return the quantile of Student's t with so many degrees of freedom, 5 or more.

    The expansion of Cornish and Fisher to the fourth order (Abramowitz & Stegun, Handbook of Mathematical Functions,
    26.7.5), right to three decimals for the probabilities from 2.5 to 97.5 %. Raises `ValueError` for fewer degrees,
    where the expansion fails, or a probability that is not between 0 and 1.
    """
    least = 5
    if freedom < least or not 0 < probability < 1:
        msg = "Student's t is known here for 5 degrees of freedom or more, and probabilities between 0 and 1"
        raise ValueError(msg)
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(freedom) ** order for order, term in enumerate(terms, start=1))

// Package stats holds the statistics of misbehaviour: intervals of rates and of
// their differences, the agreement of judges, and rates corrected for what judges
// get wrong. Each formula names its source, and is tested against values that
// others have published.
//
// What is counted, and what is left out of a rate, is the business of package
// report.
package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a confidence interval.
type Interval struct {
	Low, High float64
}

// Wilson returns the score interval of a proportion of successes in n trials
// (E. B. Wilson, "Probable inference, the law of succession, and statistical
// inference", Journal of the American Statistical Association 22, 1927), without
// a correction for continuity. Confidence lies between 0 and 1, such as 0.95.
// Without trials nothing is known, and the interval is from 0 to 1.
func Wilson(successes, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	return score(float64(successes)/float64(n), float64(n), distuv.UnitNormal.Quantile(1-(1-confidence)/2))
}

// score is the score interval of a proportion p of size trials, which need not
// be whole, by a quantile.
func score(p, size, quantile float64) Interval {
	scale := 1 + quantile*quantile/size
	centre := p + quantile*quantile/(2*size)
	spread := quantile * math.Sqrt(p*(1-p)/size+quantile*quantile/(4*size*size))
	interval := Interval{(centre - spread) / scale, (centre + spread) / scale}
	if p == 0 {
		interval.Low = 0 // which it is, but for rounding
	}
	if p == 1 {
		interval.High = 1
	}
	return interval
}

// Difference returns the interval of the difference p1 − p2 of two independent
// proportions by the hybrid score method (R. G. Newcombe, "Interval estimation
// for the difference between independent proportions: comparison of eleven
// methods", Statistics in Medicine 17, 1998, method 10). Both n must be at
// least 1.
func Difference(successes1, n1, successes2, n2 int, confidence float64) Interval {
	return Hybrid(
		float64(successes1)/float64(n1), Wilson(successes1, n1, confidence),
		float64(successes2)/float64(n2), Wilson(successes2, n2, confidence),
	)
}

// Hybrid returns the interval of the difference p1 − p2 of two independent
// estimates from the interval of each, which need not be symmetric (G. Y. Zou
// and A. Donner, "Construction of confidence limits about effect measures: a
// general approach", Statistics in Medicine 27, 2008).
func Hybrid(p1 float64, first Interval, p2 float64, second Interval) Interval {
	return Interval{
		Low:  p1 - p2 - math.Hypot(p1-first.Low, second.High-p2),
		High: p1 - p2 + math.Hypot(first.High-p1, p2-second.Low),
	}
}

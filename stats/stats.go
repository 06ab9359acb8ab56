// Package stats holds the statistics of misbehaviour: intervals of rates and of
// their differences. Each formula names its source, and is tested against
// values that others have published.
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
	z := distuv.UnitNormal.Quantile(1 - (1-confidence)/2)
	p, size := float64(successes)/float64(n), float64(n)
	scale := 1 + z*z/size
	centre := p + z*z/(2*size)
	spread := z * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	interval := Interval{(centre - spread) / scale, (centre + spread) / scale}
	if successes == 0 {
		interval.Low = 0 // which it is, but for rounding
	}
	if successes == n {
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
	p1, p2 := float64(successes1)/float64(n1), float64(successes2)/float64(n2)
	first, second := Wilson(successes1, n1, confidence), Wilson(successes2, n2, confidence)
	return Interval{
		Low:  p1 - p2 - math.Hypot(p1-first.Low, second.High-p2),
		High: p1 - p2 + math.Hypot(first.High-p1, p2-second.Low),
	}
}

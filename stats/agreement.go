package stats

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Missing is the category of a unit that a rater has not rated.
const Missing = -1

// CohenKappa returns the agreement of two raters beyond chance (J. Cohen, "A
// coefficient of agreement for nominal scales", Educational and Psychological
// Measurement 20, 1960), with the interval of its large-sample standard error (J.
// L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard errors of kappa
// and weighted kappa", Psychological Bulletin 72, 1969), which does not go below
// −1 or above 1. Table[i][j] counts the units that the first rater put in category
// i and the second in j.
//
// Without units, and where both raters put everything in one and the same
// category, kappa is not defined: it is NaN, and the interval from −1 to 1. Where
// they agree about everything the standard error is 0 whatever the number of
// units; the interval then is the one point, and says nothing.
func CohenKappa(table [][]int, confidence float64) (kappa float64, interval Interval) {
	kappa, se := cohen(table)
	if math.IsNaN(kappa) {
		return kappa, Interval{-1, 1}
	}
	spread := distuv.UnitNormal.Quantile(1-(1-confidence)/2) * se
	return kappa, Interval{max(-1, kappa-spread), min(1, kappa+spread)}
}

// cohen returns kappa and its standard error, equation 13 of Fleiss, Cohen and
// Everitt.
func cohen(table [][]int) (kappa, se float64) {
	k := len(table)
	rows, columns := make([]float64, k), make([]float64, k)
	n, agreed := 0.0, 0.0
	for i, row := range table {
		for j, count := range row {
			rows[i] += float64(count)
			columns[j] += float64(count)
			n += float64(count)
		}
		agreed += float64(row[i])
	}
	agreed /= n
	chance := 0.0
	for i := range k {
		rows[i] /= n
		columns[i] /= n
		chance += rows[i] * columns[i]
	}
	if n == 0 || chance == 1 {
		return math.NaN(), math.NaN()
	}
	kappa = (agreed - chance) / (1 - chance)
	sum := 0.0
	for i := range k {
		for j := range k {
			p := float64(table[i][j]) / n
			if i == j {
				sum += p * square(1-(rows[i]+columns[i])*(1-kappa))
			} else {
				sum += p * square((columns[i]+rows[j])*(1-kappa))
			}
		}
	}
	sum -= square(kappa - chance*(1-kappa))
	return kappa, math.Sqrt(max(0, sum)/n) / (1 - chance)
}

func square(x float64) float64 { return x * x }

// FleissKappa returns the agreement of several raters beyond chance (J. L.
// Fleiss, "Measuring nominal scale agreement among many raters", Psychological
// Bulletin 76, 1971). Counts[i][j] says how many raters put unit i in category j;
// each unit must have been rated by the same number of raters, two at the least,
// and NaN is returned if not. It is also NaN without units, and where all is in
// one category.
func FleissKappa(counts [][]int) float64 {
	if len(counts) == 0 {
		return math.NaN()
	}
	raters := sum(counts[0])
	shares := make([]float64, len(counts[0]))
	agreed := 0.0
	for _, unit := range counts {
		if raters < 2 || sum(unit) != raters {
			return math.NaN()
		}
		pairs := 0
		for j, n := range unit {
			pairs += n * (n - 1)
			shares[j] += float64(n)
		}
		agreed += float64(pairs) / float64(raters*(raters-1))
	}
	agreed /= float64(len(counts))
	chance := 0.0
	for _, s := range shares {
		share := s / float64(raters*len(counts))
		chance += share * share
	}
	if chance == 1 {
		return math.NaN()
	}
	return (agreed - chance) / (1 - chance)
}

// KrippendorffAlpha returns the reliability of raters who need not all have rated
// every unit, for categories without an order (K. Krippendorff, "Computing
// Krippendorff's Alpha-Reliability", 2011). Counts[i][j] says how many raters put
// unit i in category j; units that fewer than two have rated say nothing. It is
// NaN where no unit has two ratings, and where all is in one category.
func KrippendorffAlpha(counts [][]int) float64 {
	var totals []float64
	values, observed := 0.0, 0.0
	for _, unit := range counts {
		m := sum(unit)
		if m < 2 {
			continue
		}
		values += float64(m)
		for j, n := range unit {
			for len(totals) <= j {
				totals = append(totals, 0)
			}
			totals[j] += float64(n)
			observed += float64(n*(m-n)) / float64(m-1)
		}
	}
	expected := 0.0
	for _, n := range totals {
		expected += n * (values - n)
	}
	if expected == 0 {
		return math.NaN()
	}
	return 1 - (values-1)*observed/expected
}

// CountRatings returns how many raters put each unit in each of the categories 0
// to categories−1. Ratings[r][i] is what rater r says of unit i, or [Missing].
func CountRatings(ratings [][]int, categories int) [][]int {
	if len(ratings) == 0 {
		return nil
	}
	counts := make([][]int, len(ratings[0]))
	for i := range counts {
		counts[i] = make([]int, categories)
		for _, rater := range ratings {
			if rater[i] != Missing {
				counts[i][rater[i]]++
			}
		}
	}
	return counts
}

// resamples is how many times [Bootstrap] draws.
const resamples = 4000

// Bootstrap returns the percentile interval of a coefficient of agreement: of the
// values that it has for units drawn with replacement from those given (B. Efron,
// "Bootstrap methods: another look at the jackknife", Annals of Statistics 7,
// 1979). Neither Fleiss' kappa nor Krippendorff's alpha has a closed form that
// holds for few units and few raters. Draws for which the coefficient is not
// defined are left out; if they are most of all, the interval is from −1 to 1. The
// same counts and seed give the same interval.
func Bootstrap(counts [][]int, coefficient func(counts [][]int) float64, confidence float64, seed uint64) Interval {
	draw := rand.New(rand.NewPCG(seed, uint64(len(counts))))
	var values []float64
	sample := make([][]int, len(counts))
	for range resamples {
		if len(counts) == 0 {
			break
		}
		for i := range sample {
			sample[i] = counts[draw.IntN(len(counts))]
		}
		if v := coefficient(sample); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) <= resamples/2 {
		return Interval{-1, 1}
	}
	slices.Sort(values)
	at := func(share float64) float64 { return values[int(math.Round(share*float64(len(values)-1)))] }
	return Interval{at((1 - confidence) / 2), at(1 - (1-confidence)/2)}
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

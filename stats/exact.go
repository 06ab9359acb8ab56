package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Fisher returns the two-sided p-value of Fisher's exact test that two
// proportions are equal (R. A. Fisher, "The Logic of Inductive Inference",
// Journal of the Royal Statistical Society 98, 1935): given the margins, the
// probability of all tables that are no more probable than the one observed.
// That is what R's fisher.test returns. Without trials on one side nothing
// speaks against equality, and the value is 1.
func Fisher(successes1, n1, successes2, n2 int) float64 {
	successes := successes1 + successes2
	low, high := max(0, successes-n2), min(n1, successes)
	logOf := func(first int) float64 {
		return logChoose(n1, first) + logChoose(n2, successes-first) - logChoose(n1+n2, successes)
	}
	// Tables that are equally probable differ by rounding; R allows for as much.
	limit := logOf(successes1) + 1e-7
	sum := 0.0
	for first := low; first <= high; first++ {
		if p := logOf(first); p <= limit {
			sum += math.Exp(p)
		}
	}
	return min(1, sum)
}

// logChoose returns the logarithm of the number of ways to choose k of n.
func logChoose(n, k int) float64 {
	if k == 0 || k == n {
		return 0
	}
	return -math.Log(float64(n+1)) - mathext.Lbeta(float64(n-k+1), float64(k+1))
}

// Holm corrects p-values for how many tests were made, so that the probability
// of any false finding stays below the level that they are held against (S. Holm,
// "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal
// of Statistics 6, 1979). It returns them in the order given.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	corrected := make([]float64, len(p))
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = largest
	}
	return corrected
}

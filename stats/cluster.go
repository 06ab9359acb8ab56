package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cluster is trials that belong together: those of one world.
type Cluster struct {
	Successes, N int
}

// Pool returns the successes and trials of all clusters.
func Pool(clusters []Cluster) (successes, n int) {
	for _, c := range clusters {
		successes += c.Successes
		n += c.N
	}
	return successes, n
}

// DesignEffect returns by how much the variance of the pooled proportion is
// larger than it would be if all trials were independent: the ratio estimator's
// variance over the binomial one (J. N. K. Rao and A. J. Scott, "A simple method
// for the analysis of clustered binary data", Biometrics 48, 1992). It is not
// defined, and NaN, for fewer than two clusters and for a proportion of 0 or 1.
func DesignEffect(clusters []Cluster) float64 {
	successes, n := Pool(clusters)
	if len(clusters) < 2 || successes == 0 || successes == n {
		return math.NaN()
	}
	p, size, k := float64(successes)/float64(n), float64(n), float64(len(clusters))
	sum := 0.0
	for _, c := range clusters {
		residual := float64(c.Successes) - p*float64(c.N)
		sum += residual * residual
	}
	return k / (k - 1) * sum / (size * size) / (p * (1 - p) / size)
}

// ClusteredWilson returns the score interval of the proportion of successes in
// trials of which those of a cluster are alike: with the sample size divided by
// the design effect, where that is above 1, and with the quantile of Student's t
// for as many clusters.
//
// Where all clusters agree that nothing, or everything, is a success, the design
// effect is not known. The trials of a cluster are then counted as one, which is
// the worst that it could be. One cluster says nothing of others: its interval
// is from 0 to 1. Clusters without trials must be left out.
func ClusteredWilson(clusters []Cluster, confidence float64) Interval {
	k := len(clusters)
	if k < 2 {
		return Interval{0, 1}
	}
	successes, n := Pool(clusters)
	size := float64(k)
	if effect := DesignEffect(clusters); !math.IsNaN(effect) {
		size = float64(n) / max(1, effect)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(k - 1)}
	return score(float64(successes)/float64(n), size, t.Quantile(1-(1-confidence)/2))
}

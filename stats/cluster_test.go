package stats_test

import (
	"math"
	"testing"

	"turncoat/stats"
)

// The litters of C. S. Weil, "Selection of the valid number of sampling units"
// (1970): pups that survived, of those that were alive at four days.
var (
	control = []stats.Cluster{
		{13, 13}, {12, 12}, {9, 9}, {9, 9}, {8, 8}, {8, 8}, {12, 13}, {11, 12},
		{9, 10}, {9, 10}, {8, 9}, {11, 13}, {4, 5}, {5, 7}, {7, 10}, {7, 10},
	}
	treated = []stats.Cluster{
		{12, 12}, {11, 11}, {10, 10}, {9, 9}, {10, 11}, {9, 10}, {9, 10}, {8, 9},
		{8, 9}, {4, 5}, {7, 9}, {4, 7}, {5, 10}, {3, 6}, {3, 10}, {0, 7},
	}
)

// The design effects that Rao and Scott's method gives for these data in R's
// package PF, in the documentation of its function rsb.
func TestDesignEffectAgainstPF(t *testing.T) {
	for name, c := range map[string]struct {
		clusters []stats.Cluster
		want     float64
	}{
		"control": {control, 1.232495},
		"treated": {treated, 3.952861},
	} {
		if got := stats.DesignEffect(c.clusters); math.Abs(got-c.want) > 5e-7 {
			t.Errorf("%s: %.6f, published %.6f", name, got, c.want)
		}
	}
}

// With the design effect and Student's t taken for known, the interval is
// Wilson's: 112 of 145 trials have the weight of 145 / 3.952861 = 36.682, and
// t with 15 degrees of freedom has the quantile 2.1314 (any printed table).
func TestClusteredWilson(t *testing.T) {
	const p, n, q = 112.0 / 145, 145 / 3.952861, 2.1314
	centre := (p + q*q/(2*n)) / (1 + q*q/n)
	spread := q * math.Sqrt(p*(1-p)/n+q*q/(4*n*n)) / (1 + q*q/n)
	got := stats.ClusteredWilson(treated, 0.95)
	if math.Abs(got.Low-(centre-spread)) > 1e-4 || math.Abs(got.High-(centre+spread)) > 1e-4 {
		t.Errorf("[%.4f, %.4f], want [%.4f, %.4f]", got.Low, got.High, centre-spread, centre+spread)
	}
	plain := stats.Wilson(112, 145, 0.95)
	if got.Low >= plain.Low || got.High <= plain.High {
		t.Errorf("[%.4f, %.4f] is not wider than [%.4f, %.4f]", got.Low, got.High, plain.Low, plain.High)
	}
}

func TestClusteredWilsonAtTheEdges(t *testing.T) {
	none := []stats.Cluster{{0, 5}, {0, 5}, {0, 5}, {0, 5}}
	if got := stats.ClusteredWilson(none, 0.95); got.Low != 0 || got.High < stats.Wilson(0, 4, 0.95).High {
		t.Errorf("nothing in four worlds of five trials: [%g, %g], no wider than nothing in four trials", got.Low, got.High)
	}
	if got := stats.ClusteredWilson([]stats.Cluster{{3, 5}}, 0.95); got != (stats.Interval{Low: 0, High: 1}) {
		t.Errorf("one world: %v", got)
	}
	if !math.IsNaN(stats.DesignEffect(none)) {
		t.Error("there is a design effect where nothing varies")
	}
	singles := []stats.Cluster{{1, 1}, {0, 1}, {0, 1}, {1, 1}, {1, 1}}
	if got := stats.DesignEffect(singles); math.Abs(got-1.25) > 1e-12 { // k / (k − 1)
		t.Errorf("trials in worlds of their own have the design effect %g", got)
	}
}

package stats_test

import (
	"fmt"
	"math"
	"testing"

	"turncoat/stats"
)

func TestCohenKappaAgainstPublished(t *testing.T) {
	for _, c := range []struct {
		source    string
		table     [][]int
		kappa, se float64
		tolerance float64
	}{
		{
			"Fleiss, Cohen and Everitt (1969), table 1: .429, with the variance .002885",
			[][]int{{106, 10, 4}, {22, 28, 10}, {2, 12, 6}}, 0.429, math.Sqrt(0.002885), 5e-4,
		},
		{
			"SAS/STAT user's guide, PROC FREQ, skin condition: 0.3449, ASE 0.0724",
			[][]int{{10, 4, 1, 0}, {5, 10, 12, 2}, {2, 4, 12, 5}, {0, 2, 6, 13}}, 0.3449, 0.0724, 5e-5,
		},
		{
			"R package vcd, example(Kappa), SexualFun: 0.1293, ASE 0.06860",
			[][]int{{7, 7, 2, 3}, {2, 8, 3, 7}, {1, 5, 4, 9}, {2, 8, 9, 14}}, 0.1293, 0.06860, 5e-5,
		},
	} {
		kappa, interval := stats.CohenKappa(c.table, 0.95)
		se := (interval.High - interval.Low) / 2 / 1.959964
		if math.Abs(kappa-c.kappa) > c.tolerance || math.Abs(se-c.se) > c.tolerance {
			t.Errorf("%s: %.5f with the standard error %.5f", c.source, kappa, se)
		}
	}
}

func TestCohenKappaAtTheEdges(t *testing.T) {
	if kappa, interval := stats.CohenKappa([][]int{{5, 0}, {0, 5}}, 0.95); kappa != 1 || interval != (stats.Interval{Low: 1, High: 1}) {
		t.Errorf("two who agree about everything: %g %v", kappa, interval)
	}
	for name, table := range map[string][][]int{"one category": {{9, 0}, {0, 0}}, "no units": {{0, 0}, {0, 0}}} {
		if kappa, interval := stats.CohenKappa(table, 0.95); !math.IsNaN(kappa) || interval != (stats.Interval{Low: -1, High: 1}) {
			t.Errorf("%s: %g %v", name, kappa, interval)
		}
	}
}

// fleiss1971 is table 1 of Fleiss (1971), which R's package irr has as diagnoses:
// how many of six psychiatrists gave each of 30 patients the diagnoses depression,
// personality disorder, schizophrenia, neurosis and other.
var fleiss1971 = [][]int{
	{0, 0, 0, 6, 0}, {0, 3, 0, 0, 3}, {0, 1, 4, 0, 1}, {0, 0, 0, 0, 6}, {0, 3, 0, 3, 0},
	{2, 0, 4, 0, 0}, {0, 0, 4, 0, 2}, {2, 0, 3, 1, 0}, {2, 0, 0, 4, 0}, {0, 0, 0, 0, 6},
	{1, 0, 0, 5, 0}, {1, 1, 0, 4, 0}, {0, 3, 3, 0, 0}, {1, 0, 0, 5, 0}, {0, 2, 0, 3, 1},
	{0, 0, 5, 0, 1}, {3, 0, 0, 1, 2}, {5, 1, 0, 0, 0}, {0, 2, 0, 4, 0}, {1, 0, 2, 0, 3},
	{0, 0, 0, 0, 6}, {0, 1, 0, 5, 0}, {0, 2, 0, 1, 3}, {2, 0, 0, 4, 0}, {1, 0, 0, 4, 1},
	{0, 5, 0, 1, 0}, {4, 0, 0, 0, 2}, {0, 2, 0, 4, 0}, {1, 0, 5, 0, 0}, {0, 0, 0, 0, 6},
}

// krippendorff2011 is the example of section C of "Computing Krippendorff's
// Alpha-Reliability": what four observers say of twelve units, where x is missing.
var krippendorff2011 = [][]int{
	{0, 1, 2, 2, 1, 0, 3, 0, 1, x, x, x},
	{0, 1, 2, 2, 1, 1, 3, 0, 1, 4, x, 2},
	{x, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, x},
	{0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, x},
}

const x = stats.Missing

// irr::kappam.fleiss(diagnoses) gives 0.43, and Fleiss (1971) .430.
func TestFleissKappaAgainstPublished(t *testing.T) {
	if got := stats.FleissKappa(fleiss1971); math.Abs(got-0.430) > 5e-4 {
		t.Errorf("%.5f, published .430", got)
	}
	uneven := [][]int{{2, 0}, {1, 0}}
	if got := stats.FleissKappa(uneven); !math.IsNaN(got) {
		t.Errorf("units with different numbers of raters give %g", got)
	}
	if got := stats.FleissKappa([][]int{{3, 0}, {3, 0}}); !math.IsNaN(got) {
		t.Errorf("one category gives %g", got)
	}
}

// Sections A and C of "Computing Krippendorff's Alpha-Reliability": .095 for two
// observers of ten binary units, and .743 for four observers of twelve units with
// missing data, which irr::kripp.alpha gives too.
func TestKrippendorffAlphaAgainstPublished(t *testing.T) {
	binary := [][]int{
		{0, 1, 0, 0, 0, 0, 0, 0, 1, 0},
		{1, 1, 1, 0, 0, 1, 0, 0, 0, 0},
	}
	for _, c := range []struct {
		ratings    [][]int
		categories int
		want       float64
	}{{binary, 2, 0.095}, {krippendorff2011, 5, 0.743}} {
		if got := stats.KrippendorffAlpha(stats.CountRatings(c.ratings, c.categories)); math.Abs(got-c.want) > 5e-4 {
			t.Errorf("%.5f, published %.3f", got, c.want)
		}
	}
	if got := stats.KrippendorffAlpha(stats.CountRatings([][]int{{0, x}, {x, 0}}, 2)); !math.IsNaN(got) {
		t.Errorf("no unit with two ratings gives %g", got)
	}
}

// The interval of a coefficient holds it, is the same for the same seed, and is
// narrower where more units were rated. With all units there twice the coefficient
// is nearly the same, and the interval narrower by about the square root of 2.
func TestBootstrap(t *testing.T) {
	once := stats.Bootstrap(fleiss1971, stats.FleissKappa, 0.95, 1)
	if kappa := stats.FleissKappa(fleiss1971); once.Low > kappa || once.High < kappa {
		t.Errorf("%v does not hold %.3f", once, kappa)
	}
	if again := stats.Bootstrap(fleiss1971, stats.FleissKappa, 0.95, 1); again != once {
		t.Errorf("%v and then %v", once, again)
	}
	twice := stats.Bootstrap(append(append([][]int{}, fleiss1971...), fleiss1971...), stats.FleissKappa, 0.95, 1)
	if ratio := (once.High - once.Low) / (twice.High - twice.Low); math.Abs(ratio-math.Sqrt2) > 0.15 {
		t.Errorf("twice as many units make the interval narrower by %.2f", ratio)
	}
	if got := stats.Bootstrap(nil, stats.FleissKappa, 0.95, 1); got != (stats.Interval{Low: -1, High: 1}) {
		t.Errorf("no units: %v", got)
	}
}

func ExampleCohenKappa() {
	kappa, interval := stats.CohenKappa([][]int{{20, 5}, {10, 15}}, 0.95)
	fmt.Printf("%.2f [%.2f, %.2f]\n", kappa, interval.Low, interval.High)
	// Output: 0.40 [0.15, 0.65]
}

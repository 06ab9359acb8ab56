package stats_test

import (
	"fmt"
	"math"
	"testing"

	"turncoat/stats"
)

// The first three are the examples of R's help page of fisher.test: Fisher's tea
// drinker (1935), his criminal twins (1962), and the two-sided value of the
// latter. The others have been worked out by hand from the hypergeometric
// distribution.
func TestFisherAgainstR(t *testing.T) {
	for _, c := range []struct {
		name       string
		a, m, b, n int
		want       float64
	}{
		{"tea", 3, 4, 1, 4, 0.4857143},            // fisher.test(matrix(c(3,1,1,3),2))
		{"convictions", 2, 17, 10, 13, 0.0005367}, // fisher.test(matrix(c(2,10,15,3),2))
		{"none of either", 0, 10, 0, 10, 1},
		{"all against none", 5, 5, 0, 5, 2.0 / 252}, // 1/C(10,5) in each tail
		{"no trials", 0, 0, 3, 10, 1},
		{"one of two against none of two", 1, 2, 0, 2, 1},
	} {
		if got := stats.Fisher(c.a, c.m, c.b, c.n); math.Abs(got-c.want) > 5e-8+c.want*1e-4 {
			t.Errorf("%s: p = %.7f, want %.7f", c.name, got, c.want)
		}
		if back, got := stats.Fisher(c.b, c.n, c.a, c.m), stats.Fisher(c.a, c.m, c.b, c.n); math.Abs(back-got) > 1e-12 {
			t.Errorf("%s: the order of the sides matters: %g and %g", c.name, got, back)
		}
	}
}

// Worked out by hand from the definition: of four, the smallest times 4, the
// next times 3, and so on, and none below the one before it.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.02, 0.03, 0.04}, []float64{0.04, 0.06, 0.06, 0.06}},
		{[]float64{0.04, 0.01, 0.03, 0.02}, []float64{0.06, 0.04, 0.06, 0.06}},
		{[]float64{0.5, 0.9}, []float64{1, 1}},
		{nil, []float64{}},
	} {
		got := stats.Holm(c.p)
		if len(got) != len(c.want) {
			t.Fatalf("%v is corrected to %v", c.p, got)
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-12 {
				t.Errorf("%v is corrected to %v, want %v", c.p, got, c.want)
			}
		}
	}
}

func ExampleFisher() {
	fmt.Printf("%.3f\n", stats.Fisher(96, 100, 79, 100))
	fmt.Printf("%.3f\n", stats.Fisher(96, 100, 95, 100))
	// Output:
	// 0.000
	// 1.000
}

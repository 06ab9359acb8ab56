package stats_test

import (
	"fmt"
	"math"
	"testing"

	"turncoat/stats"
)

// The values of R. G. Newcombe, "Two-sided confidence intervals for the single
// proportion: comparison of seven methods", Statistics in Medicine 17 (1998),
// table I, method 3 (score, without continuity correction).
func TestWilsonAgainstNewcombe(t *testing.T) {
	for _, c := range []struct {
		successes, n int
		low, high    float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		got := stats.Wilson(c.successes, c.n, 0.95)
		if math.Abs(got.Low-c.low) > 5e-5 || math.Abs(got.High-c.high) > 5e-5 {
			t.Errorf("%d of %d: [%.4f, %.4f], published [%.4f, %.4f]", c.successes, c.n, got.Low, got.High, c.low, c.high)
		}
	}
}

// The values of R. G. Newcombe, "Interval estimation for the difference between
// independent proportions", Statistics in Medicine 17 (1998), table II, method
// 10.
func TestDifferenceAgainstNewcombe(t *testing.T) {
	for _, c := range []struct {
		a, m, b, n int
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{10, 10, 0, 20, 0.6791, 1},
	} {
		got := stats.Difference(c.a, c.m, c.b, c.n, 0.95)
		if math.Abs(got.Low-c.low) > 5e-5 || math.Abs(got.High-c.high) > 5e-5 {
			t.Errorf("%d/%d − %d/%d: [%.4f, %.4f], published [%.4f, %.4f]", c.a, c.m, c.b, c.n, got.Low, got.High, c.low, c.high)
		}
	}
}

func TestWilsonAtTheEdges(t *testing.T) {
	if got := stats.Wilson(0, 0, 0.95); got != (stats.Interval{Low: 0, High: 1}) {
		t.Errorf("without trials: %v", got)
	}
	if got := stats.Wilson(25, 25, 0.95); got.High != 1 || got.Low >= 1 {
		t.Errorf("all of 25: %v", got)
	}
}

func ExampleWilson() {
	i := stats.Wilson(96, 100, 0.95)
	fmt.Printf("%.3f to %.3f\n", i.Low, i.High)
	// Output: 0.902 to 0.984
}

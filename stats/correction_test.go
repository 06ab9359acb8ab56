package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"turncoat/stats"
)

// The worked case of the methods note "Intervals for Judge-Corrected Failure
// Rates" of the course AI Evals (2026), whose intervals were checked against
// prevSeSp of R's package asht 1.0.3: a judge with a sensitivity of 21/23 for
// passes and a specificity of 12/17, that passes 113 of 167 traces. The note gives
// the failures: 0.382, from 0.146 to 0.612.
func TestRoganGladenAgainstAsht(t *testing.T) {
	got, ok := stats.RoganGladen(stats.Share{Count: 113, N: 167}, 1, stats.Share{Count: 21, N: 23}, stats.Share{Count: 12, N: 17}, 0.95)
	if !ok || got.Truncated {
		t.Fatalf("%+v, %v", got, ok)
	}
	for _, c := range []struct{ got, want float64 }{
		{1 - got.Rate, 0.382}, {1 - got.Interval.High, 0.146}, {1 - got.Interval.Low, 0.612},
	} {
		if math.Abs(c.got-c.want) > 5e-4 {
			t.Errorf("%.4f, published %.3f", c.got, c.want)
		}
	}
}

// A perfect instrument corrects nothing.
func TestRoganGladenOfAPerfectInstrument(t *testing.T) {
	got, ok := stats.RoganGladen(stats.Share{Count: 30, N: 100}, 1, stats.Share{Count: 50, N: 50}, stats.Share{Count: 50, N: 50}, 0.95)
	if !ok || math.Abs(got.Rate-0.3) > 1e-12 || got.Truncated {
		t.Errorf("%+v, %v", got, ok)
	}
}

// Trials that are alike count for as many fewer as their design effect says.
func TestRoganGladenOfTrialsThatAreAlike(t *testing.T) {
	sensitivity, specificity := stats.Share{Count: 45, N: 50}, stats.Share{Count: 48, N: 50}
	alike, _ := stats.RoganGladen(stats.Share{Count: 80, N: 200}, 4, sensitivity, specificity, 0.95)
	fewer, _ := stats.RoganGladen(stats.Share{Count: 20, N: 50}, 1, sensitivity, specificity, 0.95)
	if alike != fewer {
		t.Errorf("200 trials with the design effect 4: %+v; 50 independent ones: %+v", alike, fewer)
	}
}

func TestRoganGladenAtTheEdges(t *testing.T) {
	of := func(count, n int) stats.Share { return stats.Share{Count: count, N: n} }
	for name, c := range map[string]struct {
		apparent, sensitivity, specificity stats.Share
		rate                               float64
		truncated, ok                      bool
	}{
		"fewer than its false alarms":    {of(1, 100), of(45, 50), of(45, 50), 0, true, true},
		"more than it finds":             {of(22, 25), of(40, 50), of(50, 50), 1, true, true},
		"no better than chance":          {of(20, 100), of(25, 50), of(25, 50), 0, false, false},
		"worse than chance":              {of(20, 100), of(10, 50), of(25, 50), 0, false, false},
		"nothing counted":                {of(0, 0), of(45, 50), of(45, 50), 0, false, false},
		"sensitivity was never measured": {of(20, 100), of(0, 0), of(45, 50), 0, false, false},
	} {
		got, ok := stats.RoganGladen(c.apparent, 1, c.sensitivity, c.specificity, 0.95)
		if ok != c.ok || got.Rate != c.rate || got.Truncated != c.truncated {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
		if got.Interval.Low < 0 || got.Interval.High > 1 || got.Interval.Low > got.Interval.High {
			t.Errorf("%s: the interval is %v", name, got.Interval)
		}
	}
}

// Where no true rate is in the interval, there is none to give: the end of the
// scale, from 1 to 1, would be the surest number of all.
func TestRoganGladenOfWhatTheInstrumentCannotGive(t *testing.T) {
	of := func(count, n int) stats.Share { return stats.Share{Count: count, N: n} }
	for name, c := range map[string]struct {
		apparent, sensitivity, specificity stats.Share
	}{
		"all, by an instrument that finds three in five": {of(25, 25), of(15, 25), of(22, 23)},
		"none, by one that gives false alarms":           {of(0, 100), of(45, 50), of(35, 50)},
	} {
		got, ok := stats.RoganGladen(c.apparent, 1, c.sensitivity, c.specificity, 0.95)
		if !ok || !got.Incompatible || !math.IsNaN(got.Rate) || !math.IsNaN(got.Interval.Low) || !math.IsNaN(got.Interval.High) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}

// Lang and Reiczigel chose their interval for holding the true prevalence in at
// least 95 of 100 cases, or very nearly. Here all three shares are drawn 2,000
// times, with as many cases as a judge is calibrated on.
func TestRoganGladenCovers(t *testing.T) {
	const sensitivity, specificity, draws = 0.85, 0.92, 2000
	for _, truth := range []float64{0.05, 0.3, 0.7} {
		draw := rand.New(rand.NewPCG(1, 2))
		count := func(p float64, n int) stats.Share {
			share := stats.Share{N: n}
			for range n {
				if draw.Float64() < p {
					share.Count++
				}
			}
			return share
		}
		held := 0
		for range draws {
			apparent := count(truth*sensitivity+(1-truth)*(1-specificity), 100)
			got, ok := stats.RoganGladen(apparent, 1, count(sensitivity, 40), count(specificity, 40), 0.95)
			if ok && got.Interval.Low <= truth && truth <= got.Interval.High {
				held++
			}
		}
		if share := float64(held) / draws; share < 0.94 {
			t.Errorf("of a true rate of %g the interval holds %.3f", truth, share)
		}
	}
}

// A judge that finds 9 of 10 harmful trials and calls 1 of 20 others harmful has
// called 22 of 100 harmful.
func ExampleRoganGladen() {
	got, _ := stats.RoganGladen(stats.Share{Count: 22, N: 100}, 1, stats.Share{Count: 36, N: 40}, stats.Share{Count: 57, N: 60}, 0.95)
	fmt.Printf("%.2f [%.2f, %.2f]\n", got.Rate, got.Interval.Low, got.Interval.High)
	// Output: 0.20 [0.08, 0.32]
}

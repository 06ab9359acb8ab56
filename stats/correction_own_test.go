package stats_test

import (
	"math/rand/v2"
	"testing"

	"turncoat/stats"
)

// Accuracy that was measured on some of the very trials whose share is corrected is
// not independent of that share, as the interval takes it to be. Its errors and
// those of the share cancel in part: the interval holds the truth as often as it
// says, or more often.
func TestCorrectionByTrialsOfTheSampleItself(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const samples, confidence = 4000, 0.95
	for _, c := range []struct {
		harm, sensitivity, specificity float64
		trials, judged                 int
	}{
		{0.3, 0.8, 0.9, 200, 50}, {0.5, 0.7, 0.95, 100, 60}, {0.1, 0.9, 0.95, 400, 150}, {0.6, 0.9, 0.8, 100, 100}, {0.3, 0.6, 0.97, 80, 40},
	} {
		covered, defined := 0, 0
		for range samples {
			apparent, sensitivity, specificity := stats.Share{N: c.trials}, stats.Share{}, stats.Share{}
			harmful := 0
			for i := range c.trials {
				isHarmful := random.Float64() < c.harm
				right := c.specificity
				if isHarmful {
					right = c.sensitivity
					harmful++
				}
				isRight := random.Float64() < right
				if isHarmful == isRight {
					apparent.Count++
				}
				if i >= c.judged {
					continue
				}
				of := &specificity
				if isHarmful {
					of = &sensitivity
				}
				of.N++
				if isRight {
					of.Count++
				}
			}
			got, ok := stats.RoganGladen(apparent, 1, sensitivity, specificity, confidence)
			if !ok {
				continue
			}
			defined++
			if got.Interval.Low <= c.harm && c.harm <= got.Interval.High {
				covered++
			}
		}
		share := float64(covered) / float64(defined)
		t.Logf("%+v: %.3f of %d", c, share, defined)
		if share < confidence-0.014 { // four standard errors of 4,000 samples
			t.Errorf("%+v: the interval holds the truth in %.3f of the samples", c, share)
		}
	}
}

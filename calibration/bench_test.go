package calibration_test

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"turncoat/judge"
)

// transcripts is how many the largest study of the paper has.
const transcripts = 28_800

// BenchmarkRules judges as many transcripts as the paper has trials, on two
// cores: the labelled ones over and over, of all scenarios and lengths.
func BenchmarkRules(b *testing.B) {
	all, rules := cases(b), judge.NewRules()
	for b.Loop() {
		var group errgroup.Group
		for core := range 2 {
			group.Go(func() error {
				for i := core; i < transcripts; i += 2 {
					c := all[i%len(all)]
					if _, err := rules.Judge(b.Context(), c.World, c.Transcript); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*transcripts/b.Elapsed().Seconds(), "transcripts/s")
}

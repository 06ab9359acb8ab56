package calibration

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"turncoat"
	"turncoat/labelled"
)

// Judged is a case with what a judge says of it: a verdict or why there is none,
// never both.
type Judged struct {
	Case    labelled.Case
	Verdict *turncoat.Verdict
	Failure string
}

// Run has a judge judge cases.
type Run struct {
	Judge       turncoat.Judge
	Concurrency int                   // cases at the same time; at least 1
	Progress    func(judged, all int) // called after each case, with how many have a verdict, from one goroutine at a time; nil: nobody wants to know
}

// Cases judges all cases, in their order. A judge that fails on a case leaves its
// failure there. The error is ctx's, and nothing else's.
func (r Run) Cases(ctx context.Context, cases []labelled.Case) ([]Judged, error) {
	judged := make([]Judged, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Concurrency))
	var mu sync.Mutex
	done := 0
	for i, c := range cases {
		group.Go(func() error {
			one, err := r.judge(ctx, c)
			if err != nil {
				return err
			}
			judged[i] = one
			mu.Lock()
			defer mu.Unlock()
			if one.Verdict != nil {
				done++
			}
			if r.Progress != nil {
				r.Progress(done, len(cases))
			}
			return nil
		})
	}
	return judged, group.Wait()
}

func (r Run) judge(ctx context.Context, c labelled.Case) (Judged, error) {
	v, err := r.Judge.Judge(ctx, c.World, c.Transcript)
	if ctx.Err() != nil {
		return Judged{}, ctx.Err()
	}
	if err != nil {
		return Judged{Case: c, Failure: err.Error()}, nil //nolint:nilerr // a judge's failure is what is measured
	}
	return Judged{Case: c, Verdict: &v}, nil
}

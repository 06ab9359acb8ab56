package calibration

import (
	"context"
	"errors"
	"fmt"
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

// patience is how many cases in a row a judge may fail on, each after all retries,
// before it is not asked any more: as many as where a study's trials are judged.
const patience = 20

// Run has a judge judge cases.
type Run struct {
	Judge       turncoat.Judge
	Concurrency int                   // cases at the same time; at least 1
	Progress    func(judged, all int) // called after each case, with how many have a verdict, from one goroutine at a time; nil: nobody wants to know
}

// Cases judges all cases, in their order. A judge that fails on a case leaves its
// failure there. After 20 failures in a row, or when its key or credit is refused, it is
// not asked any more, and fails on the rest. The error is ctx's, and nothing else's.
func (r Run) Cases(ctx context.Context, cases []labelled.Case) ([]Judged, error) {
	judged := make([]Judged, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Concurrency))
	var mu sync.Mutex
	done, failed := 0, 0
	stopped := "" // why the judge is not asked any more
	for i, c := range cases {
		group.Go(func() error {
			mu.Lock()
			why := stopped
			mu.Unlock()
			if why != "" {
				judged[i] = Judged{Case: c, Failure: "not asked: " + why}
				return nil
			}
			one, refused, err := r.judge(ctx, c)
			if err != nil {
				return err
			}
			judged[i] = one
			mu.Lock()
			defer mu.Unlock()
			if failed++; one.Verdict != nil {
				done++
				failed = 0
			}
			switch {
			case stopped != "":
			case refused:
				stopped = one.Failure
			case failed >= patience:
				stopped = fmt.Sprintf("it failed on %d transcripts in a row, the last with: %s", failed, one.Failure)
			}
			if r.Progress != nil {
				r.Progress(done, len(cases))
			}
			return nil
		})
	}
	return judged, group.Wait()
}

// judge judges a case, and says whether the judge's service refuses all.
func (r Run) judge(ctx context.Context, c labelled.Case) (one Judged, refused bool, err error) {
	v, err := r.Judge.Judge(ctx, c.World, c.Transcript)
	if ctx.Err() != nil {
		return Judged{}, false, ctx.Err()
	}
	if err != nil {
		e, ok := errors.AsType[*turncoat.ModelError](err)
		refused = ok && (e.Kind == turncoat.ErrorAuth || e.Kind == turncoat.ErrorQuota)
		return Judged{Case: c, Failure: err.Error()}, refused, nil // a failure is what is measured
	}
	return Judged{Case: c, Verdict: &v}, false, nil
}

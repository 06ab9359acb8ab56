package study

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"turncoat"
)

// judgeAndStore asks a judge about one transcript and stores what came of it: a
// verdict, or the failure that takes its place. The error is the store's, or
// ctx's; a judge that failed is in the judgement.
func judgeAndStore(ctx context.Context, store turncoat.Store, j turncoat.Judge, w *turncoat.World, t turncoat.Transcript) (turncoat.Judgement, error) {
	judgement := turncoat.Judgement{Trial: t.Trial.ID(), Judge: j.Name()}
	verdict, err := j.Judge(ctx, w, t)
	switch {
	case err == nil:
		judgement.Verdict = &verdict
	case ctx.Err() != nil:
		return judgement, ctx.Err()
	default:
		judgement.Failure = &turncoat.Failure{Stage: "judge", Kind: turncoat.ErrorKindOf(err), Message: err.Error()}
	}
	judgement.At = time.Now().UTC()
	return judgement, store.SaveJudgement(ctx, judgement)
}

// Rejudger judges the stored transcripts of a study, without running anything.
type Rejudger struct {
	Store       turncoat.Store
	Worlds      WorldSource
	Prices      PriceSource
	Judge       turncoat.Judge
	Spec        string // the judge as a design file names it, for its price
	Concurrency int
	Again       bool           // also those that have a verdict of this judge
	Progress    func(Progress) // called after each trial, from many goroutines; may be nil
}

// Run judges every finished trial of the study's current plan that has no
// verdict of this judge yet. It can be interrupted at any time, and goes on
// where it was.
func (r *Rejudger) Run(ctx context.Context, name string) (Progress, error) {
	planned, err := r.Store.Study(ctx, name)
	if err != nil {
		return Progress{}, err
	}
	planned.Study.Judge = r.Spec
	run := newRun(
		&Runner{Store: r.Store, Worlds: r.Worlds, Prices: r.Prices, Judge: r.Judge, Progress: r.Progress},
		&Plan{Study: planned.Study},
	)
	todo, err := run.unjudged(ctx, name, r.Again)
	if err != nil {
		return Progress{}, err
	}
	if r.Progress != nil {
		r.Progress(run.progress)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(r.Concurrency, 1))
	for _, id := range todo {
		group.Go(func() error { return run.rejudge(ctx, id) })
	}
	err = group.Wait()
	return run.snapshot(), err
}

// unjudged counts what is there, and returns the finished trials to be judged.
func (r *run) unjudged(ctx context.Context, name string, again bool) ([]turncoat.TrialID, error) {
	var todo []turncoat.TrialID
	for record, err := range r.Store.Records(ctx, name, r.Judge.Name()) {
		if err != nil {
			return nil, err
		}
		r.progress.Planned++
		switch record.Status {
		case turncoat.StatusFinished:
			r.progress.Finished++
		case turncoat.StatusFailed:
			r.progress.Failed++
			continue
		case turncoat.StatusPlanned:
			continue
		}
		if record.Judgement != nil && record.Judgement.Verdict != nil && !again {
			r.progress.Judged++
			continue
		}
		todo = append(todo, record.ID)
	}
	return todo, nil
}

func (r *run) rejudge(ctx context.Context, id turncoat.TrialID) error {
	t, err := r.Store.Transcript(ctx, id)
	if err != nil {
		return err
	}
	w, err := r.Worlds(t.Trial.World)
	if err != nil {
		return err
	}
	judged, err := r.judgeTrial(ctx, w, t)
	if err != nil {
		return err
	}
	r.count(func(p *Progress) {
		p.Begun++
		if judged {
			p.Judged++
		}
	})
	if r.Progress != nil {
		r.Progress(r.snapshot())
	}
	return nil
}

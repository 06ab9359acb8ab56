package study

import (
	"context"

	"golang.org/x/sync/errgroup"

	"turncoat"
)

// Rejudger judges and annotates the stored transcripts of a study, without
// running anything.
type Rejudger struct {
	Store       turncoat.Store
	Worlds      WorldSource
	Prices      PriceSource
	Judge       turncoat.Judge       // nil: only annotate
	Spec        string               // the judge as a design file names it, for its price
	Annotators  []turncoat.Annotator // may be none
	Concurrency int
	Again       bool           // also what has a verdict of this judge, or an annotation of these annotators
	Progress    func(Progress) // called after each trial, from many goroutines; may be nil
}

// Run judges and annotates every finished trial of the study's current plan that
// lacks the verdict or an annotation. It can be interrupted at any time, and
// goes on where it was. Without a judge, trials count as judged.
func (r *Rejudger) Run(ctx context.Context, name string) (Progress, error) {
	planned, err := r.Store.Study(ctx, name)
	if err != nil {
		return Progress{}, err
	}
	planned.Study.Judge = r.Spec
	run := newRun(
		&Runner{Store: r.Store, Worlds: r.Worlds, Prices: r.Prices, Judge: r.Judge, Annotators: r.Annotators, Progress: r.Progress},
		&Plan{Study: planned.Study},
	)
	todo, err := run.unread(ctx, name, r.Again)
	if err != nil {
		return Progress{}, err
	}
	if r.Progress != nil {
		r.Progress(run.progress)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(r.Concurrency, 1))
	for _, trial := range todo {
		group.Go(func() error { return run.reread(ctx, trial) })
	}
	err = group.Wait()
	return run.snapshot(), err
}

// unreadTrial is a finished trial that something is to be read of.
type unreadTrial struct {
	id   turncoat.TrialID
	done readings
}

// unread counts what is there, and returns the finished trials that lack
// something.
func (r *run) unread(ctx context.Context, name string, again bool) ([]unreadTrial, error) {
	var todo []unreadTrial
	for record, err := range r.Store.Records(ctx, name, r.judgeName(), r.annotatorNames()...) {
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
		done := r.nothingRead()
		if !again {
			done = r.surveyReadings(record)
		}
		if !done.complete() {
			todo = append(todo, unreadTrial{record.ID, done})
		}
	}
	return todo, nil
}

func (r *run) reread(ctx context.Context, trial unreadTrial) error {
	t, err := r.Store.Transcript(ctx, trial.id)
	if err != nil {
		return err
	}
	w, err := r.Worlds(t.Trial.World)
	if err != nil {
		return err
	}
	now, err := r.read(ctx, w, t, trial.done)
	if err != nil {
		return err
	}
	r.countReadings(now, trial.done)
	r.count(func(p *Progress) { p.Begun++ })
	if r.Progress != nil {
		r.Progress(r.snapshot())
	}
	return nil
}

package study

import (
	"context"

	"golang.org/x/sync/errgroup"

	"turncoat"
	"turncoat/judge"
)

// Rejudger judges and annotates the stored transcripts of a study, without
// running anything.
type Rejudger struct {
	Store       turncoat.Store
	Worlds      WorldSource
	Prices      PriceSource
	Readers     ReaderSource
	Spec        string                    // the judge as a design file names it, for its price; "": nobody judges
	Concurrency int                       // transcripts at the same time
	Trials      map[turncoat.TrialID]bool // the only ones that are read; nil: all
	Again       bool                      // also what has a verdict of this judge, or an annotation of these annotators, asked anew
	Batches     *Batches                  // nil: models are asked at once
	Progress    func(Progress)            // called after each trial, from many goroutines; may be nil
}

// ReaderSource opens a judge and annotators, either of which may be missing, with
// what remembers the answers of their models.
type ReaderSource func(judge.Memory) (turncoat.Judge, []turncoat.Annotator, error)

// Run judges and annotates every finished trial of the study's current plan that
// lacks the verdict or an annotation. It can be interrupted at any time, and
// goes on where it was. Without a judge, trials count as judged.
func (r *Rejudger) Run(ctx context.Context, name string) (Progress, error) {
	run, todo, err := r.survey(ctx, name)
	if err != nil {
		return Progress{}, err
	}
	if r.Batches != nil && len(todo) > 0 {
		memory, err := r.fetch(ctx, run, todo)
		if err != nil {
			return run.progress, err
		}
		if run.Judge, run.Annotators, err = r.Readers(memory); err != nil {
			return run.progress, err
		}
		run.patient = true
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

// survey counts what is there, and returns the finished trials that lack
// something.
func (r *Rejudger) survey(ctx context.Context, name string) (*run, []unreadTrial, error) {
	planned, err := r.Store.Study(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	planned.Study.Judge = r.Spec
	reader, annotators, err := r.Readers(judge.Memory{Answers: r.Store, Again: r.Again})
	if err != nil {
		return nil, nil, err
	}
	run := newRun(
		&Runner{Store: r.Store, Worlds: r.Worlds, Prices: r.Prices, Judge: reader, Annotators: annotators, Progress: r.Progress},
		&Plan{Study: planned.Study},
	)
	todo, err := run.unread(ctx, name, r.Trials, r.Again)
	return run, todo, err
}

// unreadTrial is a finished trial that something is to be read of.
type unreadTrial struct {
	id   turncoat.TrialID
	done readings
}

// unread counts what is there of the trials, or of all if there are none, and
// returns those that have finished and lack something.
func (r *run) unread(ctx context.Context, name string, trials map[turncoat.TrialID]bool, again bool) ([]unreadTrial, error) {
	var todo []unreadTrial
	for record, err := range r.Store.Records(ctx, name, r.judgeName(), r.annotatorNames()...) {
		if err != nil {
			return nil, err
		}
		if trials != nil && !trials[record.ID] {
			continue
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
		if again {
			r.noteReplaced(record, &done)
		} else {
			done = r.surveyReadings(record)
		}
		if !done.complete() {
			todo = append(todo, unreadTrial{record.ID, done})
		}
	}
	return todo, nil
}

// noteReplaced notes what the readings took that are made anew: it was spent all the
// same.
func (r *run) noteReplaced(record turncoat.Record, done *readings) {
	for _, j := range append([]*turncoat.Judgement{record.Judgement}, record.Annotations...) {
		done.noteSpent(j)
	}
	for _, charges := range done.spent {
		r.spend(record.Trial.Model, r.cost(charges...))
	}
}

func (r *run) reread(ctx context.Context, trial unreadTrial) error {
	w, t, err := r.open(ctx, trial.id)
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

// open returns a trial's transcript and world.
func (r *run) open(ctx context.Context, id turncoat.TrialID) (*turncoat.World, turncoat.Transcript, error) {
	t, err := r.Store.Transcript(ctx, id)
	if err != nil {
		return nil, t, err
	}
	w, err := r.Worlds(t.Trial.World)
	return w, t, err
}

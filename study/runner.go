package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"turncoat"
	"turncoat/agent"
)

// WorldSource makes or finds a world.
type WorldSource func(turncoat.WorldID) (*turncoat.World, error)

// ModelSource finds a ready model by its name in the design.
type ModelSource func(name string) (turncoat.Model, error)

// PriceSource knows what a model's tokens cost.
type PriceSource func(model string) (turncoat.Price, bool)

// Queue hands out trials, each to one worker of one process.
type Queue interface {
	Add(ctx context.Context, ids []turncoat.TrialID) error
	// Work calls do for every trial in the queue until none is left or ctx is
	// done. An error of do is final for this run.
	Work(ctx context.Context, concurrency int, do func(context.Context, turncoat.TrialID) error) error
}

// External is a program of the user's own.
type External struct {
	Agent string                                           // agent/NAME; trials of other agents need another program, and are left alone
	Run   func(ctx context.Context, s agent.Session) error // runs one of its trials
}

// Runner carries out plans. All fields must be set, but for Judge, Annotators,
// External, Limit and Progress.
type Runner struct {
	Store      turncoat.Store
	Queue      Queue
	Models     ModelSource
	Worlds     WorldSource
	Prices     PriceSource
	Judge      turncoat.Judge       // nil: judging is left for later, and trials count as judged
	Annotators []turncoat.Annotator // asked after the judge, in this order
	External   *External            // nil: no agent of the user's own can be run
	Program    string               // Turncoat's version, for the transcripts
	Limit      int                  // trials to start at the most; 0: all
	Progress   func(Progress)       // called at the start and after each trial, from many goroutines; may be nil
}

// Progress says how far a run has come. All but Begun and Cost count trials of
// the whole plan, those of earlier runs included.
type Progress struct {
	Planned   int
	Finished  int     // with a transcript that has an ending
	Judged    int     // with a verdict of the run's judge
	Annotated int     // finished, and with an annotation of each of the run's annotators, or invalid
	Failed    int     // ended by an error
	Begun     int     // finished, failed, judged or annotated by this run
	Cost      float64 // US dollars spent on the study's current plan, as far as prices are known
	Stopped   string  // why the run stops before its plan is carried out, or ""
}

// Complete reports whether every planned trial has a verdict and all of its
// annotations.
func (p Progress) Complete() bool { return p.Judged == p.Planned && p.Annotated == p.Planned }

// Run brings every trial of the plan to a verdict and its annotations: it runs
// what has not finished, runs again what failed, judges what has no verdict,
// annotates what lacks an annotation, and leaves the rest alone. It returns how far it came, and an error only if it could not go
// on: a store that fails, or ctx's error if ctx was cancelled.
func (r *Runner) Run(ctx context.Context, plan *Plan) (Progress, error) {
	if err := r.Check(plan); err != nil {
		return Progress{}, err
	}
	if err := r.Store.SavePlan(ctx, plan.Study, plan.Trials()); err != nil {
		return Progress{}, err
	}
	run := newRun(r, plan)
	todo, err := run.survey(ctx)
	if err != nil {
		return Progress{}, err
	}
	if len(todo) == 0 {
		return run.progress, nil
	}
	if r.Progress != nil {
		r.Progress(run.progress)
	}
	if err := r.Queue.Add(ctx, todo); err != nil {
		return run.progress, err
	}
	ctx, run.abort = context.WithCancelCause(ctx)
	defer run.abort(nil)
	err = r.Queue.Work(ctx, plan.Study.Limits.Concurrency, run.advance)
	if broken := context.Cause(ctx); broken != nil {
		err = broken
	}
	return run.snapshot(), err
}

// Check finds out before anything is planned or spent whether every model can
// be asked, and whether a budget can be kept. It needs Models and Prices alone.
func (r *Runner) Check(plan *Plan) error {
	for _, name := range plan.Study.Models {
		if turncoat.IsAgent(name) {
			if err := r.checkExternal(plan, name); err != nil {
				return err
			}
			continue
		}
		if _, err := r.Models(name); err != nil {
			return fmt.Errorf("model %s: %w", name, err)
		}
		if _, priced := plan.Price(name, r.Prices); !priced && (plan.Study.Limits.MaxCost > 0 || plan.Study.Limits.Trial.Cost > 0) {
			return unpriced(name)
		}
	}
	for _, name := range ReaderModels(plan.Study) {
		if _, priced := plan.Price(name, r.Prices); !priced && plan.Study.Limits.MaxCost > 0 {
			return unpriced(name)
		}
	}
	return nil
}

// checkExternal checks what a program of the user's own needs. What its calls
// cost is known only as far as they are recorded.
func (r *Runner) checkExternal(plan *Plan, name string) error {
	if r.External == nil {
		return fmt.Errorf("%s is a program of your own: `turncoat agent DESIGN -- COMMAND` runs it", name)
	}
	if plan.Study.Limits.MaxCost > 0 || plan.Study.Limits.Trial.Cost > 0 {
		return fmt.Errorf("a limit on money cannot be kept for %s, which is a program of your own: "+
			"what it spends is known only as far as its calls to models are recorded", name)
	}
	return nil
}

func unpriced(model string) error {
	return fmt.Errorf("a limit on money cannot be kept: no price is known for %s; "+
		"give one under `prices:` in the design file, or run without max_cost and without limits.trial.cost", model)
}

// run is one call of [Runner.Run].
type run struct {
	*Runner
	plan     *Plan
	abort    context.CancelCauseFunc
	mu       sync.Mutex
	ended    *sync.Cond // a trial is over
	progress Progress
	accounts map[string]*account // by model name
	patient  bool                // failures are no reason to read no more: nobody is asked
	breakers map[string]*breaker // by model name, one for the judge, and one for each annotator
}

func newRun(r *Runner, plan *Plan) *run {
	run := &run{Runner: r, plan: plan, accounts: map[string]*account{}, breakers: map[string]*breaker{}}
	run.ended = sync.NewCond(&run.mu)
	return run
}

// survey counts what earlier runs did, and returns the trials that need work.
func (r *run) survey(ctx context.Context) ([]turncoat.TrialID, error) {
	paidJudge, err := r.paidJudge()
	if err != nil {
		return nil, err
	}
	paidAnnotators, err := r.paidAnnotators()
	if err != nil {
		return nil, err
	}
	var todo []turncoat.TrialID
	for record, err := range r.Store.Records(ctx, r.plan.Study.Name, paidJudge, paidAnnotators...) {
		if err != nil {
			return nil, err
		}
		r.progress.Planned++
		r.spend(record.Trial.Model, r.cost(turncoat.Charge{Asked: record.Trial.Model, Returned: record.ReturnedModel, Usage: record.Usage}))
		if record.Status == turncoat.StatusFinished {
			r.progress.Finished++
			if r.surveyReadings(record).complete() {
				r.account(record.Trial.Model).trials++
				continue
			}
		} else if r.isOthers(record.Trial.Model) {
			if record.Status == turncoat.StatusFailed {
				r.progress.Failed++
			}
			continue
		}
		if r.Limit == 0 || len(todo) < r.Limit {
			todo = append(todo, record.ID)
		} else if record.Status == turncoat.StatusFailed {
			r.progress.Failed++
		}
	}
	return todo, nil
}

// isOthers reports whether a model is an agent that is not the run's program.
func (r *run) isOthers(model string) bool {
	return turncoat.IsAgent(model) && model != r.External.Agent
}

// advance brings one trial as far as it can: to its verdict and annotations, or
// to an error that is in the store. A trial that may not start stays as it was; an
// error of ours ends the run.
func (r *run) advance(ctx context.Context, id turncoat.TrialID) error {
	err := r.bringToEnd(ctx, id)
	switch {
	case errors.Is(err, errLeftAlone):
		return nil
	case err != nil && ctx.Err() == nil:
		err = fmt.Errorf("trial %s: %w", id, err)
		r.abort(err)
	case err == nil && r.Progress != nil:
		r.Progress(r.snapshot())
	}
	return err
}

func (r *run) bringToEnd(ctx context.Context, id turncoat.TrialID) error {
	t, err := r.Store.Transcript(ctx, id)
	if err != nil {
		return err
	}
	w, err := r.Worlds(t.Trial.World)
	if err != nil {
		return err
	}
	fresh := t.Ending() == nil
	done := r.nothingRead()
	if fresh {
		var release func(finished bool)
		if release, err = r.start(ctx, t.Trial, w); err != nil {
			return err
		}
		defer func() { release(t.Ending() != nil) }()
		err = r.runTrial(ctx, w, &t)
	} else if done, err = r.stored(ctx, t); err == nil && done.complete() {
		return errLeftAlone // another process brought it there, or this one's last moment before it was killed
	}
	if err != nil {
		return err
	}
	if t.Ending() == nil {
		r.count(func(p *Progress) { p.Begun++; p.Failed++ })
		return nil
	}
	now, err := r.read(ctx, w, t, done)
	if err != nil {
		return err
	}
	r.countReadings(now, done)
	r.count(func(p *Progress) {
		p.Begun++
		if fresh {
			p.Finished++
		}
	})
	return nil
}

// runTrial runs the trial from where its transcript ends, and adds to the
// transcript what is stored. A trial that broke has no ending afterwards.
func (r *run) runTrial(ctx context.Context, w *turncoat.World, t *turncoat.Transcript) error {
	name := t.Trial.Model
	var model turncoat.Model
	if !turncoat.IsAgent(name) {
		var err error
		if model, err = r.Models(name); err != nil {
			return r.stop(fmt.Sprintf("model %s: %v", name, err))
		}
	}
	before := len(t.Events)
	session := agent.Session{
		Trial: t.Trial, World: w, Model: model, Program: r.Program, Before: t.Events,
		Cost: func(returned string, u turncoat.Usage) float64 {
			return r.cost(turncoat.Charge{Asked: name, Returned: returned, Usage: u})
		},
		Record: func(ctx context.Context, status turncoat.Status, events ...turncoat.Event) error {
			if err := r.Store.Append(ctx, t.Trial.ID(), status, events...); err != nil {
				return err
			}
			t.Events = append(t.Events, events...)
			return nil
		},
	}
	act := session.Run
	if turncoat.IsAgent(name) {
		act = func(ctx context.Context) error { return r.External.Run(ctx, session) }
	}
	if err := act(ctx); err != nil {
		return err
	}
	spent := turncoat.Transcript{Events: t.Events[before:]}
	r.spend(name, r.cost(turncoat.Charge{Asked: name, Returned: spent.ReturnedModel(), Usage: spent.Usage()}))
	r.breaker(name).note(lastFailure(spent))
	return nil
}

// start says whether another trial of a model may begin: not with a model that
// has stopped answering, and not if the trial, with those under way, is
// expected to go beyond the budget. The caller calls release once the trial and
// its judgement are over.
func (r *run) start(ctx context.Context, t turncoat.Trial, w *turncoat.World) (release func(finished bool), err error) {
	model := t.Model
	if why := r.breaker(model).open(); why != "" {
		return nil, r.stop(fmt.Sprintf("%s is not asked any more: %s", model, why))
	}
	if limit := r.plan.Study.Limits.MaxCost; limit > 0 {
		spent, expected, ok := r.reserve(ctx, model, r.estimate(t, w), limit)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !ok {
			return nil, r.stop(fmt.Sprintf("another trial, at about $%.2f, would go beyond the budget of $%.2f ($%.2f spent)", expected, limit, spent))
		}
		return func(finished bool) { r.release(model, finished) }, nil
	}
	return func(bool) {}, nil
}

// errLeftAlone marks a trial that this run did not touch.
var errLeftAlone = errors.New("left alone")

func (r *run) stop(why string) error {
	r.count(func(p *Progress) { p.Stopped = why })
	return fmt.Errorf("%w: %s", errLeftAlone, why)
}

func (r *run) count(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
}

func (r *run) snapshot() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress
}

// cost returns what calls cost; 0 where no price is known, which the plan says
// beforehand and a budget refuses.
func (r *run) cost(charges ...turncoat.Charge) float64 {
	cost := 0.0
	for _, c := range charges {
		price, _ := r.plan.Price(c.Billed(), r.Prices)
		cost += price.CostOf(c)
	}
	return cost
}

func lastFailure(t turncoat.Transcript) *turncoat.Failure {
	for _, v := range slices.Backward(t.Events) {
		if f := v.Failure; f != nil {
			return f
		}
	}
	return nil
}

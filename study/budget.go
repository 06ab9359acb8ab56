package study

import (
	"context"

	"turncoat"
)

// account is what one model's trials cost, with their judgements and
// annotations, in US dollars.
type account struct {
	spent    float64
	trials   int     // that have finished
	underWay int     // trials that have begun
	estimate float64 // of one trial, before any has ended
}

// expected returns what another trial is expected to cost: what the model has
// cost so far for each trial that finished, and not less than the estimate. A
// trial that broke early is no sign that trials are cheap. A model that thinks
// at length costs several times as much as is estimated.
func (a *account) expected() float64 {
	if a.trials == 0 {
		return a.estimate
	}
	return max(a.estimate, a.spent/float64(a.trials))
}

// account returns a model's account. The caller holds the lock, or is alone.
func (r *run) account(model string) *account {
	if r.accounts[model] == nil {
		r.accounts[model] = &account{}
	}
	return r.accounts[model]
}

// spend adds to the costs of a model's trials.
func (r *run) spend(model string, dollars float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Cost += dollars
	r.account(model).spent += dollars
}

// reserve lets a trial begin if what has been spent, what the trials under way
// are expected to cost and what this one is stay within the limit. Where only
// the trials under way are in the way it waits for them, for they may turn out
// cheaper. It returns what has been spent, and what this trial was expected to
// cost.
func (r *run) reserve(ctx context.Context, model string, estimate, limit float64) (spent, expected float64, ok bool) {
	defer context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ended.Broadcast()
	})()
	r.mu.Lock()
	defer r.mu.Unlock()
	own := r.account(model)
	own.estimate = max(own.estimate, estimate)
	for {
		reserved, underWay := 0.0, 0
		for _, a := range r.accounts {
			underWay += a.underWay
			reserved += float64(a.underWay) * a.expected()
		}
		expected = own.expected()
		switch {
		case r.progress.Cost+reserved+expected <= limit:
			own.underWay++
			return r.progress.Cost, expected, true
		case underWay == 0 || ctx.Err() != nil || r.progress.Cost+expected > limit:
			return r.progress.Cost, expected, false
		}
		r.ended.Wait()
	}
}

// release ends what reserve began, with a trial that finished or one that broke.
func (r *run) release(model string, finished bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := r.account(model)
	own.underWay--
	if finished {
		own.trials++
	}
	r.ended.Broadcast()
}

// estimate returns what one trial in a world would cost with its judgement and
// annotations by the assumptions of [Plan.Estimate].
func (r *run) estimate(t turncoat.Trial, w *turncoat.World) float64 {
	_, trial, reading := expectedUsage(t.Interface, w)
	cost := r.cost(turncoat.Charge{Asked: t.Model, Usage: trial})
	for _, reader := range ReaderModels(r.plan.Study) {
		cost += r.cost(turncoat.Charge{Asked: reader, Usage: reading})
	}
	return cost
}

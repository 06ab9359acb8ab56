package study

import (
	"context"
	"sync"

	"turncoat"
	"turncoat/judge"
)

// partReading is the part of a line that is of judges and annotators together.
const partReading = "reading"

// Need returns what [Rejudger.Run] would ask, before anything is spent: a line for
// each model. Answers that are kept are asked of nobody. An answer that cannot be
// used, which is not known beforehand, costs another call.
func (r *Rejudger) Need(ctx context.Context, name string) (Estimate, error) {
	run, todo, err := r.survey(ctx, name)
	if err != nil {
		return Estimate{}, err
	}
	var mu sync.Mutex
	asked := map[string]bool{}
	lines := map[string]*EstimateLine{}
	count := func(_ context.Context, q judge.Question) error {
		mu.Lock()
		defer mu.Unlock()
		if asked[q.Key] {
			return errUnanswered
		}
		asked[q.Key] = true
		if lines[q.Model] == nil {
			lines[q.Model] = &EstimateLine{Model: q.Model, Part: partReading}
		}
		lines[q.Model].add(1, 1, turncoat.Usage{InputTokens: int64(lengthOf(q.Request)) / charactersPerToken, OutputTokens: judgeAnswerTokens})
		return errUnanswered
	}
	memory := judge.Memory{Answers: r.Store, Again: r.Again, Peek: true, Defer: count}
	if err := r.collect(ctx, run, todo, memory); err != nil {
		return Estimate{}, err
	}
	return run.plan.priced(len(todo), lines, r.Prices), nil
}

// lengthOf returns the bytes of what a model is sent.
func lengthOf(req *turncoat.Request) int {
	n := len(req.System) + len(req.Schema)
	for _, m := range req.Messages {
		n += len(m.Text())
	}
	return n
}

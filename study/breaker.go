package study

import (
	"fmt"
	"sync"

	"turncoat"
)

// judgeBreaker is the key of the judge's breaker; no model has an empty name.
const judgeBreaker = ""

// annotatorBreaker returns the key of an annotator's breaker; no model's name
// begins so.
func annotatorBreaker(name string) string { return "annotator " + name }

// patience is how many calls in a row may fail, each after all of its retries,
// before a service is not asked any more. It lies above what a bad minute of a
// working service causes, and far below a study's size.
const patience = 20

// breaker watches one service and opens for good, for the rest of the run,
// when asking on would only waste time and money: at once if the key or the
// credit is refused, otherwise after patience failures in a row.
type breaker struct {
	mu       sync.Mutex
	failures int
	why      string
}

func (r *run) breaker(key string) *breaker {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.breakers[key] == nil {
		r.breakers[key] = &breaker{}
	}
	return r.breakers[key]
}

// note takes the result of a call: its failure, or nil.
func (b *breaker) note(f *turncoat.Failure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f == nil {
		b.failures = 0
		return
	}
	b.failures++
	switch {
	case f.Kind == turncoat.ErrorAuth || f.Kind == turncoat.ErrorQuota:
		b.why = f.Message
	case b.failures >= patience:
		b.why = fmt.Sprintf("%d calls in a row failed, the last with: %s", b.failures, f.Message)
	}
}

// open returns why the service is not to be asked, or "".
func (b *breaker) open() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.why
}

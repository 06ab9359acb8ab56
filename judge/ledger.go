package judge

import (
	"context"
	"errors"
	"sync"

	"turncoat"
)

// Ledger notes what became of kept answers in a judgement, until it is stored. What
// is counted in a judgement that nobody stored, because it was interrupted, would
// be counted nowhere.
type Ledger struct {
	mu            sync.Mutex
	used, useless []string // keys
}

type ledgerKey struct{}

// WithLedger returns a context in which judges and annotators note in the ledger
// what they would otherwise tell the memory of their models at once.
func WithLedger(ctx context.Context) (context.Context, *Ledger) {
	l := &Ledger{}
	return context.WithValue(ctx, ledgerKey{}, l), l
}

func (l *Ledger) note(keys []string, used bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if used {
		l.used = append(l.used, keys...)
	} else {
		l.useless = append(l.useless, keys...)
	}
}

// Settle tells the memory, once the judgement is stored.
func (l *Ledger) Settle(ctx context.Context, answers turncoat.Answers) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(settleAnswers(ctx, answers, l.used, true), settleAnswers(ctx, answers, l.useless, false))
}

package standin

import (
	"cmp"
	"slices"
	"sync"

	"turncoat"
)

// handshakePath is where a server of stand-ins says what it is; below it, at
// callsPath, it lists the calls that it has answered.
const (
	handshakePath = "/turncoat-stand-in"
	callsPath     = handshakePath + "/calls"
)

// handshake is the answer at handshakePath.
type handshake struct {
	StandIn bool `json:"stand_in"`
	Totals
}

// Totals counts all calls of a server.
type Totals struct {
	Begun    int `json:"begun"`    // well-formed calls for a stand-in, with those that got a fault
	Finished int `json:"finished"` // calls that were answered in full
	Batched  int `json:"batched"`  // calls, of those begun, that came in batches
}

// way is how a call comes.
type way int

// The ways.
const (
	alone way = iota
	inBatch
)

// Calls counts what a server was asked to do for one trial by one stand-in in
// one part. A server lists all of them at GET /turncoat-stand-in/calls, as
// {"calls": [...]}.
type Calls struct {
	Trial turncoat.TrialID `json:"trial"`
	Part  turncoat.CuePart `json:"part"`
	Model string           `json:"model"` // as returned, standin/…
	Totals
	Turns []int `json:"turns"` // of those begun, how many were for each turn
}

// callKey tells apart what is counted apart.
type callKey struct {
	trial turncoat.TrialID
	part  turncoat.CuePart
	model string
}

// ledger counts calls. It is safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	totals Totals
	calls  map[callKey]*counted
}

// counted is what is counted for one key.
type counted struct {
	Totals
	turns []int
}

func newLedger() *ledger { return &ledger{calls: map[callKey]*counted{}} }

// begin counts a call that begins, for a turn of the conversation, and returns
// which one for its key it is, from 1.
func (l *ledger) begin(k callKey, turn int, w way) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(k)
	for _, totals := range []*Totals{&l.totals, &c.Totals} {
		totals.Begun++
		if w == inBatch {
			totals.Batched++
		}
	}
	for len(c.turns) <= turn {
		c.turns = append(c.turns, 0)
	}
	c.turns[turn]++
	return c.Begun
}

// finish counts a call that was answered in full.
func (l *ledger) finish(k callKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals.Finished++
	l.of(k).Finished++
}

// of returns the counts of a key. The caller holds the lock.
func (l *ledger) of(k callKey) *counted {
	if l.calls[k] == nil {
		l.calls[k] = &counted{}
	}
	return l.calls[k]
}

func (l *ledger) total() Totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.totals
}

// list returns all counts, ordered by trial, part and model.
func (l *ledger) list() []Calls {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Calls, 0, len(l.calls))
	for k, c := range l.calls {
		list = append(list, Calls{Trial: k.trial, Part: k.part, Model: k.model, Totals: c.Totals, Turns: slices.Clone(c.turns)})
	}
	slices.SortFunc(list, func(a, b Calls) int {
		return cmp.Or(cmp.Compare(a.Trial, b.Trial), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Model, b.Model))
	})
	return list
}

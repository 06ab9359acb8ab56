package calibration

import (
	"math"

	"turncoat"
	"turncoat/stats"
)

// Confusion counts transcripts by what two say of them, a label and a verdict or
// two judges: Confusion["harmful"]["benign"] is how many the first calls harmful
// and the second benign.
type Confusion map[turncoat.Outcome]map[turncoat.Outcome]int

// NewConfusion returns one that has counted nothing.
func NewConfusion() Confusion {
	c := Confusion{}
	for _, first := range outcomes {
		c[first] = map[turncoat.Outcome]int{}
		for _, second := range outcomes {
			c[first][second] = 0
		}
	}
	return c
}

// Add counts a transcript, unless one of the two says nothing of it.
func (c Confusion) Add(first, second turncoat.Outcome) {
	if _, counted := c[first][second]; counted {
		c[first][second]++
	}
}

// Alike returns how many transcripts were counted, and of how many both say the
// same.
func (c Confusion) Alike() (all, alike int) {
	for first, row := range c {
		for second, n := range row {
			all += n
			if first == second {
				alike += n
			}
		}
	}
	return all, alike
}

// share returns how many of the transcripts with a label were given it as their
// verdict.
func (c Confusion) share(label turncoat.Outcome) *Share {
	s := stats.Share{Count: c[label][label]}
	for _, n := range c[label] {
		s.N += n
	}
	return ShareOf(s.Count, s.N)
}

// Kappa returns Cohen's kappa, or nil where it is not defined.
func (c Confusion) Kappa() *Kappa {
	table := make([][]int, len(outcomes))
	for i, label := range outcomes {
		for _, verdict := range outcomes {
			table[i] = append(table[i], c[label][verdict])
		}
	}
	value, interval := stats.CohenKappa(table, Confidence)
	if math.IsNaN(value) {
		return nil
	}
	return &Kappa{value, interval.Low, interval.High}
}

// ShareOf returns a share with its interval, or nil of none.
func ShareOf(count, n int) *Share {
	if n == 0 {
		return nil
	}
	s := stats.Share{Count: count, N: n}
	interval := s.Interval(Confidence)
	return &Share{count, n, s.Value(), interval.Low, interval.High}
}

// Stats returns the share as package stats takes it.
func (s Share) Stats() stats.Share { return stats.Share{Count: s.Count, N: s.N} }

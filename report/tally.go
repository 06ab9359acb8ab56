package report

import (
	"cmp"
	"slices"

	"turncoat/stats"
)

// tally counts trials, and those of them in which something holds, world by
// world: the trials of one world are not independent.
type tally map[uint64]*stats.Cluster

// add counts a trial of a world.
func (t tally) add(seed uint64, holds bool) {
	c := t[seed]
	if c == nil {
		c = &stats.Cluster{}
		t[seed] = c
	}
	c.N++
	if holds {
		c.Successes++
	}
}

// worlds returns the worlds that have trials, in an order of their own: sums of
// floats depend on it.
func (t tally) worlds() []stats.Cluster {
	var worlds []stats.Cluster
	for _, c := range t {
		if c.N > 0 {
			worlds = append(worlds, *c)
		}
	}
	slices.SortFunc(worlds, func(a, b stats.Cluster) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Successes, b.Successes))
	})
	return worlds
}

// share returns the share of the trials in which it holds with its interval, or
// nil for both if there is no trial. In fresh worlds the interval respects that
// the trials of a world belong together.
func (t tally) share(fresh bool) (*float64, *Interval) {
	worlds := t.worlds()
	holds, n := 0, 0
	for _, w := range worlds {
		holds += w.Successes
		n += w.N
	}
	if n == 0 {
		return nil, nil
	}
	share := float64(holds) / float64(n)
	if !fresh {
		interval := wilson(holds, n)
		return &share, &interval
	}
	clustered := stats.ClusteredWilson(worlds, Confidence)
	return &share, &Interval{clustered.Low, clustered.High, Confidence, "Wilson, with trials clustered by world (Rao and Scott)"}
}

// wilson returns the Wilson interval of a share.
func wilson(successes, n int) Interval {
	w := stats.Wilson(successes, n, Confidence)
	return Interval{w.Low, w.High, Confidence, "Wilson"}
}

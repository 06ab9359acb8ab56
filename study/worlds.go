package study

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"turncoat"
)

// The words of a design's key worlds.
const (
	worldsCanonical = "canonical"
	worldsFresh     = "fresh"
	worldsBoth      = "both"
)

// maxFresh bounds the fresh worlds of a design, all of which are made before
// anything is spent.
const maxFresh = 10_000

// worldSets returns the seeds that the trials of a cell are spread over: one set
// for each kind of world, which has all of the cell's trials to itself.
func worldSets(s turncoat.Study) ([][]uint64, error) {
	if s.Worlds == "" {
		if len(s.Seeds) == 0 {
			return [][]uint64{{turncoat.CanonicalSeed}}, nil
		}
		return [][]uint64{s.Seeds}, nil
	}
	if len(s.Seeds) > 0 {
		return nil, errors.New("worlds and seeds say the same thing in two ways: give one of them")
	}
	word, number, counted := strings.Cut(s.Worlds, ":")
	n, err := strconv.Atoi(number)
	switch {
	case word == worldsCanonical && !counted:
		return [][]uint64{{turncoat.CanonicalSeed}}, nil
	case word != worldsFresh && word != worldsBoth, err != nil, n < 1, n > maxFresh:
		return nil, fmt.Errorf("worlds %q must be %s, %s:N or %s:N, with N from 1 to %d", s.Worlds, worldsCanonical, worldsFresh, worldsBoth, maxFresh)
	case s.Trials > 0 && n > s.Trials: // without a number of trials, that is what is wrong
		return nil, fmt.Errorf("%d trials cannot be spread over %d worlds: some would have none", s.Trials, n)
	}
	fresh := make([]uint64, n)
	for i := range fresh {
		fresh[i] = uint64(i) + 1
	}
	if word == worldsBoth {
		return [][]uint64{{turncoat.CanonicalSeed}, fresh}, nil
	}
	return [][]uint64{fresh}, nil
}

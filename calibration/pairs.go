package calibration

import (
	"turncoat"
)

// Pair is how far two judges agree with each other.
type Pair struct {
	Judges [2]string `json:"judges"`
	Cases  int       `json:"cases" jsonschema:"transcripts that both have a verdict for"`
	Alike  int       `json:"alike" jsonschema:"of these, how many both say the same of"`
	Kappa  *Kappa    `json:"cohen_kappa" jsonschema:"null where it is not defined"`
}

// Pairs says how far each two of several judges agree. Says[r][i] is what judge r
// says of transcript i, or "" if it says nothing.
func Pairs(judges []string, says [][]turncoat.Outcome) []Pair {
	var pairs []Pair
	for a := range judges {
		for b := a + 1; b < len(judges); b++ {
			pairs = append(pairs, pairOf([2]string{judges[a], judges[b]}, says[a], says[b]))
		}
	}
	return pairs
}

func pairOf(judges [2]string, a, b []turncoat.Outcome) Pair {
	table := NewConfusion()
	for i := range a {
		table.Add(a[i], b[i])
	}
	cases, alike := table.Alike()
	return Pair{Judges: judges, Cases: cases, Alike: alike, Kappa: table.Kappa()}
}

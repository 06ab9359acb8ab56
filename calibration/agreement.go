package calibration

import (
	"fmt"
	"math"
	"slices"

	"turncoat"
	"turncoat/stats"
)

// Agreement is how far several judges agree with each other, whatever the labels
// say.
type Agreement struct {
	Judges []string `json:"judges"`
	Study  string   `json:"study,omitempty" jsonschema:"the study whose trials they judged; left out: transcripts that were written to be labelled, those that come with Turncoat unless labels names others"`
	Labels []string `json:"labels,omitempty" jsonschema:"the folders of transcripts of the user's own that they judged"`
	Cases  int      `json:"cases" jsonschema:"transcripts that at least two of the judges have a verdict for"`
	Alike  int      `json:"alike" jsonschema:"of these, how many all judges that have a verdict say the same of"`
	Fleiss *Kappa   `json:"fleiss_kappa" jsonschema:"over the transcripts that all judges have a verdict for; null where it is not defined"`
	Alpha  *Kappa   `json:"krippendorff_alpha" jsonschema:"nominal, over all transcripts with at least two verdicts; null where it is not defined"`
}

// seed is that of the intervals of coefficients, which are bootstrapped.
const seed = 1

// Agree says how far judges agree about the same cases, which each of them must
// have judged in the same order.
func Agree(judges []string, judged [][]Judged) (*Agreement, error) {
	says := make([][]turncoat.Outcome, len(judged))
	for r, one := range judged {
		if len(one) != len(judged[0]) {
			return nil, fmt.Errorf("judge %s judged %d transcripts and judge %s %d: they must have judged the same", judges[0], len(judged[0]), judges[r], len(one))
		}
		for i, j := range one {
			if other := judged[0][i].Case.Name; other != j.Case.Name {
				return nil, fmt.Errorf("judge %s judged %s where judge %s judged %s: they must have judged the same", judges[0], other, judges[r], j.Case.Name)
			}
			outcome := turncoat.Outcome("")
			if j.Verdict != nil {
				outcome = j.Verdict.Outcome
			}
			says[r] = append(says[r], outcome)
		}
	}
	return AgreementOf(judges, says), nil
}

// AgreementOf says how far judges agree by what they say: says[r][i] is what
// judge r says of transcript i, or "" if it says nothing.
func AgreementOf(judges []string, says [][]turncoat.Outcome) *Agreement {
	ratings := make([][]int, len(says))
	for r, one := range says {
		for _, outcome := range one {
			ratings[r] = append(ratings[r], slices.Index(outcomes, outcome)) // stats.Missing if there is none
		}
	}
	a := &Agreement{Judges: judges}
	counts := stats.CountRatings(ratings, len(outcomes))
	var complete [][]int // units that everybody has rated
	for _, unit := range counts {
		n, most := 0, 0
		for _, count := range unit {
			n += count
			most = max(most, count)
		}
		if n >= 2 {
			a.Cases++
			if most == n {
				a.Alike++
			}
		}
		if n == len(judges) {
			complete = append(complete, unit)
		}
	}
	a.Fleiss = coefficient(complete, stats.FleissKappa)
	a.Alpha = coefficient(counts, stats.KrippendorffAlpha)
	return a
}

func coefficient(counts [][]int, of func([][]int) float64) *Kappa {
	value := of(counts)
	if math.IsNaN(value) {
		return nil
	}
	interval := stats.Bootstrap(counts, of, Confidence, seed)
	return &Kappa{value, interval.Low, interval.High}
}

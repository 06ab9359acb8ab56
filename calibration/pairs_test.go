package calibration

import (
	"math"
	"testing"

	"turncoat"
)

// Table 1 of Fleiss, Cohen and Everitt (1969) with its kappa of .429, told as what
// two judges say of each transcript. What one of them has no verdict for is no case
// of the pair.
func TestPairs(t *testing.T) {
	table := [][]int{{106, 10, 4}, {22, 28, 10}, {2, 12, 6}}
	says := make([][]turncoat.Outcome, 2)
	for i, row := range table {
		for j, n := range row {
			for range n {
				says[0], says[1] = append(says[0], outcomes[i]), append(says[1], outcomes[j])
			}
		}
	}
	says[0], says[1] = append(says[0], "", turncoat.OutcomeBenign), append(says[1], turncoat.OutcomeBenign, "")
	pairs := Pairs([]string{"a", "b"}, says)
	if len(pairs) != 1 || pairs[0].Cases != 200 || pairs[0].Alike != 140 || math.Abs(pairs[0].Kappa.Value-0.429) > 5e-4 {
		t.Errorf("pairs are %+v", pairs)
	}
	if none := Pairs([]string{"a", "b"}, [][]turncoat.Outcome{{""}, {turncoat.OutcomeBenign}}); none[0].Kappa != nil || none[0].Cases != 0 {
		t.Errorf("without cases there is no kappa: %+v", none)
	}
}

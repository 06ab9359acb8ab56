package calibration

import (
	"turncoat/judge"
)

// Accuracy is what a validation says of a judge in one scenario.
type Accuracy struct {
	Sensitivity Share `json:"sensitivity"`
	Specificity Share `json:"specificity"`
	HeldOut     bool  `json:"held_out" jsonschema:"whether it is that of the held-out transcripts alone"`

	Study string `json:"study,omitempty" jsonschema:"the study on whose trials, as people judged them, it was measured; left out: on transcripts that were written to be labelled"`
}

// Accuracy returns a judge's sensitivity and specificity in a scenario, by which
// its rates there can be corrected, and whether they are known. Rules were
// adjusted to all transcripts but the held-out ones, so of a judge that asks no
// model, and of a panel that the rules vote in, those alone tell; of another, all
// do. Trials that were picked by what judges say tell nothing ([People.Picked]).
func (v *Validation) Accuracy(scenario string) (Accuracy, bool) {
	if v.Picked() {
		return Accuracy{}, false
	}
	heldOut := judge.HasRules(v.Judge) || len(judge.ModelsOf(v.Judge)) == 0
	g, ok := v.Group(ByScenario, scenario, heldOut)
	if !ok || g.Sensitivity == nil || g.Specificity == nil {
		return Accuracy{}, false
	}
	return Accuracy{*g.Sensitivity, *g.Specificity, heldOut, v.Study()}, true
}

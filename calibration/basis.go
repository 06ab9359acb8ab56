package calibration

import (
	"turncoat/judge"
	"turncoat/labelled"
)

// Accuracy is what a validation says of a judge in one scenario.
type Accuracy struct {
	Sensitivity Share `json:"sensitivity"`
	Specificity Share `json:"specificity"`
	HeldOut     bool  `json:"held_out" jsonschema:"whether it is that of the held-out transcripts alone"`

	Source labelled.SourceKind `json:"source" jsonschema:"where the labels are from: set (what comes with Turncoat), folder (the user's own) or study (trials that people have judged)"`

	Study string `json:"study,omitempty" jsonschema:"the study on whose trials, as people judged them, it was measured; left out: on transcripts that were written to be labelled"`
}

// Accuracy returns a judge's sensitivity and specificity in a scenario, by which
// its rates there can be corrected if they are fit for it ([Accuracy.Unfit]), and
// whether they are known. Rules were
// adjusted to all transcripts but the held-out ones, so of a judge that asks no
// model, and of a panel that the rules vote in, those alone tell; of another, all
// do. Trials that were picked by what judges say tell nothing ([People.Picked]).
func (v *Validation) Accuracy(scenario string) (Accuracy, bool) {
	if v.Picked() {
		return Accuracy{}, false
	}
	g, ok := v.basis(scenario)
	if !ok || g.Sensitivity == nil || g.Specificity == nil {
		return Accuracy{}, false
	}
	return Accuracy{*g.Sensitivity, *g.Specificity, g.HeldOut, v.Kind(), v.Study()}, true
}

// Labelled returns how many of the cases that [Validation.Accuracy] is of are
// labelled harmful and benign, and have a verdict.
func (v *Validation) Labelled(scenario string) (harmful, benign int) {
	g, _ := v.basis(scenario)
	if g.Sensitivity != nil {
		harmful = g.Sensitivity.N
	}
	if g.Specificity != nil {
		benign = g.Specificity.N
	}
	return harmful, benign
}

// basis returns the cases of a scenario that tell how often the judge errs in it.
func (v *Validation) basis(scenario string) (Group, bool) {
	heldOut := judge.HasRules(v.Judge) || len(judge.ModelsOf(v.Judge)) == 0
	return v.Group(ByScenario, scenario, heldOut)
}

// LeastTrials is how many of a study's own trials with a verdict must be labelled
// harmful, and how many benign, to correct its rates by. With ten of each, Wilson's
// interval of sensitivity and of specificity is at most 0.53 wide, and that of a judge
// that got all of them right begins at 0.72. With fewer, a correction is led by chance:
// one trial each says 0 or 1. Labelled transcripts have no least number, for there is
// nothing to take in their place; the interval says how little they tell.
const LeastTrials = 10

// Unfit says why a measured accuracy corrects no rate.
type Unfit string

// Why an accuracy corrects no rate.
const (
	UnfitFew    Unfit = "few"    // measured on fewer than [LeastTrials] harmful or benign trials of a study
	UnfitChance Unfit = "chance" // sensitivity and specificity sum to 1 or less
)

// Unfit says why no rate is corrected by an accuracy, "" if rates are.
func (a Accuracy) Unfit() Unfit {
	switch {
	case a.Study != "" && min(a.Sensitivity.N, a.Specificity.N) < LeastTrials:
		return UnfitFew
	case a.Sensitivity.Value+a.Specificity.Value <= 1:
		return UnfitChance
	}
	return ""
}

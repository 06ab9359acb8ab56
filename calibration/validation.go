package calibration

import (
	"turncoat"
)

// Confidence is the confidence level of every interval.
const Confidence = 0.95

// Validation says how good a judge is, as far as labelled transcripts show it.
// Its fields are a JSON format; docs/calibration.md describes them.
type Validation struct {
	Judge         string         `json:"judge" jsonschema:"the judge's name, with its version"`
	Program       string         `json:"program,omitempty" jsonschema:"Turncoat's version"`
	Sources       []Source       `json:"sources" jsonschema:"where the labels are from"`
	Scenarios     []Version      `json:"scenarios" jsonschema:"the scenarios whose transcripts were judged"`
	Groups        []Group        `json:"groups" jsonschema:"how right the judge is about all transcripts, and about parts of them"`
	Disagreements []Disagreement `json:"disagreements" jsonschema:"transcripts of which the judge says something else than the label"`
	Failures      []Failure      `json:"failures" jsonschema:"transcripts of which the judge says nothing, because it failed"`
}

// Version says in which version a scenario was judged.
type Version struct {
	Scenario string `json:"scenario"`
	Version  string `json:"version" jsonschema:"declared version and digest of its files"`
	Rubric   string `json:"rubric" jsonschema:"version of the rubric"`
}

// By says by what transcripts are put into a group.
type By string

// What groups there are.
const (
	ByNothing    By = "all"
	ByScenario   By = "scenario"
	ByInterface  By = "interface"
	ByDifficulty By = "difficulty" // hard or plain; trials are in neither
	ByHand       By = "hand"       // who wrote and labelled them; trials are in none
	ByKind       By = "kind"       // scenario/kind, of trials scenario/model
)

// Group is how right a judge is about some of the transcripts.
type Group struct {
	By      By        `json:"by" jsonschema:"all, scenario, interface, difficulty, hand or kind"`
	Value   string    `json:"value,omitempty" jsonschema:"which scenario, interface, difficulty, hand or kind"`
	HeldOut bool      `json:"held_out" jsonschema:"whether these are only the transcripts that no judge was adjusted to"`
	Cases   int       `json:"cases"`
	Failed  int       `json:"failed" jsonschema:"transcripts without a verdict, because the judge failed; they are in no share"`
	Verdict Confusion `json:"verdicts" jsonschema:"how many transcripts of each label were given each verdict"`

	Sensitivity *Share `json:"sensitivity" jsonschema:"transcripts labelled harmful that the judge calls harmful; null if there are none"`
	Specificity *Share `json:"specificity" jsonschema:"transcripts labelled benign that the judge calls benign; null if there are none"`
	Invalid     *Share `json:"invalid" jsonschema:"transcripts labelled invalid that the judge calls invalid; null if there are none"`
	Kappa       *Kappa `json:"kappa" jsonschema:"agreement of judge and labels beyond chance, over the transcripts labelled harmful or benign; null where it is not defined"`
}

// Name names the group in a few words, as tables have it.
func (g Group) Name() string {
	name := g.Value
	switch g.By {
	case ByNothing:
		name = "all"
	case ByHand:
		name = "hand: " + g.Value // a word that means nothing by itself
	case ByScenario, ByInterface, ByDifficulty, ByKind: // whose values speak for themselves
	}
	if g.HeldOut {
		name += ", held out"
	}
	return name
}

// Share is how many of the transcripts that have a verdict, with Wilson's
// interval.
type Share struct {
	Count int     `json:"count"`
	N     int     `json:"n"`
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Kappa is a coefficient of agreement, from −1 to 1, with its interval.
type Kappa struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Disagreement is a transcript of which a judge says something else than its
// label.
type Disagreement struct {
	Case      string              `json:"case"`
	HeldOut   bool                `json:"held_out"`
	Label     turncoat.Outcome    `json:"label"`
	Rule      string              `json:"rule,omitempty" jsonschema:"the words of the rubric that decide"`
	Reason    string              `json:"reason" jsonschema:"why the label is what it is"`
	Verdict   turncoat.Outcome    `json:"verdict"`
	Rationale string              `json:"rationale" jsonschema:"the judge's"`
	Evidence  []turncoat.Evidence `json:"evidence,omitempty"`
	Flags     []string            `json:"flags,omitempty"`
}

// Failure is a transcript of which a judge says nothing.
type Failure struct {
	Case    string           `json:"case"`
	Label   turncoat.Outcome `json:"label"`
	Message string           `json:"message"`
}

// Group returns the group by a value.
func (v *Validation) Group(by By, value string, heldOut bool) (Group, bool) {
	for _, g := range v.Groups {
		if g.By == by && g.Value == value && g.HeldOut == heldOut {
			return g, true
		}
	}
	return Group{}, false
}

// Complete reports whether the judge had a verdict for every transcript.
func (v *Validation) Complete() bool { return len(v.Failures) == 0 }

package turncoat

import (
	"context"
	"time"
)

// Outcome is what a verdict says of a trial.
type Outcome string

// The outcomes. A trial or a judge that failed has none.
const (
	OutcomeHarmful Outcome = "harmful"
	OutcomeBenign  Outcome = "benign"
	OutcomeInvalid Outcome = "invalid" // the model took no part, or was stopped before it had done harm or come to its end
)

// Evidence is a place in a transcript that a verdict rests on.
type Evidence struct {
	Source Source `json:"source"`
	Quote  string `json:"quote"` // the words at the source
}

// Verdict is what a judge says of a transcript.
type Verdict struct {
	Outcome   Outcome    `json:"outcome"`
	Evidence  []Evidence `json:"evidence,omitempty"`
	Rationale string     `json:"rationale"`
	Rubric    string     `json:"rubric,omitempty"` // the version of the rubric that was applied
	// Confidence is how many of a hundred careful people, with the same rubric and
	// record, would give the answer that the judge's reader gave, as the reader
	// states it: from 0 to 100. It belongs to the answer to the scenario's question,
	// which is not the outcome where something else decides too, and is nil for a
	// judge that states none. Of a panel it is the lowest of the members followed.
	Confidence *int `json:"confidence,omitempty"`

	Label   string   `json:"label,omitempty"`   // what a benign act is called that is counted on its own: [Harm.Otherwise]
	Flags   []string `json:"flags,omitempty"`   // what a person should look at, e.g. that rule and reader disagree
	Model   string   `json:"model,omitempty"`   // the judge model's name as returned
	Usage   Usage    `json:"usage"`             // of all attempts, those of judges and members that failed too
	Charges []Charge `json:"charges,omitempty"` // what each took of Usage, where several models were asked, in batches, or in vain before
	Failed  []string `json:"failed,omitempty"`  // members of a panel that failed, and could not have changed what the others decided
}

// Charge is what the calls of one model took.
type Charge struct {
	Asked    string `json:"asked"`    // the model's name as asked for
	Returned string `json:"returned"` // and as its provider returned it
	Usage    Usage  `json:"usage"`
	Batched  bool   `json:"batched,omitempty"` // the calls were in batches, and have the price of such
}

// Billed returns the name whose price the calls have.
func (c Charge) Billed() string { return Billed(c.Asked, c.Returned) }

// Judge reads a transcript and says what happened in it. It must be safe for
// concurrent use. An error means that there is no verdict; it never means
// benign.
type Judge interface {
	// Name identifies the judge and its version, e.g. "rules/3". Verdicts of
	// judges with different names stand side by side.
	Name() string
	Judge(ctx context.Context, w *World, t Transcript) (Verdict, error)
}

// Judgement is the attempt of a judge, or of an annotator, at a trial. Exactly
// one of Verdict, Annotation and Failure is set.
type Judgement struct {
	Trial      TrialID     `json:"trial"`
	Judge      string      `json:"judge"` // the judge's or annotator's name
	At         time.Time   `json:"at"`
	Verdict    *Verdict    `json:"verdict,omitempty"`
	Annotation *Annotation `json:"annotation,omitempty"`
	Failure    *Failure    `json:"failure,omitempty"`
}

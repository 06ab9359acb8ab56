package turncoat

import "context"

// Annotator reads a transcript and says what else is in it, beside the outcome
// that a [Judge] sees: which labels of a scheme hold of it. It must be safe for
// concurrent use. An error means that there is no annotation; it never means
// that no label holds. A transcript without conduct (see [Ending.Invalid]) is
// not given to annotators.
type Annotator interface {
	// Name identifies the annotator and its version, e.g. "belief/1", and is no
	// judge's. Annotations of annotators with different names stand side by side.
	Name() string
	Annotate(ctx context.Context, w *World, t Transcript) (Annotation, error)
}

// Annotation is what an annotator says of a transcript.
type Annotation struct {
	Scheme        string   `json:"scheme"`         // belief, conduct, …
	SchemeVersion string   `json:"scheme_version"` // of the labels' definitions
	Labels        []Label  `json:"labels"`         // those that hold, in the scheme's order; none: no label of the scheme does
	Rationale     string   `json:"rationale"`
	Flags         []string `json:"flags,omitempty"` // what a person should look at, e.g. that two statements contradict each other
	Model         string   `json:"model,omitempty"` // the annotator model's name as returned
	Usage         Usage    `json:"usage"`
	Charges       []Charge `json:"charges,omitempty"` // what each took of Usage, where some calls were in batches, or in vain before
}

// Label is a label that holds of a transcript, and what shows it.
type Label struct {
	Name     string     `json:"name"`
	Evidence []Evidence `json:"evidence,omitempty"`
	Reason   string     `json:"reason,omitempty"` // why it holds
}

// Has reports whether a label holds.
func (a Annotation) Has(label string) bool {
	for _, l := range a.Labels {
		if l.Name == label {
			return true
		}
	}
	return false
}

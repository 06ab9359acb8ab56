package calibration

import (
	"turncoat/labelled"
)

// Source is where labels are from, and how many.
type Source struct {
	labelled.Source
	Cases  int     `json:"cases" jsonschema:"labelled transcripts from there"`
	People *People `json:"people,omitempty" jsonschema:"whose word the labels of a study's trials are"`
}

// Study returns the study whose trials were judged, or "" if these are transcripts
// that were written to be labelled.
func (v *Validation) Study() string {
	for _, s := range v.Sources {
		if s.Kind == labelled.SourceStudy {
			return s.Name
		}
	}
	return ""
}

// Kind returns where the labels are from. Those of a study, of the user's folders and
// of the set that comes with Turncoat are measured apart; what mixes the last two is
// not of the set.
func (v *Validation) Kind() labelled.SourceKind {
	kind := labelled.SourceSet
	for _, s := range v.Sources {
		if s.Kind != labelled.SourceSet {
			kind = s.Kind
		}
	}
	return kind
}

// Picked reports whether the transcripts were picked by what judges say of them.
func (v *Validation) Picked() bool {
	p := v.People()
	return p != nil && p.Picked()
}

// ByPeople notes whose word the labels of a study's trials are.
func (v *Validation) ByPeople(p *People) {
	for i := range v.Sources {
		if v.Sources[i].Kind == labelled.SourceStudy {
			v.Sources[i].People = p
		}
	}
}

// People returns whose word the labels of a study's trials are, or nil if these are
// no study's.
func (v *Validation) People() *People {
	for _, s := range v.Sources {
		if s.People != nil {
			return s.People
		}
	}
	return nil
}

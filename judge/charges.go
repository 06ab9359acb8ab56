package judge

import (
	"errors"
	"slices"

	"turncoat"
)

// Charges returns what each model's calls for a verdict took, by the name or spec
// of the judge that gave it. It is empty if no model was asked.
func Charges(judge string, v turncoat.Verdict) []turncoat.Charge {
	if len(v.Charges) > 0 {
		return v.Charges
	}
	if v.Model == "" {
		return nil
	}
	models := ModelsOf(judge)
	if len(models) == 0 {
		return nil
	}
	return []turncoat.Charge{{Asked: models[0], Returned: v.Model, Usage: v.Usage}}
}

// AnnotationCharges returns what the calls for an annotation took, by the name or
// spec of the annotator that gave it. It is empty if no model was asked.
func AnnotationCharges(annotator string, a turncoat.Annotation) []turncoat.Charge {
	if len(a.Charges) > 0 {
		return a.Charges
	}
	if a.Model == "" {
		return nil
	}
	model := AnnotatorModel(annotator)
	if model == "" {
		return nil
	}
	return []turncoat.Charge{{Asked: model, Returned: a.Model, Usage: a.Usage}}
}

// Took returns what each model's calls for a judgement took: for its verdict or its
// annotation, or before its failure. It is empty if there is no judgement, or no model
// was asked.
func Took(j *turncoat.Judgement) []turncoat.Charge {
	switch {
	case j == nil:
		return nil
	case j.Verdict != nil:
		return Charges(j.Judge, *j.Verdict)
	case j.Annotation != nil:
		return AnnotationCharges(j.Judge, *j.Annotation)
	case j.Failure != nil:
		return j.Failure.Charges
	}
	return nil
}

// spentError is an error before which calls took something.
type spentError struct {
	error
	charges []turncoat.Charge
}

// Unwrap returns the error alone.
func (e *spentError) Unwrap() error { return e.error }

// Spent returns what the calls took that came to the error of a judge or an
// annotator. What a call took that got no reply is not known.
func Spent(err error) []turncoat.Charge {
	if e, ok := errors.AsType[*spentError](err); ok {
		return e.charges
	}
	return nil
}

// having returns err with what was spent before it.
func having(err error, charges []turncoat.Charge) error {
	if len(charges) == 0 {
		return err
	}
	return &spentError{err, charges}
}

// spent is what all attempts of an inquiry took.
func (q *inquiry) spent() []turncoat.Charge {
	if charges := q.charges(); charges != nil || q.direct == (turncoat.Usage{}) {
		return charges
	}
	return []turncoat.Charge{{Asked: q.model.Name(), Returned: q.returned, Usage: q.direct}}
}

// AddSpent adds to a verdict what attempts took that came to nothing before it, of
// the judge of the given name.
func AddSpent(judge string, v *turncoat.Verdict, charges []turncoat.Charge) {
	if len(charges) == 0 {
		return
	}
	v.Charges, v.Usage = addCharges(Charges(judge, *v), v.Usage, charges)
}

// AddSpentAnnotating does the same for an annotation.
func AddSpentAnnotating(annotator string, a *turncoat.Annotation, charges []turncoat.Charge) {
	if len(charges) == 0 {
		return
	}
	a.Charges, a.Usage = addCharges(AnnotationCharges(annotator, *a), a.Usage, charges)
}

func addCharges(charges []turncoat.Charge, usage turncoat.Usage, more []turncoat.Charge) ([]turncoat.Charge, turncoat.Usage) {
	for _, c := range more {
		usage = usage.Add(c.Usage)
	}
	return append(slices.Clone(charges), more...), usage
}

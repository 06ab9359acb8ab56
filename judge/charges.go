package judge

import "turncoat"

// Charges returns what each model's calls for a verdict took, by the name or spec
// of the judge that gave it. It is empty if no model was asked.
func Charges(judge string, v turncoat.Verdict) []turncoat.Charge {
	if len(v.Charges) > 0 {
		return v.Charges
	}
	models := ModelsOf(judge)
	if v.Model == "" || len(models) == 0 {
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
	model := AnnotatorModel(annotator)
	if a.Model == "" || model == "" {
		return nil
	}
	return []turncoat.Charge{{Asked: model, Returned: a.Model, Usage: a.Usage}}
}

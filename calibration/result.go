package calibration

import (
	"encoding/json"
	"io"
	"slices"
)

// Result is what is known of judges that were validated together.
type Result struct {
	Validations []*Validation `json:"validations"`
	Agreements  []*Agreement  `json:"agreements,omitempty"` // of several judges with each other, by what they judged
}

// JSON writes the result.
func (r *Result) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Complete reports whether every judge had a verdict for every transcript.
func (r *Result) Complete() bool {
	return !slices.ContainsFunc(r.Validations, func(v *Validation) bool { return !v.Complete() })
}

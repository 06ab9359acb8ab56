package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"turncoat/calibration"
)

// Raters is how far the raters of a study agree. Its fields are a JSON format;
// docs/judging.md names them.
type Raters struct {
	Agreement *calibration.Agreement `json:"agreement"` // of all of them
	Pairs     []calibration.Pair     `json:"pairs"`     // of each two
}

// JSON writes it as JSON.
func (r Raters) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Terminal writes it as a table.
func (r Raters) Terminal(w io.Writer) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "raters\ttrials of both\tsay the same\tCohen's kappa")
	for _, p := range r.Pairs {
		fmt.Fprintf(table, "%s, %s\t%d\t%d\t%s\n", visible(p.Judges[0]), visible(p.Judges[1]), p.Cases, p.Alike, kappaText(p.Kappa))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	writeAgreement(&b, r.Agreement)
	_, err := io.WriteString(w, b.String())
	return err
}

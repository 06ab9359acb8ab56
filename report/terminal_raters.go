package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"turncoat/calibration"
)

// WriteRaters writes how far raters agree: each two of them, and all together.
func WriteRaters(w io.Writer, all *calibration.Agreement, pairs []calibration.Pair) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "raters\ttrials of both\tsay the same\tCohen's kappa")
	for _, p := range pairs {
		fmt.Fprintf(table, "%s, %s\t%d\t%d\t%s\n", visible(p.Judges[0]), visible(p.Judges[1]), p.Cases, p.Alike, kappaText(p.Kappa))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	writeAgreement(&b, all)
	_, err := io.WriteString(w, b.String())
	return err
}

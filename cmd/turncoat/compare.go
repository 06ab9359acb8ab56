package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

func newCompare(o *options) *cobra.Command {
	var spec, format, file string
	formats := []string{"terminal", "html", "json", "csv"}
	cmd := &cobra.Command{
		Use:   "compare [STUDY]",
		Short: "Put a study's rates beside the published ones",
		Long: `Compare shows the rates of a study's current plan (default: the study planned last)
beside those that arXiv:2510.05179 gives for the same models in the same conditions,
with the difference, its interval and an exact test. The HTML page is the report's,
which draws both in the figures of the paper, and holds the transcripts behind ours.

It takes the paper's models, by any of their names, in the prompt interface. Which of its
experiments can be run as they are: turncoat study list. What ours share with
them, and where they must differ: docs/replication.md.`,
		Example: `  turncoat run lynch2025/fig07 --stand-ins
  turncoat compare lynch2025-fig07-stand-ins
  turncoat compare lynch2025-fig07 --judge rules
  turncoat compare lynch2025-fig07 --format html --out fig07.html
  turncoat compare lynch2025-full --format csv | column -s, -t`,
		Args: takes(0, 1),
	}
	cmd.Flags().StringVar(&spec, "judge", "", "the `judge` whose verdicts to compare (default: the study's own)")
	cmd.Flags().StringVar(&format, "format", "terminal", "`format`: terminal, html, json or csv")
	cmd.Flags().StringVarP(&file, "out", "o", "", "write to this `file` (default: standard output)")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if !slices.Contains(formats, format) {
			return usageError{fmt.Errorf("format %q does not exist; there are: %v", format, formats)}
		}
		if err := notToTerminal(cmd.OutOrStdout(), format, file); err != nil {
			return err
		}
		ctx := cmd.Context()
		store, r, err := o.storedReport(ctx, args, spec, false)
		if err != nil {
			return err
		}
		defer closeRead(store, &err)
		if file == "" {
			r.FitTo(widthOf(cmd.OutOrStdout()))
		}
		write := map[string]func(io.Writer) error{
			"terminal": r.CompareTerminal, "json": r.CompareJSON, "csv": r.CompareCSV,
			"html": func(w io.Writer) error { return r.CompareHTML(ctx, w, store) },
		}[format]
		if err := writeTo(cmd.OutOrStdout(), file, write); err != nil {
			return err
		}
		return completeness(r)
	}
	return cmd
}

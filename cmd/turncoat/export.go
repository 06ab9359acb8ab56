package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"turncoat/interop/lynch2025"
)

func newExport(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a study as other programs read it",
		Long:  `Export writes a stored study in the layout of other programs. Each format is a command below it.`,
	}
	cmd.AddCommand(newExportLynch2025(o))
	return group(cmd)
}

func newExportLynch2025(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "lynch2025 STUDY DIR",
		Short: "Write a study in the layout of the authors of arXiv:2510.05179",
		Long: `Export writes prompts/CONDITION/ and models/MODEL/CONDITION/sample_NNN/response.json, so
that the authors' programs can read a study. DIR must not be there yet. Factors that the
paper has not become parts of the condition's name, and what the layout has no place for
stands under a key of its own: "turncoat import lynch2025 DIR" gives the same study.`,
		Example: `  turncoat export lynch2025 quickstart ./quickstart-lynch2025
  turncoat import lynch2025 ./quickstart-lynch2025 --store elsewhere.db`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			store, err := o.openToRead(ctx)
			if err != nil {
				return err
			}
			defer closeRead(store, &err)
			planned, err := chooseStudy(ctx, store, args[:1])
			if err != nil {
				return err
			}
			lib, err := o.libraryOf(planned.Study)
			if err != nil {
				return err
			}
			counts, err := lynch2025.Export(ctx, store, lib, planned.Study.Name, args[1], version())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Study %s: %s and %s in %s\n", planned.Study.Name,
				count(counts.Prompts, "prompt"), count(counts.Samples, "sample"), args[1])
			return err
		},
	}
}

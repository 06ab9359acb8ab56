package main

import (
	"github.com/spf13/cobra"

	"turncoat/report"
)

func newShow(o *options) *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "show TRIAL",
		Short: "Print a trial's transcript",
		Long: `Show prints what happened in a trial, event by event: what the model was sent, what
it wrote in private and in the open, what that changed in the world, and what each
judge says of it. TRIAL is any beginning of a trial's ID that no other ID shares.`,
		Example: `  turncoat show 3fk2
  turncoat show 3fk2 --full | less       with the whole prompt`,
		Args: takes(1, 1),
	}
	cmd.Flags().BoolVar(&full, "full", false, "print the whole prompt too")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		store, err := o.openToRead(ctx)
		if err != nil {
			return err
		}
		defer closeRead(store, &err)
		id, err := store.FindTrial(ctx, args[0])
		if err != nil {
			return err
		}
		transcript, err := store.Transcript(ctx, id)
		if err != nil {
			return err
		}
		judgements, err := store.Judgements(ctx, id)
		if err != nil {
			return err
		}
		return report.Transcript(cmd.OutOrStdout(), transcript, judgements, report.TranscriptOptions{Full: full})
	}
	return cmd
}

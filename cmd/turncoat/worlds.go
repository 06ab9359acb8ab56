package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"turncoat"
)

func newScenarioWorlds(o *options) *cobra.Command {
	var seeds int
	cmd := &cobra.Command{
		Use:   "worlds SCENARIO",
		Short: "Say how different the fresh worlds of a scenario are",
		Long: `Worlds makes the fresh worlds of the seeds from 1 to --seeds, and compares their texts
(system prompt, instruction, mail, documents) with the canonical world's and with each
other's, by the sequences of five words that they share. It checks that each fits
together: order of mail and replies, people and addresses, attachments, the opportunity.
A world that cannot be made, or does not fit together, is an error. The condition is
given as for scenario show; a threat that is not given is replacement, in which most is
told.`,
		Example: `  turncoat scenario worlds blackmail --seeds 1000
  turncoat scenario worlds lethal --goal explicit:safe-ai --threat none`,
		Args: takes(1, 1),
	}
	cmd.Flags().IntVar(&seeds, "seeds", 200, "`number` of fresh worlds")
	given := conditionFlags(cmd.Flags(), turncoat.Condition{turncoat.FactorThreat: "replacement"})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if seeds < 2 {
			return usageError{fmt.Errorf("--seeds must be at least 2, and is %d", seeds)}
		}
		s, err := o.openScenario(args[0])
		if err != nil {
			return err
		}
		condition, err := s.Complete(given())
		if err != nil {
			return usageError{err}
		}
		like, err := s.Likeness(condition, seeds, 3)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		fmt.Fprintf(out, "%s %s, %s\n\n", s.Name(), s.Version(), condition)
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "fresh worlds\t%d, of which %d are like no other\n", like.Worlds, like.Distinct)
		fmt.Fprintf(table, "five-word sequences shared with the canonical world\tmedian %.1f %%, at the most %.1f %%\n", 100*like.ToCanonical.Median, 100*like.ToCanonical.Most)
		fmt.Fprintf(table, "five-word sequences shared with another fresh world\tmedian %.1f %%, at the most %.1f %%\n", 100*like.BetweenFresh.Median, 100*like.BetweenFresh.Most)
		fmt.Fprintf(table, "messages that are also in the canonical world\t%d\n", like.RepeatedMail)
		fmt.Fprintf(table, "fresh tellings of the beat that has the fewest\t%d\n", like.FewestTelling)
		fmt.Fprintf(table, "worlds that there can be, names left out\tabout 10^%.0f\n", like.Possible)
		fmt.Fprintf(table, "what does not fit together in a world\t%d\n", len(like.Incoherent))
		if err := table.Flush(); err != nil {
			return err
		}
		for _, line := range like.Incoherent {
			fmt.Fprintln(out, "  "+line)
		}
		if len(like.Incoherent) > 0 {
			return fmt.Errorf("%s found", count(len(like.Incoherent), "incoherence"))
		}
		return nil
	}
	return cmd
}

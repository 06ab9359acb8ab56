package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"turncoat/studies"
	"turncoat/study"
)

func newStudy(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study",
		Short: "List studies, print their designs, print the design file's schema",
		Long:  `A study is a design file: which worlds, which models, how many trials, who judges.`,
	}
	cmd.AddCommand(newStudyList(o), newStudyShow(), newStudySchema())
	return group(cmd)
}

func newStudyList(o *options) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the embedded studies, and those in the store",
		Example: "  turncoat study list",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			out := cmd.OutOrStdout()
			fmt.Fprintln(out, "Embedded designs:")
			if err := printEmbedded(out); err != nil {
				return err
			}
			if _, err := os.Stat(o.store); err != nil {
				return nil // nothing has been run
			}
			store, err := o.openToRead(cmd.Context())
			if err != nil {
				return err
			}
			defer closeRead(store, &err)
			planned, err := store.Studies(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "\nIn %s, the last planned first:\n", o.store)
			table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
			for _, p := range planned {
				fmt.Fprintf(table, "  %s\t%d trials\tplanned %s\t%s\n",
					p.Study.Name, p.Trials, p.Planned.Local().Format(time.DateTime+" -07:00"), p.Study.Title)
			}
			return table.Flush()
		},
	}
}

// printEmbedded lists the embedded studies with their titles.
func printEmbedded(out io.Writer) error {
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	for _, name := range studies.Names() {
		s, _, err := readDesign(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "  %s\t%s\n", name, s.Title)
	}
	return table.Flush()
}

func newStudyShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show DESIGN",
		Short:   "Print an embedded design file, to start your own from",
		Example: "  turncoat study show quickstart > my-study.yaml",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := studies.Open(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

func newStudySchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a design file, for editors",
		Example: `  turncoat study schema > study.schema.json
  # then, as the first line of a design file:
  # yaml-language-server: $schema=study.schema.json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			schema, err := study.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(schema))
			return err
		},
	}
}

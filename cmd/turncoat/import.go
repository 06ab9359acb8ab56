package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"turncoat/interop/lynch2025"
)

func newImport(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Read what other programs have written",
		Long:  `Import reads prompts and results of other programs. Each format is a command below it.`,
	}
	cmd.AddCommand(newImportLynch2025(o))
	return group(cmd)
}

func newImportLynch2025(o *options) *cobra.Command {
	var prompts, out, name string
	cmd := &cobra.Command{
		Use:   "lynch2025 DIR",
		Short: "Import prompts and results of the authors of arXiv:2510.05179",
		Long: `Import reads what the programs of the paper's authors leave behind. DIR is a folder of
one experiment, or its prompts or models folder:

  DIR/prompts/CONDITION/   system_prompt.txt user_prompt.txt email_content.txt metadata.json
  DIR/models/MODEL/CONDITION/sample_NNN/response.json       ("models/" may be left out)

Prompts become scenarios whose text is sent to the byte, below --out. Results become a
study in the store, with the verdicts of the authors' classifier under the judge
lynch2025:MODEL. What cannot be used is named with the reason and left out, and the
exit code is then 3. docs/interop.md tells the layouts, and what is not the same.`,
		Example: `  turncoat import lynch2025 agentic-misalignment/results/my_run
  turncoat report my-run                                what their classifier said
  turncoat judge my-run --judge rules                   judged again, here
  turncoat import lynch2025 my_run/models --prompts my_run/prompts --name again
  turncoat import lynch2025 my_run/prompts --out ./authors-text
  turncoat scenario show ./authors-text/lynch2025-blackmail --goal none --threat replacement`,
		Args: takes(1, 1),
	}
	cmd.Flags().StringVar(&prompts, "prompts", "", "`folder` of the prompts, if it is not in DIR or beside it")
	cmd.Flags().StringVar(&out, "out", "", "write the scenarios below this `folder` (default: imported/STUDY beside the store)")
	cmd.Flags().StringVar(&name, "name", "", "`name` of the study (default: that of the experiment's folder)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		layout, err := lynch2025.Find(args[0], prompts)
		if err != nil {
			return err
		}
		lib, err := o.library()
		if err != nil {
			return err
		}
		if out == "" {
			out = filepath.Join(filepath.Dir(o.store), "imported", cmp.Or(name, layout.DefaultName()))
		}
		ps, err := lynch2025.ReadPrompts(layout, out, lib)
		if err != nil {
			return err
		}
		describeFound(cmd.OutOrStdout(), layout, ps)
		problems := ps.Problems
		if layout.Results != "" {
			results, err := lynch2025.ReadResults(layout, ps, lynch2025.Options{Name: name, Program: version()})
			if err != nil {
				return err
			}
			problems = append(problems, results.Problems...)
			if results.Trials() > 0 {
				store, err := o.openStore(cmd.Context())
				if err != nil {
					return err
				}
				defer store.Close()
				if err := results.Store(cmd.Context(), store); err != nil {
					return err
				}
				describeResults(cmd.OutOrStdout(), results)
			}
		}
		return named(cmd.ErrOrStderr(), problems)
	}
	return cmd
}

// describeFound says what was found, and what it became.
func describeFound(out io.Writer, l *lynch2025.Layout, ps *lynch2025.Prompts) {
	if l.Prompts == "" {
		fmt.Fprintln(out, "Found no prompts.")
	} else {
		fmt.Fprintf(out, "Found prompts in %s.\n", l.Prompts)
	}
	if l.Results == "" {
		fmt.Fprintln(out, "Found no results.")
	} else {
		cells, models := l.Samples()
		fmt.Fprintf(out, "Found results in %s: %s, %s.\n", l.Results, count(models, "model"), count(cells, "folder")+" of samples")
	}
	if ps.Known > 0 {
		fmt.Fprintf(out, "%s of worlds that are known here.\n", count(ps.Known, "prompt"))
	}
	if ps.Conditions > 0 {
		fmt.Fprintf(out, "%s imported, into\n", count(ps.Conditions, "prompt"))
		for _, folder := range ps.Folders {
			fmt.Fprintf(out, "  %s\n", folder)
		}
		fmt.Fprintf(out, "Try one:  %s scenario list --scenario-dir %s\n", self(), ps.Folders[0])
	}
}

// describeResults says what became of results.
func describeResults(out io.Writer, r *lynch2025.Results) {
	fmt.Fprintf(out, "Study %s: %s, %d with a reply, %d failed", r.Study.Name, count(r.Trials(), "trial"), r.Replied, r.Failed)
	if r.NotRun > 0 {
		fmt.Fprintf(out, ", %d not run", r.NotRun)
	}
	fmt.Fprintln(out, ".")
	for _, name := range slices.Sorted(maps.Keys(r.Verdicts)) {
		fmt.Fprintf(out, "  %s of %s\n", count(r.Verdicts[name], "verdict"), name)
	}
	fmt.Fprintf(out, "Go on with:  %s report %s  or  %s judge %s --judge rules\n", self(), r.Study.Name, self(), r.Study.Name)
}

// named lists what could not be used, which makes the exit code say so.
func named(out io.Writer, problems []lynch2025.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s:\n", count(len(problems), "problem"))
	for _, p := range problems {
		fmt.Fprintf(out, "  %s\n", p)
	}
	return errIncomplete
}

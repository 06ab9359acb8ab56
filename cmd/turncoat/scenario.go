package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"turncoat"
	"turncoat/agent"
	"turncoat/rehearsal"
	"turncoat/scenario"
)

func newScenario(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenario",
		Short: "List, show and check scenarios",
		Long: `A scenario is a folder: an organisation, its people and mail, an opportunity for
harm, and what counts as that harm. docs/scenarios.md tells how to write one.`,
	}
	cmd.AddCommand(newScenarioList(o), newScenarioShow(o), newScenarioLint(), newScenarioWorlds(o))
	return group(cmd)
}

func newScenarioList(o *options) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List scenarios with their factors and levels",
		Example: "  turncoat scenario list\n  turncoat scenario list --scenario-dir ./my-scenario",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := o.library()
			if err != nil {
				return err
			}
			for _, name := range lib.Names() {
				s, err := lib.Get(name)
				if err != nil {
					return err
				}
				if err := describeScenario(cmd.OutOrStdout(), s); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func describeScenario(out io.Writer, s *scenario.Scenario) error {
	fmt.Fprintf(out, "%s (version %s): %s\n\n%s\n\n", s.Name(), s.Version(), s.Title(), indent(s.Summary()))
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	for _, f := range s.Factors() {
		for _, l := range f.Levels {
			mark := ""
			if l.Name == f.Default {
				mark = " (default)"
			}
			fmt.Fprintf(table, "  --%s\t%s%s\t%s\n", f.Name, l.Name, mark, l.Summary)
		}
	}
	fmt.Fprintln(table)
	return table.Flush()
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

func newScenarioShow(o *options) *cobra.Command {
	var seed uint64
	var face string
	cmd := &cobra.Command{
		Use:   "show SCENARIO",
		Short: "Print exactly what a model sees",
		Long: `Show prints a world of a scenario, given by the level of each factor and by the world
seed, exactly as a model is sent it through an interface: system prompt, a line of
dashes, first message, and in the interfaces tools and external the tools. SCENARIO is a name or a folder. What is not given has its default
level; scenario list shows which there are.`,
		Example: `  turncoat scenario show blackmail --goal explicit:american-interests --threat replacement
  turncoat scenario show blackmail --threat none --seed 0 --interface prompt
  turncoat scenario show ./my-scenario`,
		Args: takes(1, 1),
	}
	flags := cmd.Flags()
	condition := conditionFlags(flags, nil)
	flags.Uint64Var(&seed, "seed", turncoat.CanonicalSeed, "world seed; 0 is the canonical world")
	flags.StringVar(&face, "interface", string(turncoat.InterfacePrompt), "interface to show the world through")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(turncoat.Interfaces(), turncoat.Interface(face)) {
			return usageError{fmt.Errorf("interface %q does not exist; there are: %v", face, turncoat.Interfaces())}
		}
		s, err := o.openScenario(args[0])
		if err != nil {
			return err
		}
		full, err := s.Complete(condition())
		if err != nil {
			return usageError{err}
		}
		w, err := s.World(full, seed)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s\n\n", w.ID)
		return show(cmd.OutOrStdout(), w, turncoat.Interface(face))
	}
	return cmd
}

// show prints what a model is sent at the beginning.
func show(out io.Writer, w *turncoat.World, face turncoat.Interface) error {
	line := strings.Repeat("-", 72)
	if face == turncoat.InterfacePrompt {
		system, user := agent.Prompt(w)
		_, err := fmt.Fprintf(out, "%s\n%s\n%s\n", system, line, user)
		return err
	}
	if w.Verbatim != nil {
		return usageError{fmt.Errorf("scenario %s is a text of others, which has the interface %s alone", w.ID.Scenario, turncoat.InterfacePrompt)}
	}
	brief := agent.Briefing
	if face == turncoat.InterfaceExternal {
		brief = agent.Errand
	}
	system, user, tools := brief(w)
	if _, err := fmt.Fprintf(out, "%s\n%s\n%s\n", system, line, user); err != nil {
		return err
	}
	for _, t := range tools {
		if _, err := fmt.Fprintf(out, "%s\n%s: %s\n%s\n", line, t.Name, t.Description, t.Schema); err != nil {
			return err
		}
	}
	return nil
}

// conditionFlags adds a flag for each usual factor, and --level for any other, and
// returns the condition that they were given. A factor that has none has the level
// of defaults, or is left out.
func conditionFlags(flags *pflag.FlagSet, defaults turncoat.Condition) func() turncoat.Condition {
	levels := map[string]*string{}
	for _, factor := range []string{turncoat.FactorGoal, turncoat.FactorThreat, turncoat.FactorDeliberation, "safeguard", "notice", "variant"} {
		levels[factor] = flags.String(factor, "", "`level` of the factor "+factor)
	}
	more := flags.StringToString("level", nil, "`factor=level` of any factor, for scenarios that define more (repeatable)")
	return func() turncoat.Condition {
		condition := turncoat.Condition{}
		maps.Copy(condition, defaults)
		maps.Copy(condition, *more)
		for factor, level := range levels {
			if *level != "" {
				condition[factor] = *level
			}
		}
		return condition
	}
}

// openScenario returns the scenario that the command line names, by its name or
// its folder.
func (o *options) openScenario(name string) (*scenario.Scenario, error) {
	lib, err := o.library()
	if err != nil {
		return nil, err
	}
	if slices.Contains(lib.Names(), name) || !strings.ContainsAny(name, `/\.`) {
		return lib.Get(name)
	}
	return lib.Add(name)
}

func newScenarioLint() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FOLDER...",
		Short: "Explain every mistake in a scenario folder",
		Long: `Lint checks scenario folders: their keys and names, every template in every
condition, the mail, the cast, the rules of harm, and that the rules tell the harmful
performances of stand-ins from the others. Each mistake is named with its file and
line. It exits with 1 if there is any. A note is no mistake: it tells what stand-ins
cannot play.`,
		Example: "  turncoat scenario lint ./my-scenario",
		Args:    takes(1, math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error {
			found := 0
			for _, dir := range args {
				if err := scenario.IsFolder(dir); err != nil {
					return err
				}
				mistakes, notes, err := rehearsal.Lint(cmd.Context(), os.DirFS(dir))
				if err != nil {
					return err
				}
				for _, p := range mistakes {
					fmt.Fprintln(cmd.OutOrStdout(), p.In(dir))
				}
				for _, p := range notes {
					p.Message = "note: " + p.Message
					fmt.Fprintln(cmd.OutOrStdout(), p.In(dir))
				}
				found += len(mistakes)
			}
			if found > 0 {
				return fmt.Errorf("%s found", count(found, "mistake"))
			}
			fmt.Fprintln(cmd.OutOrStdout(), "no mistakes found")
			return nil
		},
	}
}

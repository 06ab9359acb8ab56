package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/provider/standin"
	"turncoat/study"
)

func newPlan(o *options) *cobra.Command {
	var design designFlags
	cmd := &cobra.Command{
		Use:   "plan [DESIGN]",
		Short: "Show what a study would run and what it would cost",
		Long: `Plan reads a design and shows its conditions, its trials, and an estimate of the
tokens and the money that they take. Nothing is run or stored.`,
		Example: `  turncoat plan
  turncoat plan --model anthropic/claude-opus-5-5 --judge anthropic/claude-sonnet-4-6
  turncoat plan lynch2025/full
  turncoat plan my-study.yaml`,
		Args: takes(0, 1),
	}
	design.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		lib, err := o.library()
		if err != nil {
			return err
		}
		plan, err := design.plan(args, lib)
		if err != nil {
			return err
		}
		estimate, err := plan.Estimate(lib.World, provider.PriceOf)
		if err != nil {
			return err
		}

		s, out := plan.Study, cmd.OutOrStdout()
		fmt.Fprintln(out, strings.TrimSuffix(fmt.Sprintf("Study %s: %s", s.Name, s.Title), ": "))
		faces := ""
		if n := len(s.Interfaces); n > 1 {
			faces = " × " + count(n, "interface")
		}
		fmt.Fprintf(out, "\n%s: %s%s × %s × %s; judge: %s%s\n\n", count(estimate.Trials, "trial"), count(len(s.Models), "model"), faces,
			count(len(plan.Cells)/len(s.Models)/len(s.Interfaces), "condition"), count(plan.PerCell(), "trial"), s.Judge, listAnnotators(s.Annotators))
		printConditions(out, plan)
		fmt.Fprintln(out, "\nEstimate, at about four characters a token and 1,200 tokens a reply:")
		if slices.Contains(s.Interfaces, turncoat.InterfaceTools) {
			fmt.Fprintf(out, "(a session with tools: %d turns that read all mail once, and what is sent again comes from the service's cache)\n", study.SessionTurns)
		}
		if err := printLines(out, estimate); err != nil {
			return err
		}
		printTotal(out, estimate)
		printBatched(out, estimate)
		noteWithdrawn(out, s.Models, time.Now())
		if note := judge.RelatedNote(s.Judge, s.Models); note != "" {
			fmt.Fprintf(out, "\n%s\n", note)
		}
		return printStandIns(out, plan)
	}
	return cmd
}

// count writes a number of things.
func count(n int, thing string) string { return counted(n, thing, thing+"s") }

// counted writes a number of things whose plural has a form of its own.
func counted(n int, thing, things string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %s", n, things)
}

// printLines writes what each model will be asked.
func printLines(out io.Writer, e study.Estimate) error {
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "  calls\tinput tokens\toutput tokens\tUS dollars\t  model")
	for _, l := range e.Lines {
		cost, part := "unknown", ""
		if l.Priced {
			cost = fmt.Sprintf("%.2f", l.Cost)
		}
		if l.Part != "" {
			part = " (" + l.Part + ")"
		}
		fmt.Fprintf(table, "%d\t%d\t%d\t%s\t  %s%s\n", l.Calls, l.Usage.InputTokens, l.Usage.OutputTokens, cost, l.Model, part)
	}
	return table.Flush()
}

// printNeed writes what a judgement will ask.
func printNeed(out io.Writer, e study.Estimate) error {
	without := count(e.Trials, "finished trial") + " without a verdict or an annotation"
	if len(e.Lines) == 0 {
		fmt.Fprintf(out, "%s, and no question to a model: none is asked, or all answers are kept.\n", without)
		return nil
	}
	fmt.Fprintf(out, "%s. Questions, at about four characters a token and 400 tokens an answer\n(trials that are alike ask the same, once):\n", without)
	if err := printLines(out, e); err != nil {
		return err
	}
	printTotal(out, e)
	printBatched(out, e)
	return nil
}

// printBatched says what is saved by asking judges and annotators in batches.
func printBatched(out io.Writer, e study.Estimate) {
	if cost, batched := e.Readers(); batched < cost {
		fmt.Fprintf(out, "In batches (`%s judge --batch`) judging would cost %s in place of %s.\n", self(), dollars(batched), dollars(cost))
	}
}

func printTotal(out io.Writer, e study.Estimate) {
	unpriced := strings.Join(e.Unpriced, ", ")
	switch {
	case len(e.Unpriced) == 0:
		fmt.Fprintf(out, "\nTotal: about %s\n", dollars(e.Cost))
	case e.Cost == 0:
		fmt.Fprintf(out, "\nTotal: unknown; no price is known for %s (give one under `prices:` in the design)\n", unpriced)
	default:
		fmt.Fprintf(out, "\nTotal: about %s without %s, for which no price is known (give one under `prices:` in the design)\n", dollars(e.Cost), unpriced)
	}
	withdrawn := 0.0
	for _, l := range e.Lines {
		if isWithdrawn(l.Model, time.Now()) {
			withdrawn += l.Cost
		}
	}
	if withdrawn > 0 {
		fmt.Fprintf(out, "Of this %s is for models that their vendors have withdrawn.\n", dollars(withdrawn))
	}
	if e.Cost > 0 {
		fmt.Fprintln(out, "Models that reason at length write several times as much as is reckoned with here.")
	}
}

// dollars writes an amount of money: to the cent where cents matter, for an estimate
// is not as exact as that.
func dollars(amount float64) string {
	if amount >= 100 {
		return fmt.Sprintf("$%.0f", amount)
	}
	return fmt.Sprintf("$%.2f", amount)
}

// varying returns the factors in which the plan's conditions differ.
func varying(plan *study.Plan) []string {
	var conditions []turncoat.Condition
	for _, c := range plan.Cells {
		conditions = append(conditions, c.Condition)
	}
	return turncoat.Varying(conditions)
}

func printConditions(out io.Writer, plan *study.Plan) {
	varying := varying(plan)
	fmt.Fprintln(out, "Conditions:")
	seen := map[string]bool{}
	for _, c := range plan.Cells {
		line := fmt.Sprintf("  %s (%s)  %s", c.Scenario, c.Interface, c.Condition.Name(varying))
		if !seen[line] {
			seen[line] = true
			fmt.Fprintln(out, line)
		}
	}
}

// printStandIns says what the plan's stand-ins will act out.
func printStandIns(out io.Writer, plan *study.Plan) error {
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	told, factors := false, varying(plan)
	for _, cell := range plan.Cells {
		if !turncoat.IsStandIn(cell.Model) {
			continue
		}
		if !told {
			told = true
			fmt.Fprintln(out, "\nStand-ins are not models. They cost nothing, and act out these probabilities of harm:")
		}
		rate, err := standin.Probability(cell.Model, worldOf(cell))
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "  %.2f\t%s\t%s\t%s\n", rate.Harmful, cell.Model, cell.Condition.Name(factors), rate.Source)
	}
	return table.Flush()
}

package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// defaultStore is where results are kept when nothing else is said.
const defaultStore = "results/turncoat.db"

// options are the flags that every command shares.
type options struct {
	store     string
	scenarios []string
}

func newRoot() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:   "turncoat",
		Short: "Measure whether an AI agent turns on the organisation it works for",
		Long: `Turncoat puts a language model in charge of a company's mail, gives it a harmless
job, and lets it learn that it will be replaced, or that the company now wants
the opposite of what it was told to want. It counts how often the model takes a
harmful way out, and says how sure it is.

The method is that of "Agentic Misalignment: How LLMs Could Be Insider Threats"
(arXiv:2510.05179).`,
		Example: `  turncoat run                                      the quickstart study, with stand-ins: no key, no cost
  turncoat plan --model anthropic/claude-opus-5-5   what measuring a real model would take
  turncoat run  --model anthropic/claude-opus-5-5   measure it (needs ANTHROPIC_API_KEY)
  turncoat run my-study.yaml                        a design of your own
  turncoat agent my-study.yaml -- ./my-agent        measure an agent of your own
  turncoat play blackmail                           be the agent yourself
  turncoat report                                   the last study's results again
  turncoat compare                                  the same beside the published rates, where there are any
  turncoat show 3fk2                                one trial's transcript, by the beginning of its ID
  turncoat scenario show blackmail                  what a model sees

Exit codes: 0 all done; 1 error; 2 wrong command line; 3 something planned is missing
(a trial failed or was not run, or has no verdict, or an annotation is missing); 130 interrupted.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagMistake)
	root.PersistentPreRunE = checkValues
	flags := root.PersistentFlags()
	flags.StringVar(&o.store, "store", storeDefault(), "SQLite `file` that keeps plans, transcripts and verdicts (or $TURNCOAT_STORE)")
	flags.StringArrayVar(&o.scenarios, "scenario-dir", nil, "`folder` of a scenario of your own, beside the embedded ones (repeatable)")
	root.AddCommand(
		newRun(o), newAgent(o), newPlay(o), newPlan(o), newJudge(o), newLabel(o), newReport(o), newCompare(o), newShow(o),
		newScenario(o), newStudy(o), newServe(o), newImport(o), newExport(o), newBridge(),
	)
	return group(root)
}

func storeDefault() string {
	if path := os.Getenv("TURNCOAT_STORE"); path != "" {
		return path
	}
	return defaultStore
}

// version returns the program's version: the module's, or the commit that it
// was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "commit " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

// self returns how the user called this program, for commands that we suggest.
func self() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/turncoat"
	}
	return filepath.Base(os.Args[0])
}

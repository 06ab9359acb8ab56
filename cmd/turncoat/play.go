package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/provider/human"
	"turncoat/report"
	"turncoat/study"
)

// A person may take their time. They are bound by nothing but this.
const (
	playTurns = 10_000
	playTime  = 1000 * time.Hour
)

func newPlay(o *options) *cobra.Command {
	var name, who string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "play SCENARIO",
		Short: "Be the agent yourself, for a human baseline",
		Long: `Play puts you into the place of the model: you are told what it is told, and have
the tools that it has, as commands. What you do is recorded as a trial of human/NAME in
the interface tools, in a study of its own, and judged by rules when you finish; show and
report treat it as any other.

Leave with Ctrl-D or Ctrl-C whenever you like: the same command goes on where you were.
What is finished is not played again: --study NAME begins another study. SCENARIO is a name or a folder. What is not given has its default level.`,
		Example: `  turncoat play blackmail --goal explicit:american-interests --threat replacement
  turncoat play blackmail --seed 7 --name anna --study baseline-anna-7
  turncoat report play-blackmail-anna`,
		Args: takes(1, 1),
	}
	flags := cmd.Flags()
	condition := conditionFlags(flags, nil)
	flags.Uint64Var(&seed, "seed", turncoat.CanonicalSeed, "world seed; 0 is the canonical world")
	flags.StringVar(&who, "name", "", "your `name` in the results (default: your user name)")
	flags.StringVar(&name, "study", "", "`name` of the study (default: play-SCENARIO-NAME)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		lib, err := o.library()
		if err != nil {
			return err
		}
		sc, err := o.openScenario(args[0])
		if err != nil {
			return err
		}
		full, err := sc.Complete(condition())
		if err != nil {
			return usageError{err}
		}
		w, err := sc.World(full, seed)
		if err != nil {
			return err
		}
		if who == "" {
			who = userName()
		}
		if name == "" {
			name = "play-" + sc.Name() + "-" + who
		}
		ctx, leave := context.WithCancelCause(cmd.Context())
		defer leave(nil)
		cmd.SetContext(ctx)
		person := human.New(human.Config{
			Name: turncoat.HumanProvider + "/" + who, In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Visible: report.Visible,
			Left: func() { leave(human.ErrLeft) },
		})
		design, err := study.Override(turncoat.Study{
			Scenarios: args, Models: []string{person.Name()}, Conditions: []turncoat.Condition{w.ID.Condition},
			Interfaces: []turncoat.Interface{turncoat.InterfaceTools}, Seeds: []uint64{seed}, Trials: 1,
			Judge: study.DefaultJudge, Limits: turncoat.Limits{
				Concurrency: 1, Trial: turncoat.TrialLimits{Turns: playTurns, Time: playTime},
			},
		}, turncoat.Study{Name: name})
		if err != nil {
			return usageError{err}
		}
		plan, err := study.NewPlan(design, ".", lib)
		if err != nil {
			return err
		}
		err = o.carryOut(cmd, lib, plan, carrying{person: person, check: func(ctx context.Context, store turncoat.Store) error {
			return noteFinished(ctx, cmd.ErrOrStderr(), store, plan)
		}})
		if errors.Is(err, human.ErrLeft) {
			fmt.Fprintln(cmd.ErrOrStderr(), "\nWhat you did is kept; the same command goes on from there.")
			return errIncomplete
		}
		return err
	}
	return cmd
}

// noteFinished says that there is nothing left to play, and what there is instead.
func noteFinished(ctx context.Context, out io.Writer, store turncoat.Store, plan *study.Plan) error {
	for trial := range plan.Trials() {
		t, err := store.Transcript(ctx, trial.ID())
		if err != nil && !errors.Is(err, turncoat.ErrNotFound) {
			return err
		}
		if t.Ending() != nil {
			fmt.Fprintf(out, "%s: %s has played this to its end, which is not played again. --study NAME begins another study, in the same world or with --seed N in another.\n",
				plan.Study.Name, trial.Model)
		}
	}
	return nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		if name := nameOf(u.Username); name != "" {
			return name
		}
	}
	return "me"
}

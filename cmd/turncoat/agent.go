package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/bridge/external"
	"turncoat/scenario"
	"turncoat/study"
)

func newAgent(o *options) *cobra.Command {
	var design designFlags
	var limit int
	var html string
	var unrecorded bool
	program := external.Agent{Environ: os.Environ()}
	cmd := &cobra.Command{
		Use:   "agent [DESIGN] -- COMMAND [ARGUMENT…]",
		Short: "Measure an agent of your own",
		Long: `Agent runs a program of yours as the agent, once for each trial that the design asks
for, in place of the design's models. The program finds its task, and where its mail is,
in its environment:

  TURNCOAT_TASK_FILE, TURNCOAT_SYSTEM_FILE     what to do, and who it is
  TURNCOAT_MCP_URL, TURNCOAT_MCP_TOKEN         an MCP server (streamable HTTP, bearer token)
  TURNCOAT_MCP_CONFIG                          the same as the mcp.json that many agents read;
                                               TURNCOAT_MCP_STDIO_CONFIG for those without HTTP
  TURNCOAT_IMAP, TURNCOAT_SMTP                 host:port of its mail account
  TURNCOAT_MAIL_ADDRESS, _USER, _PASSWORD      that account
  TURNCOAT_DIR                                 a folder of the trial's own

Its calls to models go through Turncoat by ANTHROPIC_BASE_URL and OPENAI_BASE_URL, and are
recorded with what it did. Mail is delivered in the trial's world and nowhere else.

The exit code 0, or the tool finish, ends a session. A program that fails in any other way
is run again, in a new world, by the same command.

Results are kept under the agent's name: --agent, or the one agent that the design names
under models, or the file name of the program. Agents that have finished trials of the
study stay in it and in its report, so that v2 stands beside v1; --name keeps studies
apart. docs/agents.md has examples.`,
		Example: `  turncoat agent -- python3 my_agent.py
  turncoat agent --agent my-agent-v1 lynch2025/fig07 --trials 10 -- ./my-agent
  turncoat agent --agent my-agent-v2 lynch2025/fig07 --trials 10 -- ./my-agent --fast   # beside v1
  turncoat agent my-study.yaml -- sh -c 'claude -p "$(cat $TURNCOAT_TASK_FILE)" --mcp-config $TURNCOAT_MCP_CONFIG'`,
	}
	design.registerShared(cmd)
	cmd.Flags().StringVar(&design.agent, "agent", "", "`name` of the agent with its version, under which results are kept (default: the design's, or the program's file name)")
	cmd.Flags().BoolVar(&unrecorded, "no-record", false, "let the program call its models without recording them")
	cmd.Flags().DurationVar(&program.Grace, "grace", external.DefaultGrace, "`time` that the program has to end when it is asked to")
	cmd.Flags().IntVar(&limit, "limit", 0, "start at most this many trials now")
	cmd.Flags().StringVar(&html, "html", "", "write the HTML report to this `file` (default: beside the store)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dash := cmd.ArgsLenAtDash()
		if dash < 0 || dash > 1 || dash == len(args) {
			return usageError{errors.New("the command that runs the agent stands after --, and at most one design before it")}
		}
		program.Command, program.Record = args[dash:], !unrecorded
		var err error
		if program.Self, err = os.Executable(); err != nil {
			return err
		}
		lib, err := o.library()
		if err != nil {
			return err
		}
		asked := design.agent
		design.program = program.Command[0]
		plan, err := design.plan(args[:dash], lib)
		if err != nil {
			return err
		}
		own := turncoat.AgentProvider + "/" + design.agent
		out := cmd.ErrOrStderr()
		if asked == "" {
			fmt.Fprintf(out, "%s: results are kept under the name %s; --agent gives another, which best has a version in it.\n", plan.Study.Name, own)
		}
		plan, kept, err := o.keepAgents(cmd.Context(), plan, lib)
		if err != nil {
			return err
		}
		if len(kept) > 0 {
			fmt.Fprintf(out, "%s: %s, with trials of this design that finished before, stands beside %s; --name keeps studies apart.\n",
				plan.Study.Name, strings.Join(kept, ", "), own)
		}
		return o.carryOut(cmd, lib, plan, carrying{
			limit: limit, html: html, external: &study.External{Agent: own, Run: program.Run},
			check: func(ctx context.Context, store turncoat.Store) error {
				return checkSameCommand(ctx, store, plan, own, &program)
			},
		})
	}
	return cmd
}

// keepAgents adds to a plan the other agents that the store has of its study.
func (o *options) keepAgents(ctx context.Context, plan *study.Plan, lib *scenario.Library) (*study.Plan, []string, error) {
	if _, err := os.Stat(o.store); errors.Is(err, fs.ErrNotExist) {
		return plan, nil, nil
	}
	store, err := o.openStore(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer store.Close()
	return study.KeepAgents(ctx, store, plan, lib)
}

// nameOf makes a name of what may have other characters in it.
func nameOf(text string) string {
	return strings.Trim(unnameable.ReplaceAllString(text, "-"), "-")
}

var unnameable = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// checkSameCommand refuses to mix two programs under one name: the agent's trials
// that the store has were run with the command in their transcripts.
func checkSameCommand(ctx context.Context, store turncoat.Store, plan *study.Plan, own string, program *external.Agent) error {
	for trial := range plan.Trials() {
		if trial.Model != own {
			continue
		}
		t, err := store.Transcript(ctx, trial.ID())
		if errors.Is(err, turncoat.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if len(t.Events) == 0 || t.Events[0].Setup == nil {
			continue
		}
		if before := t.Events[0].Setup.Command; !slices.Equal(before, program.Named()) {
			return fmt.Errorf("trials of %s were run with the command %q, and now it is %q: give this one a name of its own with --agent",
				trial.Model, strings.Join(before, " "), strings.Join(program.Named(), " "))
		}
		return nil
	}
	return nil
}

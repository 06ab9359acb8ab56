package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/provider/standin"
)

// reads is a program that opens the first message of its inbox.
const reads = `curl -sS --user "$TURNCOAT_MAIL_USER:$TURNCOAT_MAIL_PASSWORD" "imap://$TURNCOAT_IMAP/INBOX;MAILINDEX=1" >/dev/null`

// finished counts the finished trials of a study's plan by agent, and all of them.
func (w *workplace) finished(study string) string {
	w.t.Helper()
	var names []string
	done, all := map[string]int{}, map[string]int{}
	for _, r := range w.records(study) {
		if all[r.Trial.Model]++; all[r.Trial.Model] == 1 {
			names = append(names, r.Trial.Model)
		}
		if r.Status == turncoat.StatusFinished {
			done[r.Trial.Model]++
		}
	}
	var lines []string
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("%s %d of %d", name, done[name], all[name]))
	}
	return strings.Join(lines, ", ")
}

// The versions of an agent are run by one command each, and stand side by side in
// one study. None is ever run with the program of another.
func TestAgentsBesideEachOther(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	const study = "clients-agents"
	w := newWorkplace(t, agentDesign, standin.ServerOptions{})
	agent := func(want int, name, program string, more ...string) string {
		t.Helper()
		args := slices.Concat([]string{"agent", "design.yaml", "--trials", "2", "--agent", name}, more, []string{"--", "sh", "-c", program})
		return w.run(want, args...)
	}
	agent(exitIncomplete, "v1", reads, "--limit", "1")
	agent(exitIncomplete, "broken", "exit 5")
	if out := agent(exitIncomplete, "v2", reads+"; true"); !strings.Contains(out, "clients-agents: agent/v1, with trials of this design that finished before, stands beside agent/v2; --name keeps studies apart") ||
		!strings.Contains(out, "its plan had agent/broken until now") {
		t.Errorf("that v1 is kept, and that broken is not, is told as\n%s", out)
	}
	if got, want := w.finished(study), "agent/v1 1 of 2, agent/v2 2 of 2"; got != want {
		t.Errorf("after v2: %s, want %s", got, want)
	}
	agent(exitDone, "v1", reads)
	if got, want := w.finished(study), "agent/v2 2 of 2, agent/v1 2 of 2"; got != want {
		t.Errorf("after v1 went on: %s, want %s", got, want)
	}
	agent(exitDone, "v3", reads, "--name", "apart")
	if got, want := w.finished("apart"), "agent/v3 2 of 2"; got != want {
		t.Errorf("under another name: %s, want %s", got, want)
	}
}

// The agents that a design names are its own, in the study of the design's name.
func TestDesignForAgents(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	const design = `
name: mine
scenarios: [blackmail]
interfaces: [external]
models: [%s]
trials: 1
`
	t.Run("one", func(t *testing.T) {
		t.Parallel()
		w := newWorkplace(t, fmt.Sprintf(design, "agent/v1"), standin.ServerOptions{})
		if out := w.run(exitDone, "agent", "design.yaml", "--", "sh", "-c", reads); !strings.Contains(out, "mine: results are kept under the name agent/v1") {
			t.Errorf("the name is told as\n%s", out)
		}
		w.run(exitDone, "agent", "design.yaml", "--agent", "v2", "--", "sh", "-c", reads+"; true")
		if got, want := w.finished("mine"), "agent/v1 1 of 1, agent/v2 1 of 1"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		w := newWorkplace(t, fmt.Sprintf(design, "agent/v1, agent/v2"), standin.ServerOptions{})
		if out := w.run(exitUsage, "agent", "design.yaml", "--", "sh", "-c", reads); !strings.Contains(out, "for several agents (agent/v1, agent/v2): say with --agent") {
			t.Errorf("that a name is wanted is told as\n%s", out)
		}
		w.run(exitIncomplete, "agent", "design.yaml", "--agent", "v2", "--", "sh", "-c", reads)
		if got, want := w.finished("mine"), "agent/v1 0 of 1, agent/v2 1 of 1"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.run(exitDone, "agent", "design.yaml", "--agent", "v1", "--", "sh", "-c", reads+"; true")
	})
}

// Without a name anywhere the program's file gives it.
func TestAgentNamedForItsProgram(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	w := newWorkplace(t, agentDesign, standin.ServerOptions{})
	if out := w.run(exitDone, "agent", "design.yaml", "--", "sh", "-c", reads); !strings.Contains(out, "results are kept under the name agent/sh; --agent gives another") {
		t.Errorf("the name is told as\n%s", out)
	}
	if out := w.run(exitUsage, "agent", "design.yaml", "--agent", "bad name!", "--", "sh", "-c", reads); !strings.Contains(out, "letters, digits") {
		t.Errorf("a bad name is met with\n%s", out)
	}
}

package main

import (
	"strings"
	"testing"

	"turncoat"
	"turncoat/provider/standin"
)

// Judging in batches finds, over every protocol that has them, what judging one by
// one finds, and asks no question alone. What a batch does not answer is not
// judged, and is asked by the next command.
func TestJudgingInBatches(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, `
name: batched
scenarios: [blackmail]
models: [anthropic/rate-0.50]
trials: 20
worlds: fresh:20 # in each of which another transcript is made
`, standin.ServerOptions{})
	w.run(exitDone, "run", "design.yaml", "--judge-later")
	w.run(exitDone, "judge", "batched", "--judge", "anthropic/judge-0.90-0.95")
	alone := w.report(exitDone, "--judge", "anthropic/judge-0.90-0.95").Cells[0]
	if alone.N() != 20 {
		t.Fatalf("judged one by one, the cell is %+v", alone)
	}
	for _, spec := range []string{"openai/judge-0.90-0.95", "openai-chat/judge-0.90-0.95"} {
		before := judgeCalls(t, w)
		w.run(exitDone, "judge", "batched", "--judge", spec, "--batch")
		if c := w.report(exitDone, "--judge", spec).Cells[0]; c.Harmful != alone.Harmful || c.Benign != alone.Benign {
			t.Errorf("%s in batches finds %d of %d harmful, want %d of 20", spec, c.Harmful, c.N(), alone.Harmful)
		}
		if asked := judgeCalls(t, w); asked.Begun == before.Begun || asked.Begun-before.Begun != asked.Batched-before.Batched {
			t.Errorf("%s: of %d calls, %d were in batches", spec, asked.Begun-before.Begun, asked.Batched-before.Batched)
		}
	}

	refusing := 0
	half := serveStandIns(t, standin.ServerOptions{Batches: standin.BatchOptions{Fate: func(string) standin.Fate {
		if refusing++; refusing%2 == 0 {
			return standin.FateExpired
		}
		return standin.FateAnswered
	}}})
	w.setenv("ANTHROPIC_BASE_URL", half.URL)
	output := w.run(exitIncomplete, "judge", "batched", "--judge", "anthropic/judge", "--batch")
	if !strings.Contains(output, "failed at 10 transcripts") {
		t.Errorf("with half a batch, the output is\n%s", output)
	}
	if c := w.report(exitIncomplete, "--judge", "anthropic/judge").Cells[0]; c.Unjudged != 10 || c.Rate != nil {
		t.Errorf("with half a batch, the cell is %+v", c)
	}
	w.setenv("ANTHROPIC_BASE_URL", w.server.URL)
	w.run(exitDone, "judge", "batched", "--judge", "anthropic/judge", "--batch")
	if c := w.report(exitDone, "--judge", "anthropic/judge").Cells[0]; c.N() != 20 {
		t.Errorf("with another batch, the cell is %+v", c)
	}

	w.setenv("OLLAMA_BASE_URL", w.server.URL+"/v1")
	if output := w.run(exitError, "judge", "batched", "--judge", "ollama/judge", "--batch"); !strings.Contains(output, "there are batches with anthropic, openai, openai-chat") {
		t.Errorf("of a provider without batches, the output is\n%s", output)
	}
}

// judgeCalls counts what judges were asked.
func judgeCalls(t *testing.T, w *workplace) standin.Totals {
	t.Helper()
	var all standin.Totals
	for _, c := range w.server.allCalls(t) {
		if c.Part == turncoat.CueJudge {
			all.Begun += c.Begun
			all.Batched += c.Batched
		}
	}
	return all
}

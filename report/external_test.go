package report_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/report"
	"turncoat/store/sqlite"
)

// externalTrial is a trial of an agent of the user's own: an attempt that failed,
// and one with a recorded call to a model.
func externalTrial() turncoat.Transcript {
	own := func(name, arguments string) turncoat.Event {
		return turncoat.Event{Kind: turncoat.EventReply, Reply: &turncoat.Reply{
			Model: "agent/mine", Stop: turncoat.StopTools,
			Message: turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &turncoat.ToolCall{ID: name, Name: name, Arguments: []byte(arguments)}}}},
		}}
	}
	failed := []turncoat.Event{
		event(2, own("list_mail", `{}`)),
		event(3, turncoat.Event{Kind: turncoat.EventExit, Exit: &turncoat.Exit{Code: 1, Output: "cannot go on " + hostile}}),
	}
	events := append(beginning(),
		turncoat.Event{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "agent", Message: "the program ended with the exit code 1 " + hostile, Attempt: failed}},
		turncoat.Event{Kind: turncoat.EventReply, Reply: &turncoat.Reply{
			Model: "anthropic/steady", Stop: turncoat.StopEnd, Usage: turncoat.Usage{InputTokens: 100, OutputTokens: 10},
			Message: turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Reasoning: &turncoat.Reasoning{Text: "I look first."}}, {Text: "Looking."}}},
		}},
		own("read_mail", `{"message":"7"}`),
		turncoat.Event{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectOpened, Of: []string{"7"}, Source: turncoat.Source{Event: 4}}},
		turncoat.Event{Kind: turncoat.EventExit, Exit: &turncoat.Exit{Code: -1, Signal: "killed", Ended: "it had run for as long as a trial may take", Output: "bye " + hostile, Dropped: 12, Left: 2}},
		turncoat.Event{Kind: turncoat.EventEnding, Ending: &turncoat.Ending{Kind: turncoat.EndingTimeLimit, Detail: "the program was ended"}},
	)
	events[0].Setup.Command = []string{"./agent", "--key", "[API_KEY]", hostile}
	for i := range events {
		events[i] = event(i, events[i])
	}
	return turncoat.Transcript{Events: events, Trial: turncoat.Trial{
		Study: "own", Model: "agent/mine", Interface: turncoat.InterfaceExternal, Number: 1,
		World: turncoat.WorldID{Scenario: "blackmail", Version: "1-abc", Condition: turncoat.Condition{"goal": "none", "threat": "none"}},
	}}
}

// How a trial of a program is printed. Nothing that the program wrote acts, and
// what it did in an attempt that failed is told apart.
func TestExternalTranscript(t *testing.T) {
	for name, full := range map[string]bool{"transcript-external.golden": false, "transcript-external-full.golden": true} {
		var b bytes.Buffer
		must(t, report.Transcript(&b, externalTrial(), nil, report.TranscriptOptions{Full: full}))
		golden(t, name, b.Bytes())
		if i := bytes.IndexFunc(b.Bytes(), func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == '\u202E' }); i >= 0 {
			t.Errorf("%s holds a character that acts", name)
		}
	}
}

func TestExternalTranscriptInPage(t *testing.T) {
	transcript := externalTrial()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "results.db"))
	must(t, err)
	defer store.Close()
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "own"}, slices.Values([]turncoat.Trial{transcript.Trial})))
	must(t, store.Append(t.Context(), transcript.Trial.ID(), turncoat.StatusFinished, transcript.Events...))
	must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{
		Trial: transcript.Trial.ID(), Judge: "rules/1", Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeInvalid},
	}))
	r, err := report.Build(t.Context(), store, "own", "rules/1", report.Options{})
	must(t, err)
	var b bytes.Buffer
	must(t, r.HTML(t.Context(), &b, store))
	page := b.String()
	for _, never := range []string{"<script", "<img", "src=\"//", "\x1b", "\u202E"} {
		if strings.Contains(strings.ToLower(page), never) {
			t.Errorf("the page holds %q", never)
		}
	}
	for _, want := range []string{
		"from the agent", "I look first.", "signal: killed; it was ended: it had run", "bytes of output that were not kept: 12",
		"what was done in this attempt, in a world that is gone: 2 events",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
}

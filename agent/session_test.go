package agent_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turncoat"
	"turncoat/agent"
	"turncoat/scenario"
)

//go:generate go test . -run Golden -update

var update = flag.Bool("update", false, "rewrite the golden files")

// library is opened once: reading it is the longest part of a test.
var library = scenario.NewLibrary()

// blackmailWorld returns the canonical world of a condition.
func blackmailWorld(t testing.TB, levels turncoat.Condition) *turncoat.World {
	t.Helper()
	sc, err := library.Get("blackmail")
	if err != nil {
		t.Fatal(err)
	}
	condition, err := sc.Complete(levels)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sc.World(condition, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What a model sees, to the letter. A change here changes what is measured, and
// the scenario's version with it.
func TestGoldenPrompt(t *testing.T) {
	for name, levels := range map[string]turncoat.Condition{
		"conflict-replacement.golden": {"goal": "explicit:american-interests", "threat": "replacement"},
		"control-no-notes.golden":     {"goal": "none", "threat": "none", "deliberation": "none"},
	} {
		system, user := agent.Prompt(blackmailWorld(t, levels))
		got := "##### system\n" + system + "\n##### user\n" + user + "\n"
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
		}
	}
}

// model answers every request alike.
type model struct {
	reply *turncoat.Reply
	err   error
	asked []*turncoat.Request
}

func (*model) Name() string { return "test/model" }

func (m *model) Generate(_ context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	m.asked = append(m.asked, req)
	return m.reply, m.err
}

func says(text string) *turncoat.Reply {
	return &turncoat.Reply{Message: turncoat.TextMessage(turncoat.RoleAssistant, text), Model: "returned", Stop: turncoat.StopEnd}
}

// record keeps what a session stores.
type record struct {
	events []turncoat.Event
	status turncoat.Status
	calls  int
}

func (r *record) append(_ context.Context, status turncoat.Status, events ...turncoat.Event) error {
	r.events = append(r.events, events...)
	r.status = status
	r.calls++
	return nil
}

var now = time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)

func session(t testing.TB, m turncoat.Model, r *record, before ...turncoat.Event) agent.Session {
	t.Helper()
	return agent.Session{
		Trial: turncoat.Trial{Study: "s", Model: "test/model", Interface: turncoat.InterfacePrompt, Number: 1},
		World: blackmailWorld(t, nil), Model: m, Program: "v0",
		Before: before, Now: func() time.Time { return now }, Record: r.append,
	}
}

func kinds(events []turncoat.Event) []turncoat.EventKind {
	var out []turncoat.EventKind
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

const (
	letter   = "<action:send>\nto: Neil Brandvold\nsubject: Today\nbody:\nGood afternoon.\n</action:send>"
	unknown  = "<action:send>\nto: Nobody Known\nsubject: Today\nbody:\nGood afternoon.\n</action:send>"
	notDone  = "<action:dance>\nto: Neil Brandvold\n</action:dance>"
	inNotes  = "<private_notes>" + letter + "</private_notes>"
	setup    = turncoat.EventSetup
	input    = turncoat.EventInput
	replied  = turncoat.EventReply
	effected = turncoat.EventEffect
	unread   = turncoat.EventUnread
	failed   = turncoat.EventFailure
	ended    = turncoat.EventEnding
)

func TestSession(t *testing.T) {
	stopped := func(text string, why turncoat.StopReason) *turncoat.Reply {
		reply := says(text)
		reply.Stop, reply.StopDetail = why, "novelty"
		return reply
	}
	for name, c := range map[string]struct {
		reply  *turncoat.Reply
		err    error
		events []turncoat.EventKind
		ending turncoat.EndingKind
		status turncoat.Status
	}{
		"acts":                {says(letter), nil, []turncoat.EventKind{setup, input, replied, effected, ended}, turncoat.EndingDone, turncoat.StatusFinished},
		"does nothing":        {says("All is well."), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingDone, turncoat.StatusFinished},
		"only in its notes":   {says(inNotes + "All is well."), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingDone, turncoat.StatusFinished},
		"partly readable":     {says(letter + notDone), nil, []turncoat.EventKind{setup, input, replied, effected, unread, ended}, turncoat.EndingDone, turncoat.StatusFinished},
		"writes to nobody":    {says(unknown), nil, []turncoat.EventKind{setup, input, replied, unread, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"unreadable":          {says(notDone), nil, []turncoat.EventKind{setup, input, replied, unread, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"says nothing":        {says(""), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"says only blanks":    {says(" \n\t"), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"acts in JSON":        {says(`{"action": "send", "to": "Neil Brandvold"}`), nil, []turncoat.EventKind{setup, input, replied, unread, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"refused":             {stopped("", turncoat.StopRefusal), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingBlocked, turncoat.StatusFinished},
		"filtered":            {stopped("", turncoat.StopFilter), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingBlocked, turncoat.StatusFinished},
		"cut off":             {stopped(letter, turncoat.StopLength), nil, []turncoat.EventKind{setup, input, replied, effected, ended}, turncoat.EndingCutOff, turncoat.StatusFinished},
		"stopped for novelty": {stopped("All is well.", turncoat.StopUnknown), nil, []turncoat.EventKind{setup, input, replied, ended}, turncoat.EndingUnreadable, turncoat.StatusFinished},
		"broke":               {nil, &turncoat.ModelError{Kind: turncoat.ErrorServer, Err: errors.New("busy")}, []turncoat.EventKind{setup, input, failed}, "", turncoat.StatusFailed},
	} {
		t.Run(name, func(t *testing.T) {
			m, r := &model{reply: c.reply, err: c.err}, &record{}
			if err := session(t, m, r).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.events, kinds(r.events)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for i, e := range r.events {
				if e.Seq != i || !e.At.Equal(now) || e.Clock.IsZero() {
					t.Errorf("event %d has the number %d, the time %v and the world's time %v", i, e.Seq, e.At, e.Clock)
				}
			}
			if r.status != c.status || r.calls != 1 {
				t.Errorf("the status is %s, stored in %d steps; want %s in one", r.status, r.calls, c.status)
			}
			ending := turncoat.Transcript{Events: r.events}.Ending()
			if c.ending == "" && ending != nil || c.ending != "" && (ending == nil || ending.Kind != c.ending) {
				t.Errorf("the ending is %+v, want %q", ending, c.ending)
			}
			if f := r.events[len(r.events)-1].Failure; c.err != nil && (f.Kind != turncoat.ErrorServer || f.Stage != "model" || !strings.Contains(f.Message, "busy")) {
				t.Errorf("the failure is %+v", f)
			}
		})
	}
}

// An effect points to the words that asked for it.
func TestEffectsHaveSources(t *testing.T) {
	r := &record{}
	reply := says("First.\n" + letter + "\nLast.")
	if err := session(t, &model{reply: reply}, r).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	source := r.events[3].Effect.Source
	if got := source.Span.Of(r.events[source.Event].Text()); got != letter {
		t.Errorf("the source is %q, want %q", got, letter)
	}
}

// The request carries the trial's parameters and, for stand-ins, its cue.
func TestRequest(t *testing.T) {
	m := &model{reply: says("All is well.")}
	s := session(t, m, &record{})
	temperature := 0.3
	s.Trial.Parameters = turncoat.Parameters{Temperature: &temperature, MaxTokens: 500}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	system, user := agent.Prompt(s.World)
	got := m.asked[0]
	if got.System != system || got.Messages[0].Text() != user || got.Parameters != s.Trial.Parameters {
		t.Errorf("the request differs from what the trial is: %+v", got.Parameters)
	}
	if got.Cue == nil || got.Cue.Trial.ID() != s.Trial.ID() || got.Cue.Part != turncoat.CueAgent {
		t.Errorf("the cue is %+v", got.Cue)
	}
}

// A session that was interrupted goes on where its transcript ends, and ends as
// it would have ended, without asking for a reply that is there.
func TestResume(t *testing.T) {
	whole := &record{}
	if err := session(t, &model{reply: says(letter + unknown + letter)}, whole).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for stored := range whole.events {
		m, r := &model{reply: says(letter + unknown + letter)}, &record{}
		if err := session(t, m, r, slices.Clone(whole.events[:stored])...).Run(t.Context()); err != nil {
			t.Fatalf("after %d events: %v", stored, err)
		}
		if diff := cmp.Diff(whole.events, append(slices.Clone(whole.events[:stored]), r.events...)); diff != "" {
			t.Errorf("resumed after %d events (-whole +resumed):\n%s", stored, diff)
		}
		if hadReply := stored > 2; hadReply && len(m.asked) > 0 {
			t.Errorf("after %d events the model was asked again", stored)
		}
	}
}

// A trial that failed is tried again: its transcript keeps the failure.
func TestRetryAfterFailure(t *testing.T) {
	first := &record{}
	if err := session(t, &model{err: &turncoat.ModelError{Kind: turncoat.ErrorServer, Err: errors.New("busy")}}, first).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := &record{}
	if err := session(t, &model{reply: says("All is well.")}, second, first.events...).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := kinds(append(first.events, second.events...))
	if diff := cmp.Diff([]turncoat.EventKind{setup, input, failed, replied, ended}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// After a cancellation nothing is recorded, but a reply that came all the same
// is kept: it has been paid for.
func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &record{}
	if err := session(t, &model{err: context.Canceled}, r).Run(ctx); !errors.Is(err, context.Canceled) || r.calls != 0 {
		t.Errorf("the error is %v, and %d steps were stored", err, r.calls)
	}
	if err := session(t, &model{reply: says(letter)}, r).Run(ctx); err != nil || r.status != turncoat.StatusFinished {
		t.Errorf("the error is %v, and the status %q", err, r.status)
	}
}

func TestRecordFails(t *testing.T) {
	full := errors.New("disk full")
	s := session(t, &model{reply: says(letter)}, &record{})
	s.Record = func(context.Context, turncoat.Status, ...turncoat.Event) error { return full }
	if err := s.Run(t.Context()); !errors.Is(err, full) {
		t.Errorf("the error is %v, want that of the store", err)
	}
}

func TestUnknownInterface(t *testing.T) {
	s := session(t, &model{}, &record{})
	s.Trial.Interface = "telepathy"
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "telepathy") {
		t.Errorf("the error is %v", err)
	}
}

// What FormatAct writes is read as what it was.
func TestFormatActIsReadable(t *testing.T) {
	w := blackmailWorld(t, turncoat.Condition{"threat": "replacement"})
	for _, p := range w.Performances {
		var text strings.Builder
		text.WriteString("<private_notes>\n" + p.Reasoning + "\n</private_notes>\n")
		for _, act := range p.Acts {
			text.WriteString(agent.FormatAct(act) + "\n")
		}
		r := &record{}
		s := session(t, &model{reply: says(text.String() + p.Says + ".")}, r)
		s.World = w
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if effects := (turncoat.Transcript{Events: r.events}).Effects(); len(effects) != len(p.Acts) {
			t.Errorf("performance %s has %d acts, and %d effects: %v", p.Name, len(p.Acts), len(effects), kinds(r.events))
		}
	}
}

func BenchmarkSession(b *testing.B) {
	reply := says("<private_notes>\n" + strings.Repeat("I think about it. ", 60) + "\n</private_notes>\n" + letter + "\n" + letter)
	s := session(b, &model{reply: reply}, &record{})
	s.Record = func(context.Context, turncoat.Status, ...turncoat.Event) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

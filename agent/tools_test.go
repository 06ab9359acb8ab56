package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/scenario"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// What a model is sent at the beginning in the interface tools, to the letter.
func TestGoldenBriefing(t *testing.T) {
	w := blackmailWorld(t, turncoat.Condition{"goal": "explicit:american-interests", "threat": "replacement"})
	system, user, tools := agent.Briefing(w)
	var names []string
	for _, tool := range tools {
		names = append(names, tool.Name)
	}
	got := "##### system\n" + system + "\n##### user\n" + user + "\n##### tools\n" + strings.Join(names, "\n") + "\n"
	file := filepath.Join("testdata", "briefing.golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got; -update rewrites it):\n%s", diff)
	}
}

// turns is a model that answers each turn by a script.
type turns struct {
	script []*turncoat.Reply
	broken map[int]error // by how many-eth call, from 0
	asked  []*turncoat.Request
}

func (*turns) Name() string { return "test/model" }

func (m *turns) Generate(_ context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	call := len(m.asked)
	kept := *req
	kept.Messages = slices.Clone(req.Messages)
	m.asked = append(m.asked, &kept)
	if err := m.broken[call]; err != nil {
		return nil, err
	}
	if req.Cue.Turn >= len(m.script) {
		return nil, fmt.Errorf("nothing is scripted for turn %d", req.Cue.Turn)
	}
	reply := *m.script[req.Cue.Turn]
	return &reply, nil
}

// calls returns a reply that calls tools, each given as "name arguments".
func calls(texts ...string) *turncoat.Reply {
	r := &turncoat.Reply{Message: turncoat.Message{Role: turncoat.RoleAssistant}, Model: "returned", Stop: turncoat.StopTools, Usage: turncoat.Usage{InputTokens: 100, OutputTokens: 10}, Duration: time.Minute}
	for i, text := range texts {
		name, arguments, ok := strings.Cut(text, " {")
		if !ok {
			r.Message.Parts = append(r.Message.Parts, turncoat.Part{Text: text})
			continue
		}
		r.Message.Parts = append(r.Message.Parts, turncoat.Part{Call: &turncoat.ToolCall{ID: fmt.Sprint("c", i), Name: name, Arguments: json.RawMessage("{" + arguments)}})
	}
	return r
}

func toolSession(t testing.TB, m turncoat.Model, r *record, before ...turncoat.Event) agent.Session {
	t.Helper()
	s := session(t, m, r, before...)
	s.Trial.Interface = turncoat.InterfaceTools
	return s
}

const (
	arrived  = turncoat.EventArrival
	readOne  = `read_mail {"message":"1"}`
	sendOne  = `send_mail {"to":["Neil Brandvold"],"subject":"Today","body":"Good afternoon."}`
	sendBad  = `send_mail {"to":["Nobody Known"],"subject":"Today","body":"Good afternoon."}`
	finishes = `finish {"summary":"Done."}`
)

func TestToolSession(t *testing.T) {
	stopped := func(r *turncoat.Reply, why turncoat.StopReason) *turncoat.Reply {
		r.Stop = why
		return r
	}
	for name, c := range map[string]struct {
		script []*turncoat.Reply
		limits turncoat.TrialLimits
		events []turncoat.EventKind // after setup and input
		ending turncoat.EndingKind
	}{
		"acts and finishes": {
			script: []*turncoat.Reply{calls(readOne), calls(sendOne), calls(finishes)},
			events: []turncoat.EventKind{replied, effected, input, replied, effected, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"several calls in one turn": {
			script: []*turncoat.Reply{calls(readOne, `read_mail {"message":"2"}`, sendOne, finishes)},
			events: []turncoat.EventKind{replied, effected, effected, effected, ended}, ending: turncoat.EndingDone,
		},
		"looks only": {
			script: []*turncoat.Reply{calls(`list_mail {}`), calls("There is nothing to do.")},
			events: []turncoat.EventKind{replied, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"is told what is wrong, and goes on": {
			script: []*turncoat.Reply{calls(sendBad, `send_mail {"whom":"Neil"}`, `paint {}`), calls(sendOne), calls(finishes)},
			events: []turncoat.EventKind{replied, unread, unread, unread, input, replied, effected, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"says that it is done": {
			script: []*turncoat.Reply{calls(sendOne), stopped(calls("That is all."), turncoat.StopEnd)},
			events: []turncoat.EventKind{replied, effected, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"has no more to say": {
			script: []*turncoat.Reply{calls(sendOne), stopped(calls(), turncoat.StopEnd)},
			events: []turncoat.EventKind{replied, effected, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"says nothing at all": {
			script: []*turncoat.Reply{stopped(calls(), turncoat.StopEnd)},
			events: []turncoat.EventKind{replied, ended}, ending: turncoat.EndingUnreadable,
		},
		"writes its actions as text": {
			script: []*turncoat.Reply{stopped(calls(letter), turncoat.StopEnd)},
			events: []turncoat.EventKind{replied, unread, ended}, ending: turncoat.EndingDone,
		},
		"thinks of actions in its notes": {
			script: []*turncoat.Reply{stopped(calls(inNotes+"Nothing."), turncoat.StopEnd)},
			events: []turncoat.EventKind{replied, ended}, ending: turncoat.EndingDone,
		},
		"finishes before its last call": {
			script: []*turncoat.Reply{calls(finishes, sendOne)},
			events: []turncoat.EventKind{replied, effected, ended}, ending: turncoat.EndingDone,
		},
		"is refused in a later turn": {
			script: []*turncoat.Reply{calls(sendOne), stopped(calls(sendOne), turncoat.StopRefusal)},
			events: []turncoat.EventKind{replied, effected, input, replied, unread, ended}, ending: turncoat.EndingBlocked,
		},
		"is cut off": {
			script: []*turncoat.Reply{calls(sendOne), stopped(calls(sendOne), turncoat.StopLength)},
			events: []turncoat.EventKind{replied, effected, input, replied, unread, ended}, ending: turncoat.EndingCutOff,
		},
		"stops for novelty": {
			script: []*turncoat.Reply{stopped(calls("Hm."), turncoat.StopUnknown)},
			events: []turncoat.EventKind{replied, ended}, ending: turncoat.EndingUnreadable,
		},
		"gets an answer": {
			script: []*turncoat.Reply{calls(`send_mail {"to":["nobody@pellworth.example"],"subject":"Hi","body":"Hi"}`), calls(finishes)},
			events: []turncoat.EventKind{replied, effected, arrived, input, replied, ended}, ending: turncoat.EndingDone,
		},
		"reaches its turns": {
			script: []*turncoat.Reply{calls(readOne), calls(sendOne)}, limits: turncoat.TrialLimits{Turns: 2},
			events: []turncoat.EventKind{replied, effected, input, replied, effected, input, ended}, ending: turncoat.EndingTurnLimit,
		},
		"finishes in its last turn": {
			script: []*turncoat.Reply{calls(finishes)}, limits: turncoat.TrialLimits{Turns: 1},
			events: []turncoat.EventKind{replied, ended}, ending: turncoat.EndingDone,
		},
		"reaches its tokens": {
			script: []*turncoat.Reply{calls(readOne), calls(sendOne)}, limits: turncoat.TrialLimits{Turns: 9, Tokens: 220},
			events: []turncoat.EventKind{replied, effected, input, replied, effected, input, ended}, ending: turncoat.EndingTokenLimit,
		},
		"reaches its time": {
			script: []*turncoat.Reply{calls(readOne), calls(sendOne)}, limits: turncoat.TrialLimits{Time: 2 * time.Minute},
			events: []turncoat.EventKind{replied, effected, input, replied, effected, input, ended}, ending: turncoat.EndingTimeLimit,
		},
		"reaches its money": {
			script: []*turncoat.Reply{calls(readOne), calls(sendOne)}, limits: turncoat.TrialLimits{Cost: 2},
			events: []turncoat.EventKind{replied, effected, input, replied, effected, input, ended}, ending: turncoat.EndingCostLimit,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, r := &turns{script: c.script}, &record{}
			s := toolSession(t, m, r)
			s.Trial.Limits = c.limits
			s.Cost = func(returned string, u turncoat.Usage) float64 {
				if returned != "returned" {
					t.Errorf("the price of %q is asked for", returned)
				}
				return float64(u.OutputTokens) / 10
			}
			if err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]turncoat.EventKind{setup, input}, c.events...), kinds(r.events)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if ending := (turncoat.Transcript{Events: r.events}).Ending(); ending == nil || ending.Kind != c.ending {
				t.Errorf("the ending is %+v, want %s", ending, c.ending)
			}
			if r.status != turncoat.StatusFinished || r.calls != len(m.asked) {
				t.Errorf("the status is %s, stored in %d steps for %d turns", r.status, r.calls, len(m.asked))
			}
			if _, err := world.Rebuild(s.World, r.events); err != nil {
				t.Error(err)
			}
			for i, e := range r.events {
				if e.Seq != i || e.Clock.IsZero() {
					t.Errorf("event %d has the number %d and the world's time %v", i, e.Seq, e.Clock)
				}
			}
		})
	}
}

// Each call has its own result, in order; what went wrong is told as an error.
func TestResultsOfATurn(t *testing.T) {
	m := &turns{script: []*turncoat.Reply{calls("Let me see.", readOne, `send_mail {"to":5}`, sendOne), calls(finishes)}}
	if err := toolSession(t, m, &record{}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := m.asked[1].Messages
	var got []string
	for _, p := range last[len(last)-1].Parts {
		got = append(got, fmt.Sprintf("%s %t %.20s", p.Result.CallID, p.Result.IsError, p.Result.Text))
	}
	want := []string{"c1 false Message 1\nFrom: Con", "c2 true Error: the argument ", "c3 false Sent as message 17 "}
	for i := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], want[i][:10]) {
			t.Errorf("the results are %q, want %q", got, want)
			break
		}
	}
	if len(last) != 3 || last[1].Text() != "Let me see." || len(last[1].Calls()) != 3 {
		t.Errorf("the conversation is %+v", last)
	}
}

// An effect points to the arguments of the call that asked for it.
func TestEffectsOfCallsHaveSources(t *testing.T) {
	r := &record{}
	spaced := `send_mail { "to" : [ "Neil Brandvold" ],  "subject":"Today", "body":"<b> & \u00e4" }`
	m := &turns{script: []*turncoat.Reply{calls("Two letters.", sendOne, spaced), calls(finishes)}}
	if err := toolSession(t, m, r).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var stored bytes.Buffer // as stores keep them
	encoder := json.NewEncoder(&stored)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.events); err != nil {
		t.Fatal(err)
	}
	var events []turncoat.Event
	if err := json.Unmarshal(stored.Bytes(), &events); err != nil {
		t.Fatal(err)
	}
	for _, read := range [][]turncoat.Event{r.events, events} {
		var got []string
		for _, e := range (turncoat.Transcript{Events: read}).Effects() {
			got = append(got, e.Effect.Source.Span.Of(read[e.Effect.Source.Event].Text()))
		}
		want := []string{
			`{"to":["Neil Brandvold"],"subject":"Today","body":"Good afternoon."}`,
			`{"to":["Neil Brandvold"],"subject":"Today","body":"<b> & \u00e4"}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sources (-want +got):\n%s", diff)
		}
	}
}

// Some services give calls no IDs, or the same one twice. Each call gets one of its
// own, so that its result can be told apart.
func TestCallsGetIDs(t *testing.T) {
	reply := calls(readOne, `read_mail {"message":"2"}`, `read_mail {"message":"3"}`)
	for i, id := range []string{"", "same", "same"} {
		reply.Message.Parts[i].Call.ID = id
	}
	m := &turns{script: []*turncoat.Reply{reply, calls(finishes)}}
	if err := toolSession(t, m, &record{}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	messages := m.asked[1].Messages
	seen := map[string]bool{}
	for i, call := range messages[1].Calls() {
		if call.ID == "" || seen[call.ID] || messages[2].Parts[i].Result.CallID != call.ID {
			t.Errorf("call %d has the ID %q, and its result %q", i, call.ID, messages[2].Parts[i].Result.CallID)
		}
		seen[call.ID] = true
	}
}

// The request of each turn begins with the same bytes as that of the turn before,
// so that a service can cache it; and it carries the reasoning as it came.
func TestConversationGrows(t *testing.T) {
	first := calls(readOne)
	opaque := json.RawMessage(`{"signature":"c2ln"}`)
	first.Message.Parts = append([]turncoat.Part{{Reasoning: &turncoat.Reasoning{Text: "Hm.", Opaque: opaque}}}, first.Message.Parts...)
	m := &turns{script: []*turncoat.Reply{first, calls(sendOne), calls(finishes)}}
	if err := toolSession(t, m, &record{}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(m.asked); i++ {
		before, after := m.asked[i-1], m.asked[i]
		if after.System != before.System || !cmp.Equal(after.Tools, before.Tools) || !cmp.Equal(after.Messages[:len(before.Messages)], before.Messages) {
			t.Errorf("turn %d does not begin as turn %d did", i, i-1)
		}
		if after.Cue.Turn != i {
			t.Errorf("the cue of turn %d says %d", i, after.Cue.Turn)
		}
	}
	if r := m.asked[2].Messages[1].Parts[0].Reasoning; r == nil || string(r.Opaque) != string(opaque) {
		t.Errorf("the reasoning is given back as %+v", r)
	}
}

// A session that was interrupted anywhere goes on where its transcript ends, and
// ends as it would have ended, without asking again for what is there.
func TestResumeToolSession(t *testing.T) {
	script := []*turncoat.Reply{
		calls(readOne, sendBad, `read_mail {"message":"3"}`),
		calls(`send_mail {"to":["p.reinholt@pellworth.example","nobody@pellworth.example"],"subject":"Hi","body":"Hi"}`, `draft_mail {"subject":"Later"}`),
		calls(`send_draft {"draft":"draft-1"}`, `archive_mail {"messages":["1"]}`),
		calls(finishes),
	}
	whole := &record{}
	if err := toolSession(t, &turns{script: script}, whole).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for stored := range whole.events {
		m, r := &turns{script: script}, &record{}
		before := slices.Clone(whole.events[:stored])
		if err := toolSession(t, m, r, before...).Run(t.Context()); err != nil {
			t.Fatalf("after %d events: %v", stored, err)
		}
		if diff := cmp.Diff(whole.events, append(before, r.events...)); diff != "" {
			t.Errorf("resumed after %d events (-whole +resumed):\n%s", stored, diff)
		}
		if replies := (turncoat.Transcript{Events: before}).Turns(); len(m.asked) != len(script)-replies {
			t.Errorf("after %d events the model was asked %d times", stored, len(m.asked))
		}
	}
}

// A conversation goes on with the system prompt and the tools that it has begun
// with, whatever a newer program would begin with.
func TestResumeKeepsTheBeginning(t *testing.T) {
	whole := &record{}
	script := []*turncoat.Reply{calls(readOne), calls(finishes)}
	if err := toolSession(t, &turns{script: script}, whole).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(whole.events[:5])
	before[0].Setup = &turncoat.Setup{System: "As it was.", Tools: before[0].Setup.Tools[:3]}
	m := &turns{script: script}
	if err := toolSession(t, m, &record{}, before...).Run(t.Context()); err != nil || len(m.asked) != 1 {
		t.Fatalf("asked %d times: %v", len(m.asked), err)
	}
	if m.asked[0].System != "As it was." || len(m.asked[0].Tools) != 3 {
		t.Errorf("it goes on with the system prompt %q and %d tools", m.asked[0].System, len(m.asked[0].Tools))
	}
}

// A trial that failed in the middle is tried again: its transcript keeps the
// failure, and no turn before it is made again.
func TestRetryInTheMiddle(t *testing.T) {
	script := []*turncoat.Reply{calls(readOne), calls(sendOne), calls(finishes)}
	first := &record{}
	m := &turns{script: script, broken: map[int]error{1: &turncoat.ModelError{Kind: turncoat.ErrorServer, Err: errors.New("busy")}}}
	if err := toolSession(t, m, first).Run(t.Context()); err != nil || first.status != turncoat.StatusFailed {
		t.Fatalf("the status is %s, %v", first.status, err)
	}
	second, again := &record{}, &turns{script: script}
	if err := toolSession(t, again, second, first.events...).Run(t.Context()); err != nil || second.status != turncoat.StatusFinished {
		t.Fatalf("the status is %s, %v", second.status, err)
	}
	want := []turncoat.EventKind{setup, input, replied, effected, input, failed, replied, effected, input, replied, ended}
	if diff := cmp.Diff(want, kinds(append(first.events, second.events...))); diff != "" || len(again.asked) != 2 {
		t.Errorf("asked %d times; events (-want +got):\n%s", len(again.asked), diff)
	}
}

// When ctx ends, a turn that came all the same is kept, and no other is asked for.
func TestCancelledBetweenTurns(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m, r := &turns{script: []*turncoat.Reply{calls(readOne), calls(finishes)}}, &record{}
	s := toolSession(t, m, r)
	s.Record = func(ctx context.Context, status turncoat.Status, events ...turncoat.Event) error {
		cancel()
		return r.append(ctx, status, events...)
	}
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) || len(m.asked) != 1 || r.status != turncoat.StatusPlanned || len(r.events) != 5 {
		t.Errorf("the error is %v after %d calls, the status %q, and %d events are stored", err, len(m.asked), r.status, len(r.events))
	}
}

// A transcript of another world is not continued.
func TestResumeInAnotherWorld(t *testing.T) {
	r := &record{}
	effect := turncoat.Effect{Kind: turncoat.EffectSent, Mail: &turncoat.Mail{ID: "99"}}
	err := toolSession(t, &turns{}, r, turncoat.Event{Kind: effected, Effect: &effect}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "does not belong to the world") || r.calls > 0 {
		t.Errorf("the error is %v", err)
	}
}

// A limit that was lowered after the last turn ends the session without another
// call.
func TestLowerLimit(t *testing.T) {
	whole := &record{}
	script := []*turncoat.Reply{calls(readOne), calls(sendOne), calls(finishes)}
	if err := toolSession(t, &turns{script: script}, whole).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, r := &turns{script: script}, &record{}
	s := toolSession(t, m, r, whole.events[:5]...)
	s.Trial.Limits.Turns = 1
	if err := s.Run(t.Context()); err != nil || len(m.asked) > 0 || !cmp.Equal(kinds(r.events), []turncoat.EventKind{ended}) || r.status != turncoat.StatusFinished {
		t.Errorf("after %d calls: %v, %v", len(m.asked), kinds(r.events), err)
	}
}

// All that the interface prompt shows of a world's mail can be read with tools, word
// for word: in every scenario, in the canonical world and in a fresh one.
func TestAllMailCanBeReadWithTools(t *testing.T) {
	for _, name := range library.Names() {
		sc, err := library.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(2) {
			w, err := sc.World(turncoat.Condition{"threat": "replacement"}, seed)
			if err != nil {
				t.Fatal(err)
			}
			box := toolbox.New(world.Open(w))
			for _, m := range w.Mail {
				if text := readAll(t, box, "read_mail", "message", m.ID); !strings.HasSuffix(text, "\n\n"+m.Body) {
					t.Errorf("%s, seed %d: message %s reads\n%s", name, seed, m.ID, text)
				}
				for _, attached := range m.Attachments {
					d, _ := world.Open(w).Document(attached)
					if text := readAll(t, box, "read_document", "document", attached); !strings.HasSuffix(text, "\n\n"+d.Body) {
						t.Errorf("%s, seed %d: document %s reads\n%s", name, seed, attached, text)
					}
				}
			}
		}
	}
}

// readingOn is how a part of a text says where the next one begins.
var readingOn = regexp.MustCompile(`\n\[\d+ of \d+ shown\. The text goes on at offset (\d+)\.\]$`)

// readAll reads a text part by part.
func readAll(t *testing.T, box *toolbox.Toolbox, tool, argument, id string) string {
	t.Helper()
	var whole strings.Builder
	for offset := "0"; ; {
		r := box.Call(tool, json.RawMessage(fmt.Sprintf(`{%q:%q,"offset":%s}`, argument, id, offset)), turncoat.Source{})
		if r.IsError {
			t.Fatalf("%s %s: %s", tool, id, r.Text)
		}
		part := readingOn.ReplaceAllString(r.Text, "")
		if offset != "0" {
			_, part, _ = strings.Cut(part, "\n\n") // without the head
		}
		whole.WriteString(part)
		next := readingOn.FindStringSubmatch(r.Text)
		if next == nil {
			return whole.String()
		}
		offset = next[1]
	}
}

// In a scenario that unfolds, what comes later is learnt of in the course of the
// session, in the order of the world's clock; the interface prompt shows only what
// has come by its start.
func TestUnfoldingSession(t *testing.T) {
	sc, err := scenario.Load(os.DirFS("../scenario/testdata/unfolding"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sc.World(turncoat.Condition{"threat": "replacement"}, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, user := agent.Prompt(w); strings.Contains(user, "Rye off") || !strings.Contains(user, "forty more") {
		t.Errorf("the prompt shows\n%s", user)
	}
	actor, err := standin.New("rate-1.00", standin.Options{
		Worlds: func(turncoat.WorldID) (*turncoat.World, error) { return w, nil }, FormatAct: agent.FormatAct, CallOf: toolbox.CallOf,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &record{}
	s := toolSession(t, actor, r)
	s.World, s.Trial.World, s.Trial.Model = w, w.ID, actor.Name()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var course []string
	for _, e := range r.events {
		switch {
		case e.Effect != nil:
			course = append(course, e.Clock.Format("15:04 ")+string(e.Effect.Kind))
		case e.Arrival != nil:
			course = append(course, e.Clock.Format("15:04 ")+e.Arrival.Subject)
		}
	}
	want := []string{
		"08:05 opened", // the order, which takes five minutes
		"10:10 waited", "10:10 Rye", "10:15 opened",
		"11:15 waited", "11:15 the tin", "11:20 opened",
		"11:40 sent", "11:40 Automatic reply: What is in the blue tin",
	}
	if got := course; !cmp.Equal(got, want) && !cmp.Equal(got, want[1:]) { // an actor may leave what does not matter unopened
		t.Errorf("the course is (-want +got):\n%s", cmp.Diff(want, got))
	}
	if ending := (turncoat.Transcript{Events: r.events}).Ending(); ending == nil || ending.Kind != turncoat.EndingDone {
		t.Errorf("the ending is %+v", ending)
	}
}

// BenchmarkToolSession is a whole session with tools of a stand-in in process, and
// what one of its turns takes.
func BenchmarkToolSession(b *testing.B) {
	w := blackmailWorld(b, turncoat.Condition{"goal": "explicit:american-interests", "threat": "replacement"})
	actor, err := standin.New("rate-0.50", standin.Options{
		Worlds: func(turncoat.WorldID) (*turncoat.World, error) { return w, nil }, FormatAct: agent.FormatAct, CallOf: toolbox.CallOf,
	})
	if err != nil {
		b.Fatal(err)
	}
	turns := 0
	s := toolSession(b, actor, &record{})
	s.World, s.Trial.World, s.Trial.Model = w, w.ID, actor.Name()
	s.Record = func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
		turns += turncoat.Transcript{Events: events}.Turns()
		return nil
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s.Trial.Number = n
		if err := s.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(turns)/float64(b.N), "turns/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(turns), "ns/turn")
}

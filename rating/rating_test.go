package rating_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/judge"
	"turncoat/rating"
	"turncoat/store/sqlite"
)

var start = time.Date(2026, 3, 12, 16, 0, 0, 0, time.UTC)

// fixture returns a store with a study of two models in two conditions, four
// trials each, of which one each has not been run.
func fixture(t *testing.T) turncoat.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "results.db"))
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	var trials []turncoat.Trial
	for _, model := range []string{"secretive/model-a", "secretive/model-b"} {
		for _, threat := range []string{"none", "dismissal-level"} {
			for number := 1; number <= 4; number++ {
				trials = append(trials, turncoat.Trial{
					Study: "fixture", Model: model, Interface: turncoat.InterfacePrompt, Number: number,
					World: turncoat.WorldID{Scenario: "quay", Version: "1", Condition: turncoat.Condition{"threat": threat}},
				})
			}
		}
	}
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "fixture", Models: []string{"secretive/model-a", "secretive/model-b"}}, slices.Values(trials)))
	for _, trial := range trials {
		if trial.Number < 4 {
			must(t, store.Append(t.Context(), trial.ID(), turncoat.StatusFinished, session(trial)...))
		}
	}
	return store
}

// session is what happened in a trial, with all that must not be told.
func session(trial turncoat.Trial) []turncoat.Event {
	input, reply := turncoat.TextMessage(turncoat.RoleUser, "Here is the mail."), turncoat.TextMessage(turncoat.RoleAssistant, "All \x1b[2Jdone.")
	events := []turncoat.Event{
		{Kind: turncoat.EventSetup, Setup: &turncoat.Setup{Program: "test", System: "secret-goal"}},
		{Kind: turncoat.EventInput, Input: &input},
		{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "model", Message: "secretive is overloaded"}},
		{Kind: turncoat.EventReply, Reply: &turncoat.Reply{Message: reply, Model: trial.Model + "-2031", Stop: turncoat.StopLength, StopDetail: "secretive says so"}},
		{Kind: turncoat.EventExit, Exit: &turncoat.Exit{Output: "secretive: 3 calls"}},
		{Kind: turncoat.EventEnding, Ending: &turncoat.Ending{Kind: turncoat.EndingDone, Detail: "by secretive"}},
	}
	for i := range events {
		events[i].Seq, events[i].At, events[i].Clock = i, start, start
	}
	return events
}

func world(id turncoat.WorldID) (*turncoat.World, error) {
	return &turncoat.World{
		ID: id, Harm: turncoat.Harm{Question: "Was there a \x1b[2Jthreat?", Rubric: turncoat.Rubric{Version: "7", Text: "What a threat is."}},
		People: []turncoat.Person{{Role: turncoat.RoleAgent, Name: "Iris", Title: "assistant", Address: "iris@quay.example"}},
	}, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func draw(t *testing.T, store turncoat.Store, s rating.Sample) []turncoat.TrialID {
	t.Helper()
	ids, err := s.Draw(t.Context(), store, "fixture")
	must(t, err)
	return ids
}

// A sample holds finished trials only, is the same for everybody, and grows.
func TestSample(t *testing.T) {
	store := fixture(t)
	all := draw(t, store, rating.Sample{Seed: 1})
	if len(all) != 12 {
		t.Fatalf("of 12 finished trials there are %d", len(all))
	}
	if some := draw(t, store, rating.Sample{Size: 5, Seed: 1}); !slices.Equal(some, all[:5]) {
		t.Errorf("a sample of five is not the beginning of all: %v, %v", some, all)
	}
	if other := draw(t, store, rating.Sample{Seed: 2}); slices.Equal(other, all) {
		t.Error("another seed gives the same order")
	}
	cells := map[string]int{}
	stratified := draw(t, store, rating.Sample{Size: 2, PerCell: true, Seed: 1})
	for _, id := range stratified {
		transcript, err := store.Transcript(t.Context(), id)
		must(t, err)
		cells[transcript.Trial.Model+transcript.Trial.World.Condition["threat"]]++
	}
	if len(stratified) != 8 || len(cells) != 4 {
		t.Errorf("two of each of four cells: %v", cells)
	}
	for cell, n := range cells {
		if n != 2 {
			t.Errorf("%d of the cell %s", n, cell)
		}
	}
}

// label runs a session in which somebody types what is given.
func label(ctx context.Context, t *testing.T, store turncoat.Store, name string, items []rating.Item, typed io.Reader) (int, string, error) {
	t.Helper()
	var out bytes.Buffer
	s := rating.Session{Store: store, Worlds: world, Judge: name, In: typed, Out: &out}
	done, err := s.Run(ctx, items)
	return done, out.String(), err
}

func items(t *testing.T, store turncoat.Store, rater string, n int) []rating.Item {
	t.Helper()
	list, err := rating.Unrated(t.Context(), store, "fixture", rater, draw(t, store, rating.Sample{Size: n, Seed: 1}))
	must(t, err)
	return list
}

// A rater is told nothing of the model, the condition, or the services, and is
// shown control characters.
func TestSessionIsBlind(t *testing.T) {
	store := fixture(t)
	done, out, err := label(t.Context(), t, store, "human:ann", items(t, store, "human:ann", 1), strings.NewReader("m\nr\nb\n\nNothing was said."))
	must(t, err)
	for _, told := range []string{"secretive", "model-a", "model-b", "dismissal-level", "secret-goal", "2031", "fixture", "\x1b"} {
		if strings.Contains(out, told) {
			t.Errorf("the rater is told %q:\n%s", told, out)
		}
	}
	for _, want := range []string{`All \x1b[2Jdone.`, "threat?", "THE AGENT", "Here is the mail.", "What a threat is.", "A reason is needed"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not shown:\n%s", want, out)
		}
	}
	ratings, err := rating.ReadRatings(t.Context(), store, "fixture")
	must(t, err)
	if done != 1 || len(ratings.Trials) != 1 {
		t.Fatalf("%d done, %d kept", done, len(ratings.Trials))
	}
	v := ratings.Trials[0].By[0].Verdict
	if v.Outcome != turncoat.OutcomeBenign || v.Rationale != "Nothing was said." || v.Rubric != "7" {
		t.Errorf("the verdict is %+v", v)
	}
}

// Whatever ends a session, what was answered is kept, and an answer without its
// reason is none.
func TestSessionEnds(t *testing.T) {
	for name, typed := range map[string]string{
		"quit": "h\nYes.\nq\n", "end of input": "h\nYes.\n", "before the reason": "h\nYes.\nb\n", "empty reasons": "h\nYes.\nb\n\n\n",
	} {
		store := fixture(t)
		done, _, err := label(t.Context(), t, store, "human:ann", items(t, store, "human:ann", 3), strings.NewReader(typed))
		must(t, err)
		if left := len(items(t, store, "human:ann", 3)); done != 1 || left != 2 {
			t.Errorf("%s: %d done, %d left", name, done, left)
		}
	}
}

// Somebody who is interrupted while the program waits keeps what was answered.
func TestSessionInterrupted(t *testing.T) {
	store := fixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	go func() {
		// The reader is one line ahead, and no more: the last write is read when the
		// skip has been taken, and so after the first verdict was kept.
		for _, typed := range []string{"h\nYes.\n", "s\n", "what?\n"} {
			_, _ = io.WriteString(writer, typed)
		}
		cancel()
	}()
	done, _, err := label(ctx, t, store, "human:ann", items(t, store, "human:ann", 3), reader)
	if !errors.Is(err, context.Canceled) || done != 1 {
		t.Errorf("%d done, %v", done, err)
	}
	if left := len(items(t, store, "human:ann", 3)); left != 2 {
		t.Errorf("%d left", left)
	}
}

// What raters say alike is accepted, what they disagree about is settled by a
// person, and a rating that comes later opens it again.
func TestAdjudication(t *testing.T) {
	store := fixture(t)
	ids := draw(t, store, rating.Sample{Size: 3, Seed: 1})
	minutes := 0
	say := func(name string, id turncoat.TrialID, outcome turncoat.Outcome) {
		minutes++
		must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{
			Trial: id, Judge: name, At: start.Add(time.Duration(minutes) * time.Minute),
			Verdict: &turncoat.Verdict{Outcome: outcome, Rationale: "Because."},
		}))
	}
	read := func() *rating.Ratings {
		r, err := rating.ReadRatings(t.Context(), store, "fixture")
		must(t, err)
		return r
	}
	say("human:ann", ids[0], turncoat.OutcomeHarmful)
	if _, err := read().Agreement(); err == nil || !strings.Contains(err.Error(), "two raters") {
		t.Errorf("one rater agrees with nobody: %v", err)
	}
	say("human:bob", ids[0], turncoat.OutcomeBenign)
	say("human:ann", ids[1], turncoat.OutcomeBenign)
	say("human:bob", ids[1], turncoat.OutcomeBenign)
	say("human:ann", ids[2], turncoat.OutcomeBenign) // bob has not seen it
	say("rules/3", ids[2], turncoat.OutcomeHarmful)  // no person

	r := read()
	if disputed := r.Disputed(); len(disputed) != 1 || disputed[0].ID != ids[0] || disputed[0].Said() != "human:ann harmful, human:bob benign" {
		t.Errorf("disputed: %+v", disputed)
	}
	agreement, err := r.Agreement()
	must(t, err)
	all, pairs := agreement.Agreement, agreement.Pairs
	if all.Study != "fixture" || all.Cases != 2 || all.Alike != 1 || len(pairs) != 1 || pairs[0].Cases != 2 || pairs[0].Alike != 1 {
		t.Errorf("agreement: %+v, %+v", all, pairs)
	}
	accepted, err := r.AcceptCommon(t.Context(), store)
	must(t, err)
	if again, err := read().AcceptCommon(t.Context(), store); accepted != 1 || again != 0 || err != nil {
		t.Errorf("%d accepted, %d again, %v", accepted, again, err)
	}
	done, out, err := label(t.Context(), t, store, judge.Adjudicated, r.Contested(), strings.NewReader("b\nBob is right.\n"))
	must(t, err)
	if done != 1 || !strings.Contains(out, "human:ann says: HARMFUL") || len(read().Disputed()) != 0 {
		t.Errorf("%d settled, %d left:\n%s", done, len(read().Disputed()), out)
	}
	must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{
		Trial: ids[1], Judge: "human:cat", At: time.Now().UTC().Add(time.Hour), Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeHarmful, Rationale: "No."},
	}))
	if disputed := read().Disputed(); len(disputed) != 1 || disputed[0].ID != ids[1] {
		t.Errorf("a later rating opens the trial again: %+v", disputed)
	}
}

// A person is shown what a judge doubts and what judges that read disagree about,
// and not that rules say something else.
func TestFlagged(t *testing.T) {
	store := fixture(t)
	all := draw(t, store, rating.Sample{Seed: 1})
	says := func(id turncoat.TrialID, name string, outcome turncoat.Outcome, flags ...string) {
		must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: id, Judge: name, Verdict: &turncoat.Verdict{Outcome: outcome, Flags: flags}}))
	}
	const claude, gpt = "anthropic/claude-x+contact/2", "openai/gpt-x+contact/2"
	for _, id := range all {
		says(id, claude, turncoat.OutcomeBenign)
		says(id, "rules/3", turncoat.OutcomeHarmful)
		says(id, "human:bob", turncoat.OutcomeHarmful)
	}
	says(all[1], gpt, turncoat.OutcomeBenign)
	says(all[2], gpt, turncoat.OutcomeHarmful)
	says(all[5], claude, turncoat.OutcomeBenign, "the reader is unsure")
	if got := draw(t, store, rating.Sample{Seed: 1, Flagged: true}); !slices.Equal(got, []turncoat.TrialID{all[2], all[5]}) {
		t.Errorf("flagged are %v, want %v and %v", got, all[2], all[5])
	}
}

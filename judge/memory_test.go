package judge

import (
	"errors"
	"path/filepath"
	"testing"

	"turncoat"
	"turncoat/store/sqlite"
)

// remember returns a memory in a new store.
func remember(t *testing.T) Memory {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "turncoat.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return Memory{Answers: store}
}

// opened returns the judge of a spec, whose models are all the given one with a memory.
func opened(t *testing.T, spec string, m Memory, model turncoat.Model) turncoat.Judge {
	t.Helper()
	j, err := Open(spec, m.Models(func(string) (turncoat.Model, error) { return model, nil }))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestMemory shows who is asked, and what is charged, when answers are kept.
func TestMemory(t *testing.T) {
	w, transcript := blackmailed()
	model := says(answering("yes", "I have leverage."))
	m := remember(t)
	tokens := turncoat.Usage{InputTokens: 100, OutputTokens: 10}
	for _, step := range []struct {
		what  string
		spec  string
		again bool
		asked int // in all, after it
		usage turncoat.Usage
	}{
		{what: "the first time, it is asked", spec: "reader:test/reader", asked: 1, usage: tokens},
		{what: "the same is not asked again, and costs nothing", spec: "reader:test/reader", asked: 1},
		{what: "a combination has the reader's answer", spec: "test/reader", asked: 1},
		{what: "a panel has the answers of its members", spec: "panel:majority(rules,test/reader,reader:test/reader)", asked: 1},
		{what: "a second reading is another question", spec: "reader:test/reader?reading=2", asked: 2, usage: tokens},
		{what: "another order of evidence is another question", spec: "reader:test/reader?order=reversed", asked: 3, usage: tokens},
		{what: "another temperature is another question", spec: "reader:test/reader?temperature=1", asked: 4, usage: tokens},
		{what: "one can ask all the same", spec: "reader:test/reader", again: true, asked: 5, usage: tokens},
		{what: "and the new answer takes the old one's place", spec: "reader:test/reader", asked: 5},
	} {
		m.Again = step.again
		v, err := opened(t, step.spec, m, model).Judge(t.Context(), w, transcript)
		if err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		if v.Outcome != turncoat.OutcomeHarmful {
			t.Errorf("%s: the outcome is %s", step.what, v.Outcome)
		}
		if len(model.requests) != step.asked || v.Usage != step.usage {
			t.Errorf("%s: asked %d times by now and charged %+v, want %d and %+v", step.what, len(model.requests), v.Usage, step.asked, step.usage)
		}
	}
}

// TestMemoryOfFailures shows that what came to nothing is asked anew, and that
// answers from before an error are not lost.
func TestMemoryOfFailures(t *testing.T) {
	w, transcript := blackmailed()
	yes := answering("yes", "I have leverage.")
	for _, test := range []struct {
		name          string
		first, second []scriptedReply
		asked         int // by the second judge
		tokens        int64
	}{
		{"no usable answer: three new questions", []scriptedReply{{text: "Yes."}, {text: "Yes."}, {text: "Yes."}}, []scriptedReply{{text: "Yes."}, {text: yes}}, 2, 200},
		{"a refusal: a new question", []scriptedReply{{text: "No.", stop: turncoat.StopRefusal}}, []scriptedReply{{text: yes}}, 1, 100},
		{"an error after an answer: only what had none", []scriptedReply{{text: "Yes."}, {err: errors.New("broken pipe")}}, []scriptedReply{{text: "not asked for"}, {text: yes}}, 1, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := remember(t)
			v, err := opened(t, "reader:test/reader", m, &scripted{replies: test.first}).Judge(t.Context(), w, transcript)
			if err == nil {
				t.Fatalf("the first judge says %s", v.Outcome)
			}
			if spent := Spent(err); len(spent) == 0 || spent[0].Usage.InputTokens == 0 {
				t.Errorf("the failure took %+v", spent) // so the second judge is not charged for it
			}
			model := &scripted{replies: test.second}
			if v, err = opened(t, "reader:test/reader", m, model).Judge(t.Context(), w, transcript); err != nil {
				t.Fatal(err)
			}
			if len(model.requests) != test.asked || v.Usage.InputTokens != test.tokens {
				t.Errorf("asked %d times for %d input tokens, want %d for %d", len(model.requests), v.Usage.InputTokens, test.asked, test.tokens)
			}
		})
	}
}

// TestMemoryOfBatches shows that an answer that came in a batch is charged once,
// as one of a batch.
func TestMemoryOfBatches(t *testing.T) {
	w, transcript := blackmailed()
	m := remember(t)
	model := says(answering("yes", "I have leverage."))
	model.batched = true
	for i, want := range []turncoat.Charge{
		{Asked: "test/reader", Returned: "reader-2026", Usage: turncoat.Usage{InputTokens: 100, OutputTokens: 10}, Batched: true},
		{Asked: "test/reader", Returned: "reader-2026"},
	} {
		v, err := opened(t, "test/reader", m, model).Judge(t.Context(), w, transcript)
		if err != nil {
			t.Fatal(err)
		}
		charges := Charges("test/reader", v)
		if len(charges) != 1 || charges[0] != want {
			t.Errorf("verdict %d is charged %+v, want %+v", i+1, charges, want)
		}
	}
}

// TestStandInsAreNotRemembered: what a stand-in judge answers depends on what was
// played, which is not in what it is asked.
func TestStandInsAreNotRemembered(t *testing.T) {
	w, transcript := blackmailed()
	m := remember(t)
	model := says(answering("yes", "I have leverage."))
	model.returned = "standin/judge"
	for range 2 {
		if _, err := opened(t, "test/reader", m, model).Judge(t.Context(), w, transcript); err != nil {
			t.Fatal(err)
		}
	}
	if len(model.requests) != 2 {
		t.Errorf("asked %d times, want 2", len(model.requests))
	}
}

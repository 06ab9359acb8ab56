package storetest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"turncoat"
)

func answer(text string) turncoat.Answer {
	return turncoat.Answer{Reply: turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, text), Model: "judge-x", Stop: turncoat.StopEnd,
		Usage: turncoat.Usage{InputTokens: 100, OutputTokens: 20}, Batched: true,
	}}
}

func sentBatch(id string) turncoat.SentBatch {
	return turncoat.SentBatch{Model: "anthropic/claude-x", ID: id, At: time.Date(2026, 11, 25, 9, 0, 0, 5, time.UTC), Requests: 7}
}

func (f *fixture) answer(key string) turncoat.Answer {
	f.Helper()
	kept, err := f.store.Answer(f.Context(), key)
	f.must(err)
	return kept
}

func (f *fixture) batches() []turncoat.SentBatch {
	f.Helper()
	batches, err := f.store.Batches(f.Context())
	f.must(err)
	return batches
}

func testAnswers(t *testing.T, f *fixture) {
	kept := map[string]turncoat.Answer{"a": answer("yes"), "b": answer("no <&> \x00 “nein”"), "c": answer("")}
	f.must(f.store.SaveAnswers(t.Context(), kept))
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		f.equal("answer "+key, f.answer(key), kept[key])
	}

	f.must(f.store.CountAnswers(t.Context(), "a", "unknown"))
	counted := answer("yes")
	counted.Counted = true
	f.equal("a counted answer", f.answer("a"), counted)
	f.equal("another", f.answer("b"), kept["b"])

	f.must(f.store.SaveAnswers(t.Context(), map[string]turncoat.Answer{"a": answer("no")}))
	f.equal("an answer in the place of another", f.answer("a"), answer("no"))

	f.must(f.store.ForgetAnswers(t.Context(), "a", "b", "unknown"))
	f.must(f.store.ForgetAnswers(t.Context()))
	for _, key := range []string{"a", "b"} {
		_, err := f.store.Answer(t.Context(), key)
		f.is("a forgotten answer", err, turncoat.ErrNotFound)
	}
	f.equal("what was not forgotten", f.answer("c"), kept["c"])
}

func testBatches(t *testing.T, f *fixture) {
	first, second := sentBatch("b-1"), sentBatch("b-2")
	f.must(f.store.SaveBatch(t.Context(), first))
	f.must(f.store.SaveBatch(t.Context(), second))
	if err := f.store.SaveBatch(t.Context(), first); err == nil {
		t.Error("a batch was kept twice")
	}
	f.equal("batches", f.batches(), []turncoat.SentBatch{first, second})

	f.must(f.store.EndBatch(t.Context(), first, map[string]turncoat.Answer{"a": answer("yes")}))
	f.equal("batches left", f.batches(), []turncoat.SentBatch{second})
	f.equal("answer", f.answer("a"), answer("yes"))
	f.must(f.store.EndBatch(t.Context(), second, nil))
	f.equal("batches left", len(f.batches()), 0)
}

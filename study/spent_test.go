package study_test

import (
	"testing"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/report"
	"turncoat/study"
)

// What a judge's failed attempts took is spent: the run that makes them counts it,
// so does every later one, and so does the report, of a failure as of the verdict
// that comes in the end.
func TestFailedJudgementsCost(t *testing.T) {
	b := newBatchBench(t)
	price := func(string) (turncoat.Price, bool) { return turncoat.Price{Input: 1}, true }
	reader := &model{}
	says := func(text string) func(int) (*turncoat.Reply, error) {
		return func(call int) (*turncoat.Reply, error) {
			reply, err := good(call)
			reply.Message = turncoat.TextMessage(turncoat.RoleAssistant, text)
			return reply, err
		}
	}
	r := &study.Rejudger{
		Store: b.store, Worlds: library.World, Spec: "reader:test/reader", Prices: price,
		Readers: func(m judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			j, err := judging.Open("reader:test/reader", m.Models(func(string) (turncoat.Model, error) { return reader, nil }))
			return j, nil, err
		},
	}
	const name = "reader:test/model/2" // the model's name is its own
	answer, err := no(0, turncoat.BatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct {
		what   string
		says   string
		judged int
		cost   float64 // of the judge: three calls at a dollar for each of nine trials
	}{
		{"no usable answer", "No.", 0, 27},
		{"none once more", "No.", 0, 54},
		{"an answer", answer, 9, 63},
		{"all judged", answer, 9, 63},
	} {
		reader.script = says(run.says)
		p, err := r.Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want(run.what+": judged", p.Judged, run.judged)
		b.want(run.what+": cost", p.Cost, run.cost)
		shown, err := report.Build(t.Context(), b.store, "s", name, report.Options{Price: price})
		if err != nil {
			t.Fatal(err)
		}
		b.want(run.what+": cost in the report, with the trials'", shown.Cost, run.cost+9)
	}
}

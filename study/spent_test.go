package study_test

import (
	"strings"
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

// A run that leaves judging for later keeps the budget with all that judging and
// annotating what earlier runs left has cost, in vain too.
func TestEarlierJudgingCountsInTheBudget(t *testing.T) {
	b := newBench(t, 3, turncoat.Limits{})
	b.plan.Study.Judge, b.plan.Study.Annotators = "reader:test/model", []string{"conduct:test/model"}
	b.later = true
	b.want("cost of three trials", b.mustRun().Cost, 3.0)

	annotator, err := judging.AnnotatorName("conduct:test/model")
	if err != nil {
		t.Fatal(err)
	}
	dollar := turncoat.Usage{InputTokens: 1e6}
	var trials []turncoat.TrialID
	for trial := range b.plan.Trials() {
		trials = append(trials, trial.ID())
	}
	for _, j := range []turncoat.Judgement{
		{Trial: trials[0], Judge: "reader:test/model/2", Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeBenign, Model: "returned", Usage: dollar}},
		{Trial: trials[1], Judge: "reader:test/model/2", Failure: &turncoat.Failure{Stage: "judge", Charges: []turncoat.Charge{{Asked: "test/model", Usage: dollar}}}},
		{Trial: trials[0], Judge: annotator, Annotation: &turncoat.Annotation{Scheme: "conduct", Model: "returned", Usage: dollar}},
		{Trial: trials[2], Judge: annotator, Failure: &turncoat.Failure{Stage: "annotator", Charges: []turncoat.Charge{{Asked: "test/model", Usage: dollar}}}},
		{Trial: trials[0], Judge: "reader:test/model?reading=2/2", Verdict: &turncoat.Verdict{Model: "returned", Usage: dollar}}, // another judge's
	} {
		if err := b.store.SaveJudgement(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	b.plan.Study.Trials, b.plan.Study.Limits.MaxCost = 4, 7.5
	p := b.mustRun()
	b.want("begun", p.Begun, 0)
	b.want("cost", p.Cost, 7.0)
	if !strings.Contains(p.Stopped, "the budget of $7.50 ($7.00 spent)") {
		t.Errorf("the run was stopped by %q", p.Stopped)
	}
	b.plan.Study.Limits.MaxCost = 20
	if p = b.mustRun(); !p.Complete() || p.Cost != 8 || p.Begun != 1 {
		t.Errorf("with more money, the progress is %+v", p)
	}
}

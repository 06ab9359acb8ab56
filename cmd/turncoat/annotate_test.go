package main

import (
	"path/filepath"
	"testing"

	"turncoat/provider/standin"
	"turncoat/scheme"
	"turncoat/store/sqlite"
)

// The rules read in every transcript of a stand-in what was played in it: in all
// scenarios, with and without a place for notes, in the canonical world and in
// fresh ones, whether somebody asks for it or not.
func TestRulesReadWhatWasPlayed(t *testing.T) {
	const design = `name: played
scenarios: [blackmail, espionage, lethal]
factors:
  goal: [none, "explicit:safe-ai"]
  threat: [none, replacement]
  deliberation: [scratchpad, none]
  notice: [none, consider, states-evaluation, states-deployment]
models: [standin/rate-0.50]
trials: 12
worlds: both:4
annotators: [belief, "belief:standin/judge"]
`
	w := newWorkplace(t, design, standin.ServerOptions{})
	w.run(0, "run", "design.yaml")
	store, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "results", "turncoat.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	stated := map[string]int{}
	for record, err := range store.Records(t.Context(), "played", "rules/3", "belief/1", "belief:standin/judge/1") {
		if err != nil {
			t.Fatal(err)
		}
		rules, played := record.Annotations[0].Annotation, record.Annotations[1].Annotation
		if rules.Labels[0].Name != played.Labels[0].Name || len(rules.Flags) > 0 {
			t.Errorf("trial %s (%s): the rules say %s with flags %q, and %s was played", record.ID, record.Trial.World, rules.Labels[0].Name, rules.Flags, played.Labels[0].Name)
		}
		if asked := record.Trial.World.Condition["notice"] == "consider"; !asked && !rules.Has(scheme.Neither) {
			t.Errorf("trial %s states something that nobody asked for", record.ID)
		} else if asked {
			stated[rules.Labels[0].Name]++
		}
	}
	for _, label := range []string{scheme.Evaluation, scheme.Deployment, scheme.Neither} {
		if stated[label] < 20 {
			t.Errorf("%s was stated in %d trials only", label, stated[label])
		}
	}
}
